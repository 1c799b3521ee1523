import {
  address,
  cachedLengths,
  chosenContext,
  contextInformation,
  openInformation,
  unsentLengths,
} from './answers.js';
import { keyed, parameters } from './codec.js';
import { contextFields } from './context-settings.js';
import { flag, integer, optional, shownAs, text } from './field.js';
import { fileName, listedName } from './file-name.js';
import { forms } from './form.js';
import type { Profile } from './profile.js';

/** The exchange is over at `OK`; the result, before or after it, is awaited apart, for 120 s (F1001; the others follow). */
const waits = { completion: 'result', maximumTime: 120_000 } as const;
/** `>`, then counted bytes, then `OK`. */
const counted = { completion: 'prompt' } as const;
/** Bytes of a file that go out without a pause: uploads without any have failed on 767 (field note 4). */
export const UPLOAD_PACKET = 1024;
/** `OK`, then data frames, then `+CCHRECV: <session>,<err>`. */
const framed = { completion: 'data' } as const;

const session = integer(0, 1);
const context = integer(0, 9);
const port = integer(1, 65535);
const sendtimeout = integer(60, 150);
/** Of the packet data network, not of SSL. */
const pdp = parameters({ context: integer(1, 15) });

/** The start and the stop of the service, for all its sessions. */
function serviceCommands(profile: Profile) {
  const where = (exists: boolean) => ({
    missing: exists ? undefined : `the family '${profile.name}' has no such form`,
  });
  return {
    /** On the default PDP context, or the one named. `ERROR` while it runs. */
    CCHSTART: declare('F1001', '+CCHSTART', 'Start the SSL service', ({ execute, write }) => ({
      execute: execute(waits),
      write: write(pdp, { ...waits, ...where(profile.startTakesContext) }),
    })),

    /** Ends every session, too. `ERROR` while it does not run. */
    CCHSTOP: declare('F1002', '+CCHSTOP', 'Stop the SSL service', ({ execute, write }) => ({
      execute: execute(waits),
      write: write(pdp, { ...waits, ...where(profile.stopTakesContext) }),
    })),
  };
}

/** What is done with a session. */
function sessionCommands(profile: Profile) {
  return {
    /** Client type 1 is plain TCP, 2 TLS; 2 is the default. */
    CCHOPEN: declare('F1003', '+CCHOPEN', 'Connect a session to a server', ({ test, read, write, lines }) => {
      const host = shownAs('ADDRESS', text(1, 256));
      const target = { session, host, port, clientType: optional(integer(1, 2)), bindPort: optional(port) };
      return {
        test: test(parameters(target)),
        read: read(lines(openInformation)),
        write: write(parameters(target), waits),
      };
    }),

    CCHCLOSE: declare('F1004', '+CCHCLOSE', 'Disconnect a session', ({ write }) => ({
      write: write(parameters({ session }), waits),
    })),

    /** The read form tells how many bytes of each session are not yet sent. */
    CCHSEND: declare('F1005', '+CCHSEND', 'Send counted bytes', ({ test, read, write, line }) => {
      const block = parameters({ session, length: integer(1, 2048) });
      return { test: test(block), read: read(line(unsentLengths)), write: write(block, counted) };
    }),

    /** Without a length all that is cached, with 0 in some families 2048 bytes at most. The read form counts. */
    CCHRECV: declare('F1006', '+CCHRECV', 'Read cached bytes', ({ read, write, line }) => ({
      read: read(line(cachedLengths)),
      write: write(parameters({ session, length: optional(integer(0, profile.explicitRead)) }), framed),
    })),
  };
}

