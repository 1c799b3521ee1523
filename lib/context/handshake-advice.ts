import { isIPv4 } from 'node:net';
import type { ContextKey, Profile, TlsVersion } from '../cch/index.js';

/** What is known of a TLS connection that the module did not make. */
export interface HandshakeFacts {
  /** The dialect that is spoken: the family, what its numbers of `sslversion` mean, whether it checks names. */
  readonly profile: Pick<Profile, 'name' | 'versions' | 'checksName'>;
  /** What `AT+CGMM` and `AT+CGMR` say; empty when they say nothing. */
  readonly model: string;
  readonly revision: string;
  readonly host: string;
  readonly port: number;
  /** The module's result (field note 1): 15 handshake, 19 certificates not set, 5 the time for it passed. */
  readonly result: number;
  /** Number of the SSL context, and its settings in force; a key that is missing is not known. */
  readonly context: number;
  readonly settings: ReadonlyMap<ContextKey, number | string>;
  /** Whether the certificate files were uploaded for this connection, or were on the module before. */
  readonly files: 'uploaded' | 'found';
  /** Whether the authority was learned of the server, before. */
  readonly learned?: boolean | undefined;
  /** The module's clock, in ms since 1970; `undefined` when it was not read. */
  readonly clock?: number | undefined;
}

/** What the settings come to; `unknown` where a context was configured by hand and not read. */
interface Tried {
  readonly chain: 'verified' | 'unverified' | 'unknown';
  readonly dates: 'checked' | 'ignored' | 'unknown';
  readonly serverName: 'sent' | 'left-out' | 'unknown';
  readonly hostName: 'checked' | 'unchecked';
  readonly client: 'given' | 'none' | 'unknown';
  /** The versions that are allowed, in words. */
  readonly versions: string | undefined;
}

type Cause = (facts: HandshakeFacts, tried: Tried) => string | undefined;

const whence = { uploaded: 'uploaded now', found: 'found on the module' } as const;

/** Longest piece of text that the module, or a context configured by hand, gets into a message. */
const LONGEST_TEXT = 48;
const LONGEST_HOST = 256;
/** A clock that shows an earlier time was never set; it begins in 1970 or 1980 (field note 5.10). */
const NEVER_SET = Date.UTC(2024, 0, 1);
/** TLS_RSA_WITH_AES_128_CBC_SHA as the one suite that is allowed (F1012). */
const OLD_SUITE = 0x002f;

/** The likeliest first. */
const causesOfHandshake: readonly Cause[] = [
  learnedRoot,
  serverName,
  dates,
  authority,
  hostName,
  version,
  suite,
  curves,
  clientCertificate,
];
/** Nobody refused anything: what is verified does not matter. */
const causesOfTimeout: readonly Cause[] = [silence, serverName];
/** The module has not spoken to the server at all. */
const causesOfMissingFile: readonly Cause[] = [missingFile];

/**
 * What was tried, why the module may not have made a TLS connection, and the way out, for the message of the error. The
 * module gives a number and no reason, so causes are told in the order of their likelihood, and those that the settings
 * rule out are not. Shows no secret.
 */
export function handshakeAdvice(facts: HandshakeFacts): string {
  const tried = triedBy(facts);
  const causes = causesOf(facts.result)
    .map((cause) => cause(facts, tried))
    .filter((cause) => cause !== undefined);
  const listed = causes.map((cause, index) => `(${index + 1}) ${cause}.`).join(' ');
  const wayOut = "Way out: with tls: 'host' Node does TLS, which works or says what is wrong.";
  return `${describeTried(facts, tried)} Likely causes: ${listed} ${wayOut}`;
}

function causesOf(result: number): readonly Cause[] {
  if (result === 5) return causesOfTimeout;
  return result === 19 ? causesOfMissingFile : causesOfHandshake;
}

function triedBy({ settings, profile }: HandshakeFacts): Tried {
  const mode = settings.get('authmode');
  const ignored = settings.get('ignorelocaltime');
  const name = settings.get('enableSNI');
  const range = profile.versions[Number(settings.get('sslversion'))];
  return {
    // F1012: 0 nothing, 1 the server, 2 the server and the client, 3 the client.
    chain: mode === undefined ? 'unknown' : mode === 1 || mode === 2 ? 'verified' : 'unverified',
    client: mode === undefined ? 'unknown' : mode === 2 || mode === 3 ? 'given' : 'none',
    dates: ignored === undefined ? 'unknown' : ignored === 0 ? 'checked' : 'ignored',
    serverName: name === undefined ? 'unknown' : name === 1 ? 'sent' : 'left-out',
    // Field note 5.10: in mode 1 alone.
    hostName: profile.checksName && mode === 1 && settings.get('ignorecertCN') !== 1 ? 'checked' : 'unchecked',
    versions: range && versionsInWords(range),
  };
}

