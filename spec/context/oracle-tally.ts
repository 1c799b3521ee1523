import { expect } from 'chai';
import { families, type ExpectedContext, type Family, type Verdict } from './oracle.js';
import type { Options } from './oracle-refusals.js';

/** Least share of what is tried that must be accepted. */
const LEAST_ACCEPTED = 0.3;
/** How often everything that is listed below must have come up, of ten thousand objects in four families. */
const LEAST = 10;

const codes = [
  'ERR_INVALID_ARG_VALUE',
  'ERR_MODEM_CA_REQUIRED',
  'ERR_MODEM_CERTIFICATE',
  'ERR_MODEM_HOSTNAME_UNCHECKED',
  'ERR_MODEM_UNSUPPORTED',
];
/** Options that are refused alone for what they are. */
const reasons = [
  ...['pfx', 'crl', 'secureContext', 'ecdhCurve', 'sigalgs', 'checkServerIdentity', 'secureProtocol', 'secureOptions'],
  ...['minDHSize', 'requestOCSP', 'pskCallback', 'clientCertEngine', 'privateKeyEngine', 'privateKeyIdentifier'],
  ...['ALPNProtocols', 'socketPath', 'localAddress', 'Version', 'minVersion', 'maxVersion', 'ciphers', 'servername'],
  ...[
    'checkHostName',
    'allowPartialTrustChain',
    'cert',
    'key',
    'ca',
    'connectTimeout',
    'sendTimeout',
    'host',
    'port',
    'tls',
    'sslContext',
  ],
];
const classicFamilies = ['manual', 'sim7600', 'a76xx'] as const;
const features = [
  ...families.flatMap((family) => [0, 1, 2, 3].map((mode) => `authmode ${mode}, ${family}`)),
  ...classicFamilies.flatMap((family) => [1, 2, 3].map((version) => `sslversion ${version}, ${family}`)),
  ...[0, 1, 2].map((version) => `sslversion ${version}, sim767x`),
  ...[10, 30, 60, 120].map((time) => `negotiatetime ${time}`),
  ...(['manual', 'sim7600', 'sim767x'] as const).map((family) => `one cipher suite, ${family}`),
  ...['dates not checked', 'dates checked', 'SNI', 'no SNI', 'servername written otherwise', 'name checked'],
  ...[
    'name not checked, sim767x',
    'public root',
    'no root',
    'several authorities',
    'authorities in bytes',
    'ca not looked at',
  ],
  ...[
    'chain',
    'key none',
    'key as it is',
    'key opened for the family',
    'key opened for its passphrase',
    'key in a list',
  ],
  ...['ALPNProtocols', 'context given'],
];

/** Counts what options were accepted and refused in each family, why, and what they had in them. */
export class Tally {
  readonly #accepted = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #tried = 0;

  add(family: Family, options: Options, verdict: Verdict): void {
    this.#tried++;
    if (verdict.type !== 'refused') count(this.#accepted, family);
    if (verdict.type === 'given') count(this.#counts, 'context given');
    if (verdict.type === 'context') {
      for (const feature of featuresOf(family, options, verdict.context)) count(this.#counts, feature);
    }
    if (verdict.type !== 'refused') return;
    const all = new Set(verdict.faults.map(({ code }) => code));
    const [code] = all;
    count(this.#counts, all.size === 1 && code !== undefined ? `refused with ${code}` : 'refused with one of several');
    const names = new Set(verdict.faults.map(({ names: [name] }) => name));
    const [name] = names;
    if (names.size === 1 && name !== undefined) count(this.#counts, `refused for ${name}`);
  }

  /** Whether enough was accepted, and everything came up. */
  check(): void {
    const least = (LEAST * this.#tried) / 40_000;
    expect(this.#share, 'share of what was accepted').to.be.at.least(LEAST_ACCEPTED);
    const wanted = [
      ...codes.map((code) => `refused with ${code}`),
      ...reasons.map((reason) => `refused for ${reason}`),
      ...features,
    ];
    const rare = wanted.filter((name) => (this.#counts.get(name) ?? 0) < least);
    expect(rare, 'what came up too seldom').to.deep.equal([]);
  }

  toString(): string {
    const percent = (part: number, whole: number) => `${part} of ${whole} (${Math.round((100 * part) / whole)} %)`;
    const all = [...this.#accepted.values()].reduce((sum, one) => sum + one, 0);
    const shares = [...this.#accepted].map(([family, n]) => `${family} ${percent(n, this.#tried / families.length)}`);
    const found = [...this.#counts].sort(([one], [other]) => one.localeCompare(other, 'en'));
    const list = (chosen: (name: string) => boolean) =>
      found.flatMap(([name, times]) => (chosen(name) ? [`${name.replace('refused ', '')}: ${times}`] : [])).join(' · ');
    return [
      `accepted ${percent(all, this.#tried)}: ${shares.join(' · ')}`,
      `refused ${list((name) => name.startsWith('refused with'))}`,
      `refused alone ${list((name) => name.startsWith('refused for'))}`,
      `accepted with ${list((name) => !name.startsWith('refused'))}`,
    ].join('\n');
  }

  get #share(): number {
    return [...this.#accepted.values()].reduce((sum, one) => sum + one, 0) / this.#tried;
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function featuresOf(family: Family, options: Options, context: ExpectedContext): string[] {
  const { sslversion, authmode, negotiatetime, ignorelocaltime, enableSNI, ciphersuites, client } = context;
  const { ca, checkHostName, servername, host, key, ALPNProtocols: protocols } = options;
  const found = [
    `sslversion ${sslversion}, ${family}`,
    `authmode ${authmode}, ${family}`,
    `negotiatetime ${negotiatetime}`,
    ignorelocaltime === 1 ? 'dates not checked' : 'dates checked',
    enableSNI === 1 ? 'SNI' : 'no SNI',
  ];
  const note = (condition: boolean, feature: string) => {
    if (condition) found.push(feature);
  };
  note(ciphersuites === 0x002f, `one cipher suite, ${family}`);
  note(typeof servername === 'string' && servername !== '' && servername !== host, 'servername written otherwise');
  note(checkHostName === true, 'name checked');
  note(checkHostName === false && authmode === 1, `name not checked, ${family}`);
  note((context.authorities?.length ?? 0) > 1, 'several authorities');
  note((context.trust?.publicRoots.length ?? 0) > 0, 'public root');
  note((context.trust?.partial.length ?? 0) > 0, 'no root');
  note(ca instanceof Uint8Array && context.authorities !== undefined, 'authorities in bytes');
  note(ca !== undefined && ca !== null && context.authorities === undefined, 'ca not looked at');
  note((client?.certificates.length ?? 0) > 1, 'chain');
  note(client !== undefined && Array.isArray(key), 'key in a list');
  note(client !== undefined, `key ${client?.protection ?? ''}`);
  note(protocols !== undefined && protocols !== null, 'ALPNProtocols');
  return found;
}
