import { host, modem } from './transcript.js';

/** Exchanges that come before a transcript, as literal bytes. */
export const echoOff = [host('ATE0\r'), modem('ATE0\r\r\nOK\r\n')];

/** Sends reported, data cached until it is read. */
export const reported = [host('AT+CCHSET=1,1\r'), modem('\r\nOK\r\n')];
export const unreported = [host('AT+CCHSET=0,1\r'), modem('\r\nOK\r\n')];

export const started = [host('AT+CCHSTART\r'), modem('\r\nOK\r\n\r\n+CCHSTART: 0\r\n')];
export const startedResultFirst = [host('AT+CCHSTART\r'), modem('\r\n+CCHSTART: 0\r\n\r\nOK\r\n')];

export const opened = [
  host('AT+CCHOPEN=0,"server.example",7,1\r'),
  modem('\r\nOK\r\n'),
  modem('\r\n+CCHOPEN: 0,0\r\n'),
];
export const openedResultFirst = [
  host('AT+CCHOPEN=0,"server.example",7,1\r'),
  modem('\r\n+CCHOPEN: 0,0\r\n\r\nOK\r\n'),
];

export const running = [...echoOff, ...unreported, ...started];
export const connected = [...running, ...opened];
export const connectedReported = [...echoOff, ...reported, ...started, ...opened];