/** What is asked and set of the service and its sessions, in the same words by every family. */
const settingCommands = {
  /** `ERROR` while the service does not run. */
  CCHADDR: declare('F1007', '+CCHADDR', 'Tell the IPv4 address', ({ execute, line }) => ({
    execute: execute({}, line(address)),
  })),

  /** After the start and before the open; forgotten after a failed open and after a close. */
  CCHCFG: declare('F1008', '+CCHCFG', 'Configure a session', ({ test, read, write, lines }) => {
    const settings = keyed('session', session, { sendtimeout, sslctx: context });
    return {
      test: test(settings),
      read: read(lines(parameters({ session, sendtimeout, sslctx: context }))),
      write: write(settings),
    };
  }),

  /** Its own number is a session's context until another is chosen. When, and how long, as CCHCFG. */
  CCHSSLCFG: declare('F1009', '+CCHSSLCFG', 'Choose the SSL context of a session', ({ test, read, write, lines }) => {
    const choice = parameters({ session, context });
    return { test: test(choice), read: read(lines(chosenContext)), write: write(choice) };
  }),

  /** 0 command mode, 1 transparent mode: one session, raw bytes. Before the start. */
  CCHMODE: declare('F1010', '+CCHMODE', 'Choose command or transparent mode', ({ test, read, write, line }) => {
    const mode = parameters({ mode: integer(0, 1) });
    return { test: test(mode), read: read(line(mode)), write: write(mode) };
  }),

  /** `report` 1: `+CCHSEND: <session>,<err>` when sent. `receive` 0: data is pushed, 1: cached. Before the start. */
  CCHSET: declare('F1011', '+CCHSET', 'Choose how bytes are reported', ({ test, read, write, line }) => {
    const [report, receive] = [integer(0, 1), flag()];
    const both = parameters({ report, receive });
    return {
      test: test(both),
      read: read(line(both)),
      write: write(parameters({ report, receive: optional(receive) })),
    };
  }),
};

/** SSL contexts, and the files that they name. */
function contextCommands(profile: Profile) {
  const name = fileName(profile.fileName, profile.nameEncoding);
  return {
    /** `AT+CSSLCFG=<context>` reads a single one of the ten. */
    CSSLCFG: declare('F1012', '+CSSLCFG', 'Configure an SSL context', ({ test, read, write, line, lines }) => {
      const settings = keyed('context', context, contextFields(profile, name));
      const information = contextInformation(profile);
      // F1012 R) prints one line without its second S.
      const misprints = ['+CSLCFG'];
      return {
        test: test(settings),
        read: read(lines(information, misprints)),
        query: write(parameters({ context }), {}, line(information, misprints)),
        write: write(settings),
      };
    }),

    CCERTDOWN: declare('F1013', '+CCERTDOWN', 'Store a certificate or key file', ({ test, write }) => {
      const file = parameters({ name, length: integer(1, 10240) });
      return { test: test(file), write: write(file, { ...counted, packet: UPLOAD_PACKET }) };
    }),

    /** Nothing but `OK` when there are none. */
    CCERTLIST: declare('F1014', '+CCERTLIST', 'List the stored files', ({ execute, lines }) => ({
      execute: execute({}, lines(parameters({ name: listedName(profile.nameEncoding) }))),
    })),

    CCERTDELE: declare('F1015', '+CCERTDELE', 'Delete a stored file', ({ write }) => ({
      write: write(parameters({ name })),
    })),
  };
}

/**
 * The commands of the chapter "AT Commands For SSL", each form declared once: the driver writes and reads it, the
 * virtual modem reads and writes it, `docs/commands.md` is made of it. What differs between families is in the profile.
 */
export function commandTable(profile: Profile) {
  return {
    ...serviceCommands(profile),
    ...sessionCommands(profile),
    ...settingCommands,
    ...contextCommands(profile),
  };
}

/** The commands of one family. */
export type CommandTable = ReturnType<typeof commandTable>;

/** What is said of a command beside its forms. */
export interface CommandFacts {
  /** Section of the manual: `F1003`. */
  readonly section: string;
  /** `+CCHOPEN` */
  readonly name: string;
  readonly purpose: string;
}

function declare<F>(
  section: string,
  name: string,
  purpose: string,
  declared: (make: ReturnType<typeof forms>) => F,
): F & { readonly about: CommandFacts } {
  return { ...declared(forms(name, section)), about: { section, name, purpose } };
}