function describeTried(facts: HandshakeFacts, tried: Tried): string {
  const { profile, context, settings } = facts;
  const model = shown(facts.model) || 'The module';
  const revision = shown(facts.revision) || 'unknown';
  const parts = [
    tried.versions ?? 'TLS versions unknown',
    ...(settings.get('ciphersuites') === OLD_SUITE ? ['AES128-SHA alone'] : []),
    ...describeVerification(tried),
    describeServerName(facts, tried),
    ...describeFiles(facts, tried),
  ];
  return `${model} (${profile.name}, firmware ${revision}) tried, in SSL context ${context}: ${parts.join(', ')}.`;
}

function describeVerification({ chain, dates, hostName }: Tried): string[] {
  if (chain === 'unverified') return ['nothing verified'];
  if (chain === 'unknown') return ['verification unknown'];
  return ['chain verified', dates === 'unknown' ? 'dates unknown' : `dates ${dates}`, `host name ${hostName}`];
}

function describeServerName({ host }: HandshakeFacts, { serverName: name }: Tried): string {
  return name === 'sent' ? `SNI '${shown(host, LONGEST_HOST)}'` : name === 'left-out' ? 'no SNI' : 'SNI unknown';
}

function describeFiles({ settings, files }: HandshakeFacts, { chain, client }: Tried): string[] {
  const described: string[] = [];
  if (chain === 'verified') described.push(`CA ${nameOf(settings, 'cacert')}`);
  if (client === 'none') described.push('no client certificate');
  if (client === 'given') {
    const passwords = [settings.get('keypwd'), settings.get('password')];
    // That there is one, and no more: neither the password nor where it is kept.
    const password = passwords.some((text) => text !== undefined && text !== '') ? ' (password set)' : '';
    const names = `${nameOf(settings, 'clientcert')} with key ${nameOf(settings, 'clientkey')}`;
    described.push(`client certificate ${names}${password}`);
  }
  if (chain === 'verified' || client === 'given') described.push(`files ${whence[files]}`);
  return described;
}

/** Field note 5.11. */
function serverName({ host }: HandshakeFacts, { serverName: name }: Tried): string | undefined {
  if (name === 'sent') return undefined;
  if (name === 'unknown') return 'SNI: it is off unless enableSNI was set, and most content networks refuse that';
  const why = isIPv4(host)
    ? 'the host is an address; connect to its name'
    : "servername is '', or enableSNI 0; leave it out";
  return `SNI: no name was sent, which most content networks refuse (${why})`;
}

/** F1012, `<ignoreltime>`. */
function dates({ clock }: HandshakeFacts, { chain, dates: checked }: Tried): string | undefined {
  if (chain === 'unverified' || checked === 'ignored') return undefined;
  const lead = checked === 'checked' && chain === 'verified' ? 'Dates' : 'Dates, if the context checks them';
  if (clock === undefined || !(Math.abs(clock) < 8.64e15)) {
    return `${lead}: a certificate is not valid by the module's clock, which is not known (see modem.info())`;
  }
  const time = new Date(clock).toISOString().replace(/:\d\d\.\d+Z$/, 'Z');
  return clock < NEVER_SET
    ? `${lead}: the module's clock shows ${time} and seems never set, so that no certificate is valid yet (option 'clock')`
    : `${lead}: a certificate is not valid by the module's clock, which shows ${time}`;
}

function authority({ files }: HandshakeFacts, { chain }: Tried): string | undefined {
  if (chain === 'unverified') return undefined;
  if (chain === 'unknown') return 'CA: if the context verifies, the chain does not end in the file of its cacert';
  // Field note 5.20.
  const damaged = files === 'found' ? ', or its file is damaged (modem.certificates.remove)' : '';
  return `CA: the chain does not end in it, or the server does not send its intermediates${damaged}`;
}

