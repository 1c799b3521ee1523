export const names = ['device.example', 'Device.Example', 'device.example.', 'a.b.c.device.example', 'localhost'];
export const addresses = ['10.20.30.40', '192.0.2.1'];
export const badHosts = ['', 'a"b', 'a\r\nAT', '::1', '[fe80::1]', 'https://device.example', 7, {}];
/** Around every step of the handshake's time, in ms. */
export const times = [
  9999,
  10_000,
  10_000.5,
  10_001,
  30_000,
  30_001,
  60_000,
  60_001,
  1e5,
  120_000,
  120_001,
  3e5,
  3e5 + 1,
  2e9,
];
export const badTimes = [0, -1, NaN, Infinity, '10000', 2 ** 31];
export const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
export const badVersions = ['SSLv3', 'TLSv1.4', 'tlsv1.2', '', 1.2, 'TLSv1_2_method'];
export const badCiphers = [
  '',
  'ALL',
  'aes128-sha',
  'AES128-SHA:AES256-SHA',
  'TLS_AES_128_GCM_SHA256',
  47,
  ['AES128-SHA'],
];
const wire = (...protocols: string[]) =>
  Buffer.concat(protocols.map((one) => Buffer.from(`${String.fromCharCode(one.length)}${one}`)));
const goodProtocols = [
  ['http/1.1'],
  ['h2', 'http/1.1'],
  [Buffer.from('http/1.1')],
  wire('http/1.1'),
  wire('h2', 'http/1.1'),
];
const badProtocols = [['h2'], ['mqtt', 'h2'], ['http/1.0'], wire('h2')];

/** What asks for more than the module can, by option. */
export const tooMuch: Readonly<Record<string, readonly unknown[]>> = {
  pfx: [Buffer.from('pfx'), ''],
  crl: ['crl', []],
  secureContext: [{}],
  ecdhCurve: ['auto', 'P-256'],
  sigalgs: ['ecdsa_secp256r1_sha256'],
  checkServerIdentity: [() => undefined],
  secureProtocol: ['TLSv1_2_method', 'TLS_method'],
  secureOptions: [1, 0x4000],
  minDHSize: [1024, 2048, 0],
  requestOCSP: [true],
  pskCallback: [() => null],
  clientCertEngine: ['engine'],
  privateKeyEngine: ['engine'],
  privateKeyIdentifier: ['key'],
  ALPNProtocols: badProtocols,
  socketPath: ['/run/socket'],
  localAddress: ['10.0.0.1'],
};

/** What says nothing about the module's TLS. */
export const ignored: Readonly<Record<string, readonly unknown[]>> = {
  session: [Buffer.from('session')],
  family: [4, 6, 0],
  lookup: [() => undefined],
  noDelay: [true, false],
  secureOptions: [0],
  requestOCSP: [false],
  ALPNProtocols: goodProtocols,
  highWaterMark: [1024],
  linger: [1000],
  timeout: [0],
  agent: [false],
  headers: [{ 'x-y': 'z' }],
  passwordd: ['unknown'],
};
