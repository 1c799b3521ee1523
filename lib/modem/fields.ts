/** The fields behind the name of an information line, without quotes; none of a line that is not there. */
export function splitFields(line: string | undefined): string[] {
  const [, text] = /^[+*^$][A-Z]+:\s*(.*)$/i.exec(line ?? '') ?? [];
  return (text?.match(/(?:"[^"]*"|[^,"])+|(?<=,)(?=,|$)/g) ?? []).map((field) =>
    field.trim().replace(/^"(.*)"$/, '$1'),
  );
}
