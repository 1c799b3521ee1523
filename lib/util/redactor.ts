/** All but the last four digits of what is as long as an IMEI, IMSI or ICCID. */
const subscriberNumber = /(?<!\d)\d{11,16}(?=\d{4}(?!\d))/g;

/** Takes secrets out of text that is logged or put into a message. */
export class Redactor {
  readonly #secrets = new Set<string>();

  /** From now on `secret` is shown as `***`, also in echoes and answers. Short ones (under 3 characters) too. */
  add(secret: string): void {
    if (secret !== '') this.#secrets.add(secret);
  }

  clean(text: string): string {
    let cleaned = text;
    for (const secret of this.#longestFirst()) cleaned = cleaned.replaceAll(secret, '***');
    return cleaned.replace(subscriberNumber, '…');
  }

  /** So that a secret within another leaves no rest of that one. */
  #longestFirst(): string[] {
    return [...this.#secrets].sort((a, b) => b.length - a.length);
  }
}
