/** All but the last four digits of what is as long as an IMEI, IMSI or ICCID. */
const number = /(?<!\d)\d{11,16}(?=\d{4}(?!\d))/g;
/** An ICCID with letters in it, which some operators' have. It begins with 89. */
const lettered = /(?<![0-9A-Z])89[0-9A-F]{13,14}(?=[0-9A-F]{4}(?![0-9A-Z]))/gi;
/** What stands behind the name of such a number, however long it is. */
const named = /((?:CGSN|CIMI|CCID|SIMEI|IMEI(?:SV)?|IMSI)\s*[:=]\s*"?)[0-9A-F]+(?=[0-9A-F]{4})/gi;
/** The password of a key, in a command that sets it (F1012). */
const keyPassword = /(\+CSSLCFG\s*=\s*"?keypwd"?\s*,\s*\d+\s*,\s*).*/gi;
/** User and password of an access point, in the answer that shows them: a program before this one may have stored them. */
const storedUser = /(\+C(?:G|SOCK)AUTH:\s*\d+\s*,\s*\d+\s*,).*/gi;

/** Takes secrets out of text that is logged or put into a message. */
export class Redactor {
  /** The longest first, so that a secret within another leaves no rest of that one. */
  #secrets: string[] = [];

  /** From now on `secret` is shown as `***`, also in echoes and answers. Short ones (under 3 characters) too. */
  add(secret: string): void {
    if (secret === '' || this.#secrets.includes(secret)) return;
    this.#secrets = [...this.#secrets, secret].sort((a, b) => b.length - a.length);
  }

  /**
   * The text without what was added, the password of a key, and the user of an access point; of subscriber numbers it has
   * four characters.
   */
  clean(text: string): string {
    let cleaned = text;
    for (const secret of this.#secrets) cleaned = cleaned.replaceAll(secret, '***');
    return cleaned
      .replace(keyPassword, '$1"***"')
      .replace(storedUser, '$1***')
      .replace(named, '$1…')
      .replace(number, '…')
      .replace(lettered, '…');
  }
}

/** The last four characters of a number that tells who somebody is. */
export function lastFour(text: string): string {
  return text.length > 4 ? `…${text.slice(-4)}` : text;
}
