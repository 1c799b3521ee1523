import type { CommandTable, ProfileName, Unsolicited } from '../../lib/cch/table/index.js';
import type { Turn } from '../support/scripted-peer.js';

export { eagerHost, host, modem } from '../support/scripted-peer.js';

/** What happens beside the serial line, where the modem has a server to talk to. The driver's peer passes it over. */
export type Event =
  /** The server writes bytes (latin1). */
  | { readonly from: 'server'; readonly sends: string }
  /** The server closes its side. */
  | { readonly from: 'server'; readonly ends: true }
  /** The server must now have received exactly these bytes since the last such event. */
  | { readonly from: 'server'; readonly received: string }
  /** The module says a line of another service, or one that a virtual modem would not say of itself. */
  | { readonly from: 'network'; readonly line: string };

export type Step = Turn | Event;

/** How the virtual modem is to be set up so that it answers as the transcript says. */
export interface VirtualSetup {
  readonly replyOrder?: 'ok-first' | 'result-first';
  readonly prompt?: string;
  readonly echo?: boolean;
  readonly closeAfterPeer?: 'ok' | 'error';
  readonly interject?: string;
  readonly frameSize?: number;
  /** State of the registration; 2 is searching. Default: registered. */
  readonly registration?: 1 | 2;
  /** What `server.example` is: default a TCP server that does what the steps say. */
  readonly server?: 'tcp' | 'tls' | 'none';
  /** Exchanges before the transcript, as literal bytes. */
  readonly before?: readonly Step[];
}

/** One command that the driver runs, and what it must make of the answer. */
export interface Call {
  readonly command: keyof CommandTable;
  readonly form: 'test' | 'read' | 'write' | 'execute' | 'query';
  readonly value?: object;
  /** Counted bytes (latin1) for a prompt. */
  readonly payload?: string;
  /** The value of its information lines. Default: none. */
  readonly answer?: unknown;
  /** The data frames (latin1) of a read. */
  readonly data?: readonly string[];
  /** Whether the answer is `CONNECT`, and raw data behind it. */
  readonly connects?: boolean;
  /** How it must fail. */
  readonly error?: { readonly code: string; readonly final?: string; readonly phase?: 'command' | 'payload' };
}

/** What the driver does with a transcript and what it must have understood in the end. */
export interface DriverPart {
  readonly calls: readonly Call[];
  /** Unsolicited codes of the service, in order, and the end of a transparent session. Default: none. */
  readonly unsolicited?: readonly (Unsolicited | 'CLOSED')[];
  /** Lines that are none of ours (`RING`), in order. Default: none. */
  readonly unknown?: readonly string[];
  /** Data frames that nobody asked for: session and bytes (latin1). Default: none. */
  readonly pushed?: readonly (readonly [session: number, bytes: string])[];
  /** Bytes of transparent mode (latin1). Default: none. */
  readonly raw?: string;
}

/** One dialogue between a host and a module, as literal bytes. */
export interface Transcript {
  readonly name: string;
  /** Section of the manual or number of the field note that it is taken from. */
  readonly source: string;
  /** What it shows of the chapter, under the names of `cells.ts`. */
  readonly cells?: readonly string[];
  /** The family that speaks. Default `manual`. */
  readonly profile?: ProfileName;
  readonly steps: readonly Step[];
  /** Left out where a virtual modem does not behave so. */
  readonly virtual?: VirtualSetup;
  /** Left out where no form of the table writes these bytes. */
  readonly driver?: DriverPart;
}

/** A host name of 256 bytes, which leads to the server as `server.example` and `a` do. */
export const longHost = `${'h'.repeat(248)}.example`;

/** A local port. Played against the virtual modem, a free port of five digits stands in its place. */
export const bindPort = 50124;

/** The turns of the serial line alone. */
export function turns(steps: readonly Step[]): Turn[] {
  return steps.filter((step): step is Turn => step.from === 'host' || step.from === 'modem');
}

export const serverSends = (sends: string): Event => ({ from: 'server', sends });
export const serverEnds: Event = { from: 'server', ends: true };
export const serverReceived = (received: string): Event => ({ from: 'server', received });
export const network = (line: string): Event => ({ from: 'network', line });
