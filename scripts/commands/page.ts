import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import * as prettier from 'prettier';
import { commandTable, profiles, type CommandFacts } from '../../lib/cch/table/index.js';
import {
  answerDifferences,
  formsOf,
  groupFamilies,
  listed,
  manual,
  otherFamilies,
  parameterDifferences,
  type AnyForm,
} from './differences.js';
import { remarksIn } from './remarks.js';
import { samples } from './samples.js';

const commandRemarks = remarksIn(
  'lib/cch/table/commands.ts',
  'serviceCommands',
  'sessionCommands',
  'settingCommands',
  'contextCommands',
);
const keyRemarks = remarksIn('lib/cch/table/context-settings.ts', 'all');

/** The page docs/commands.md, as the formatter leaves it. */
export async function commandsPage(): Promise<string> {
  const introduction = readFileSync(new URL('introduction.md', import.meta.url), 'utf8');
  const table = Object.entries(commandTable(profiles.manual) as Record<string, { about: CommandFacts }>);
  const names = table.map(([, { about }]) => [about, anchor(about)] as const);
  const contents = names.map(([{ section, name, purpose }, to]) => `| [AT${name}](#${to}) | ${purpose} | ${section} |`);
  const sections = [
    introduction,
    ['| command | purpose | section |', '| --- | --- | --- |', ...contents].join('\n'),
    families(),
    ...table.map(([command, { about }]) => section(command, about)),
  ];
  const config = await prettier.resolveConfig(new URL('../../docs/commands.md', import.meta.url));
  return prettier.format(sections.join('\n\n'), { ...config, parser: 'markdown' });
}

function heading({ section, name, purpose }: CommandFacts): string {
  return `AT${name}: ${lowerFirst(purpose)} (${section})`;
}

