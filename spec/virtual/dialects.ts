import type { ProfileName } from '../../lib/cch/table/index.js';

/** What each family says, byte by byte; `PORT` is the server's port, `OWN` the module's. */
export interface Dialect {
  /** Whether `OK` always comes before a result. */
  readonly order: 'ok-first' | 'either';
  readonly banner: string[];
  readonly prompt: string;
  readonly event: string;
  readonly stopped: string;
  /** Answer to `AT+CGMR`. */
  readonly revision: string;
  readonly failedStart: string;
  readonly failedOpen: string;
  /** `AT+CCHOPEN?` with session 0 open, and with none. */
  readonly open: string[];
  readonly none: string[];
  readonly address: string;
  /** Bytes of each frame of a read of 5000, without a length and with 0. */
  readonly frames: number[];
  readonly zero: number[];
  /** Whether `AT+CCHRECV=0,2049` is taken. */
  readonly longRead: 'OK' | 'ERROR';
  /** `AT+CSSLCFG=0` at power-on, behind the number. */
  readonly context: string;
  readonly keys: string[];
  readonly certificate: string;
  readonly fileName: number;
  /** What `AT+CCHSTART=2` and `AT+CCHSTOP=2` answer. */
  readonly startOf: string;
  readonly stopOf: string;
}

/** A line as it stands on the wire. */
export const line = (text: string) => `\r\n${text}\r\n`;
const sevenKeys = ['sslversion', 'authmode', 'ignorelocaltime', 'negotiatetime', 'cacert', 'clientcert', 'clientkey'];
const banner = ['+CPIN: READY', 'SMS DONE', 'PB DONE'];

const manual: Dialect = {
  order: 'ok-first',
  banner: ['RDY', ...banner],
  prompt: '> ',
  event: '+CCHEVENT: 0, RECV EVENT',
  stopped: '+CCH: CCH STOP',
  revision: 'V1.00',
  failedStart: line('OK') + line('+CCHSTART: 17'),
  failedOpen: line('OK') + line('+CCHOPEN: 0,13'),
  open: ['+CCHOPEN: 0,"127.0.0.1",PORT,1'],
  none: [],
  address: '+CCHADDR: 10.71.155.118',
  frames: [2048, 2048, 904],
  zero: [2048],
  longRead: 'OK',
  context: '4,0,1,300,"","","",0,"",0xFFFF',
  keys: [...sevenKeys, 'enableSNI', 'keypwd', 'ciphersuites'],
  certificate: `+CCERTLIST: "中华.pem"`,
  fileName: 128,
  startOf: line('ERROR'),
  stopOf: line('ERROR'),
};

export const dialects: Record<ProfileName, Dialect> = {
  manual,
  sim7600: {
    ...manual,
    order: 'either',
    prompt: '>',
    event: '+CCHEVENT: 0,RECV EVENT',
    revision: '+CGMR: LE20B04SIM7600M22',
    failedOpen: line('OK') + line('+CCHOPEN: 0,13') + line('+CCHCLOSE: 0,13'),
  },
  a76xx: {
    ...manual,
    banner: ['*ATREADY: 1', ...banner],
    event: '+CCHEVENT: 0,RECV EVENT',
    stopped: '+CCH:CCH STOP',
    revision: 'A7670M7_V1.11.1',
    failedStart: line('ERROR') + line('+CCHSTART: 17'),
    open: ['+CCHOPEN: 0,"127.0.0.1",PORT,1,OWN', '+CCHOPEN: 1,"",,,'],
    none: ['+CCHOPEN: 0,"",,,', '+CCHOPEN: 1,"",,,'],
    frames: [1024, 1024, 1024, 1024, 904],
    zero: [1024, 1024, 1024, 1024, 904],
    longRead: 'ERROR',
    context: '4,0,1,300,"","","",0',
    keys: [...sevenKeys, 'enableSNI', 'password'],
    certificate: '+CCERTLIST: "&#x4E2D;&#x534E;.pem"',
    fileName: 108,
    startOf: line('OK') + line('+CCHSTART: 0,2'),
  },
  sim767x: {
    ...manual,
    banner: ['*ATREADY: 1', ...banner],
    prompt: '>\r\n',
    event: '+CCHEVENT: 0,RECV EVENT',
    stopped: '+CCH:CCH STOP',
    revision: '2388B06SIM767XM5A_M',
    failedStart: line('ERROR') + line('+CCHSTART: 17'),
    open: ['+CCHOPEN: 0,"127.0.0.1",PORT,1,OWN', '+CCHOPEN: 1,"",,,', '+CCHOPEN: 2,"",,,'],
    none: ['+CCHOPEN: 0,"",,,', '+CCHOPEN: 1,"",,,', '+CCHOPEN: 2,"",,,'],
    address: '+CCHADDR: 1,10.71.155.118',
    frames: [1024, 1024, 1024, 1024, 904],
    zero: [1024, 1024, 1024, 1024, 904],
    longRead: 'ERROR',
    context: '2,0,1,300,"","","","",0,0,0,0xFFFF',
    keys: [...sevenKeys, 'enableSNI', 'password', 'ignorecertCN', 'use_tickets', 'ciphersuites'],
    certificate: '+CCERTLIST: "&#x4E2D;&#x534E;.pem"',
    fileName: 55,
    startOf: line('OK') + line('+CCHSTART: 0,2'),
    stopOf: line('OK') + line('+CCHSTOP: 0,2'),
  },
};
