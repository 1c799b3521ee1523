import { host, modem, type Call, type Step, type Transcript, type VirtualSetup } from './transcript.js';

/** How a command fails that is answered `ERROR`. */
export const refused = { code: 'ERR_MODEM_COMMAND', final: 'ERROR', phase: 'command' } as const;

/** `OK`, and nothing before it. */
export const ok = modem('\r\nOK\r\n');

interface Exchange extends Pick<Transcript, 'name' | 'source' | 'cells' | 'profile'> {
  /** Exchanges before it on the virtual modem; left out where that does not behave so. */
  before?: readonly Step[];
  /** How else the virtual modem is set up. */
  virtual?: VirtualSetup;
  /** What the host writes, with its CR. */
  command: string;
  answer: string;
  /** What the driver makes of it; left out where no form of the table writes these bytes. */
  call?: Call;
}

/** One command without counted bytes, and its answer. */
export function exchange({ before, virtual, command, answer, call, ...transcript }: Exchange): Transcript {
  const setup = before && { ...virtual, before };
  return {
    ...transcript,
    steps: [host(command), modem(answer)],
    ...(setup && { virtual: setup }),
    ...(call && { driver: { calls: [call] } }),
  };
}

/** Commands that are refused one after the other, each with `ERROR`: `AT+CCHCFG="sendtimeout",0,59`. */
export function refusals(head: string, ...parameters: readonly string[]): Step[] {
  return parameters.flatMap((text) => [host(`${head}${text}\r`), modem('\r\nERROR\r\n')]);
}