/** As it is made from the text of a heading. */
function anchor(about: CommandFacts): string {
  return heading(about)
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

/** Which families speak the manual's dialect to the letter, as far as commands go. */
function families(): string {
  const commands = Object.keys(commandTable(profiles.manual));
  const same = otherFamilies.filter((profile) =>
    commands.every((command) => {
      const other = formsOf(profile, command);
      return Object.entries(formsOf(profiles.manual, command)).every(
        ([name, form]) => factsOf(form) === factsOf(other[name]),
      );
    }),
  );
  const different = otherFamilies.filter((profile) => !same.includes(profile)).map(({ name }) => name);
  const equal = listed([manual, ...same.map(({ name }) => name)]);
  return `Parameters and lines are the manual's, which are those of the families ${equal}. Under *Families* stands how ${listed(different)} differ.`;
}

/** All that is declared of a form, but the words for why it is missing. */
function factsOf(form: AnyForm | undefined): string {
  return JSON.stringify({ ...form, missing: form?.missing !== undefined });
}

function section(command: string, about: CommandFacts): string {
  const remark = commandRemarks.get(command);
  const forms = Object.entries(formsOf(profiles.manual, command));
  return [
    `## ${heading(about)}`,
    ...(remark === undefined ? [] : [remark]),
    ...forms.flatMap(([name, form]) => formSection(command, name, form)),
  ].join('\n\n');
}

function formSection(command: string, name: string, form: AnyForm): string[] {
  const syntax = form.syntax.map((text) => `\`${text}\``);
  return [
    `### ${command}.${name}`,
    syntax.length === 1 ? (syntax[0] ?? '') : syntax.map((text) => `- ${text}`).join('\n'),
    ...parameterTable(form),
    code('js', callOf(command, name, form)),
    ...answerOf(command, name, form),
    ...familyNotes(command, name, form),
  ];
}

function parameterTable({ parameters: variants }: AnyForm): string[] {
  const keys = variants.map((variant) => variant.find(({ name }) => name === 'key')?.words.replaceAll("'", ''));
  if (variants.length === 0) return [];
  if (keys[0] === undefined) {
    const rows = variants.flat().map(({ name, words, optional }) => {
      return `| \`${name}\` | ${words}${optional ? '; may be left out' : ''} |`;
    });
    return [['| parameter | what it may be |', '| --- | --- |', ...rows].join('\n')];
  }
  const owner = variants[0]?.[1];
  const rows = variants.map((variant, index) => {
    const key = keys[index] ?? '';
    return `| \`${key}\` | ${variant.at(-1)?.words ?? ''} | ${keyRemarks.get(key) ?? ''} |`;
  });
  const remarks = rows.some((row) => !row.endsWith('|  |'));
  const table = remarks
    ? ['| `key` | `value` | meaning |', '| --- | --- | --- |', ...rows]
    : ['| `key` | `value` |', '| --- | --- |', ...rows.map((row) => row.replace(/\|  \|$/, '|'))];
  return [`\`${owner?.name ?? ''}\` is ${owner?.words ?? ''}.`, table.join('\n')];
}

/** The call with what it resolves to. */
function callOf(command: string, name: string, form: AnyForm): string {
  const [variant = []] = form.parameters;
  const counted = form.completion === 'prompt';
  const names = variant
    .filter(({ name }) => !counted || name !== 'length')
    .map(({ name, optional }) => (optional ? `${name}?` : name));
  const given = [...(names.length === 0 ? [] : [`{ ${names.join(', ')} }`]), ...(counted ? ['payload'] : [])];
  const lines = sampleOf(command, name, form);
  const value = lines.length === 0 ? undefined : form.answer.parse(lines);
  if (lines.length > 0 && value === undefined) throw new Error(`${command}.${name}: no answer: ${lines.join(' · ')}`);
  const shown = inspect(value, { depth: Infinity, breakLength: 100, compact: 3 }).replaceAll('\n', '\n// ');
  const resolved = form.completion === 'data' ? '\n// a Buffer' : value === undefined ? '' : `\n// ${shown}`;
  return `await modem.ssl.${command}.${name}(${given.join(', ')});${resolved}`;
}

/** Lines that a module may answer. */
function sampleOf(command: string, name: string, form: AnyForm): readonly string[] {
  if (form.kind === 'test') return form.answer.syntax;
  const sample = samples[`${command}.${name}`] ?? (command === 'CSSLCFG' ? samples['CSSLCFG.query'] : undefined);
  if (sample === undefined && form.answer.syntax.length > 0) throw new Error(`${command}.${name}: no sample.`);
  return form.answer.syntax.length === 0 ? [] : (sample ?? []);
}

function answerOf(command: string, name: string, form: AnyForm): string[] {
  const session = form.parameters.flat().some((parameter) => parameter.name === 'session') ? '<session>,' : '';
  const result = `+${command}: ${session}`;
  const lines = form.answer.syntax;
  switch (form.completion) {
    case 'final': {
      const example = sampleOf(command, name, form);
      const shape = form.kind === 'test' ? [] : lines.map((line) => `\`${line}\``);
      const before = shape.length === 0 ? '' : `${shape.join(', or ')}, then `;
      const text = `Answer: ${before}\`OK\`; or \`ERROR\`: \`ERR_MODEM_COMMAND\`. ${responseTime(form)}`;
      return [...(example.length === 0 ? [] : [code('text', [...example, 'OK'].join('\n'))]), text];
    }
    case 'result':
      return [
        `Answer: \`OK\` and \`${result}0\`, in either order. A number other than 0 (\`${result}<err>\`) is ` +
          `\`ERR_MODEM_RESULT\`, \`ERROR\` alone is \`ERR_MODEM_COMMAND\`${lateResult(command)}. ${responseTime(form)}`,
      ];
    case 'prompt':
      return [
        'Answer: `>`, whereupon the bytes are written, then `OK`: the module has taken them all. `ERROR` in place of `>`: it ' +
          'has taken nothing. `ERROR` behind the bytes: nobody knows how many. Both are `ERR_MODEM_COMMAND`. ' +
          responseTime(form),
      ];
    case 'data':
      return [
        `Answer: \`OK\`, then \`${result.replace('<session>,', '')}DATA,<session>,<length>\` with so many bytes behind it, as often as it takes, ` +
          `then \`${result}0\`. A number other than 0 (\`${result}<err>\`), perhaps with \`ERROR\` behind it, is ` +
          `\`ERR_MODEM_RESULT\`, \`ERROR\` alone is \`ERR_MODEM_COMMAND\`. ${responseTime(form)}`,
      ];
  }
}

function lateResult(command: string): string {
  return command === 'CCHSTART' ? ' (unless the number follows it within 2 s)' : '';
}

function responseTime({ maximumTime }: AnyForm): string {
  if (maximumTime === 0) return 'Maximum response time: none given, so `commandTimeout`.';
  return `Maximum response time: ${maximumTime / 1000} s.`;
}

function familyNotes(command: string, name: string, base: AnyForm): string[] {
  const notes: string[] = [];
  const existence = groupFamilies((form) => (form.missing === undefined ? 'there' : ''), command, name);
  if (base.missing !== undefined) {
    const where = existence.get('there') ?? [];
    return [`*Families:* only ${listed(where)} ${where.length === 1 ? 'has' : 'have'} it.`];
  }
  if (existence.has('')) notes.push(`${listed(existence.get('') ?? [])} lack it`);
  for (const [text, names] of groupFamilies((form) => parameterDifferences(base, form), command, name)) {
    if (text !== '') notes.push(`${listed(names)}: ${text}`);
  }
  if (base.kind !== 'test') {
    for (const [text, names] of groupFamilies((form) => answerDifferences(base, form), command, name)) {
      if (text !== '') notes.push(`${listed(names)}: ${text}`);
    }
  }
  return notes.length === 0 ? [] : [`*Families:* ${notes.join(' · ')}.`];
}

function code(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