/** What could be learned anew was, before this is told. */
function learnedRoot({ learned }: HandshakeFacts): string | undefined {
  if (learned !== true) return undefined;
  const when = 'by itself that happens once an hour, and never for one verified against a ca of yours';
  return `Learned root: the server may have moved to another authority; modem.certificates.learn() learns it anew (${when})`;
}

/** Field note 5.10. */
function hostName({ host }: HandshakeFacts, { hostName: name }: Tried): string | undefined {
  if (name === 'unchecked') return undefined;
  const wanted = shown(host, LONGEST_HOST);
  return `Name: the certificate's common name must be '${wanted}', unless checkHostName is false`;
}

/** Field note 5.12. */
function version({ profile, port }: HandshakeFacts, { versions }: Tried): string {
  const newest = profile.versions.some(([, last]) => last === 'TLSv1.3') ? '' : ' (this module has no TLS 1.3)';
  const wanted = versions === undefined ? 'one that the context does not allow' : `another than ${versions}`;
  return `Version: the server wants ${wanted}${newest}, or speaks no TLS on port ${port}`;
}

function suite({ settings }: HandshakeFacts): string | undefined {
  if (settings.get('ciphersuites') !== OLD_SUITE) return undefined;
  return 'Cipher: the server does not take AES128-SHA, the only one allowed';
}

/** Field note 5.12. */
function curves({ profile }: HandshakeFacts): string | undefined {
  if (profile.name === 'sim767x') return undefined;
  const larger = profile.name === 'a76xx' ? ', and P-384 fails on A7670' : '';
  return `ECDSA: whether certificates on the curve P-256 work depends on the firmware${larger}`;
}

function clientCertificate({ files }: HandshakeFacts, { client }: Tried): string {
  if (client === 'none') return 'Client certificate: the server wants one, and none was given (cert, key)';
  if (client === 'unknown') return 'Client certificate: the server wants one, or refuses the one of the context';
  // Field note 5.20.
  const damaged = files === 'found' ? ', or one of its files is damaged' : '';
  return `Client certificate: the server refuses it, or the module cannot use its key${damaged}`;
}

function silence({ settings, host, port }: HandshakeFacts): string {
  const seconds = settings.get('negotiatetime');
  const time = typeof seconds === 'number' ? ` within the ${seconds} s of negotiatetime` : ' in time';
  const where = `${shown(host, LONGEST_HOST)}:${port}`;
  return `Time: ${where} did not finish the handshake${time}, since the network is slow (connectTimeout) or it speaks no TLS there`;
}

/** F1012: which files a mode needs. */
function missingFile({ settings, files }: HandshakeFacts, { chain, client }: Tried): string {
  const needed: ContextKey[] = [
    ...(chain === 'verified' ? (['cacert'] as const) : []),
    ...(client === 'given' ? (['clientcert', 'clientkey'] as const) : []),
  ];
  if (needed.length === 0)
    return 'File: the context names a file that is not on the module (modem.certificates.list() shows what is there)';
  const names = needed.map((key) => nameOf(settings, key)).join(' or ');
  const before = files === 'uploaded' ? 'uploaded for this connection' : 'found there before';
  const list = 'modem.certificates.list() shows what is there';
  return `File: ${names} is not on the module, although ${before}; another program may delete files (${list})`;
}

function nameOf(settings: HandshakeFacts['settings'], key: ContextKey): string {
  return shown(settings.get(key)) || `of no ${key}`;
}

/** `TLS 1.2`, `TLS 1.2 and 1.3`, `SSL 3.0 to TLS 1.2`. */
function versionsInWords([oldest, newest]: readonly [TlsVersion, TlsVersion]): string {
  if (oldest === newest) return versionNames[newest];
  const both = oldest === 'TLSv1.2' && newest === 'TLSv1.3';
  return both ? 'TLS 1.2 and 1.3' : `${versionNames[oldest]} to ${versionNames[newest]}`;
}

const versionNames: Readonly<Record<TlsVersion, string>> = {
  SSLv3: 'SSL 3.0',
  TLSv1: 'TLS 1.0',
  'TLSv1.1': 'TLS 1.1',
  'TLSv1.2': 'TLS 1.2',
  'TLSv1.3': 'TLS 1.3',
};

/** Text that is not ours, in a message: no control or format character, no half of a pair, and not long. */
function shown(text: string | number | undefined, longest = LONGEST_TEXT): string {
  const cleaned = String(text ?? '')
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(cleaned);
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : cleaned;
}
