import { ExchangeError } from '../at/index.js';
import { parseUnsolicited, type SslService } from '../cch/index.js';

/** Told how a command ended: with nothing, or why it failed. */
export type Ending = (error?: unknown) => void;

/**
 * The sessions that are used by hand: no connection is given their ids, from the moment that `AT+CCHOPEN` is written until
 * the module says that it failed, or that the session is closed. The results come apart from `OK`, so they are listened for.
 */
export class HandSessions {
  readonly #service: SslService;
  /** The command whose result an id waits for. */
  readonly #asked = new Map<number, 'open' | 'close'>();

  constructor(service: SslService) {
    this.#service = service;
    for (const name of ['+CCHOPEN', '+CCHCLOSE']) {
      service.environment.channel.listen(name, (line) => {
        this.#take(line);
        return false;
      });
    }
  }

  /** `AT+CCHOPEN` is written. */
  open(id: number): Ending {
    // On an id that is open already it changes nothing.
    const ours = this.#service.slot(id)?.hold() === true || this.#asked.get(id) === 'close';
    if (ours) this.#asked.set(id, 'open');
    return (error) => {
      if (ours && isRefusal(error)) this.#release(id);
    };
  }

  /** `AT+CCHCLOSE` is written. */
  close(id: number): Ending {
    const before = this.#asked.get(id);
    this.#asked.set(id, 'close');
    return (error) => {
      if (!isRefusal(error)) return;
      // An open that is under way may still succeed; otherwise nothing was open any more (field note 5.7).
      if (before === 'open') this.#asked.set(id, 'open');
      else this.#release(id);
    };
  }

  #take(line: string): void {
    const code = parseUnsolicited(line);
    if (code?.type !== 'open-result' && code?.type !== 'close-result') return;
    const { type, session, error } = code;
    if (`${this.#asked.get(session) ?? ''}-result` !== type) return;
    if (type === 'open-result' && error === 0) this.#asked.delete(session);
    else this.#release(session);
  }

  #release(id: number): void {
    this.#asked.delete(id);
    this.#service.slot(id)?.release();
  }
}

/** Whether the module answered `ERROR`. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ExchangeError && error.code === 'ERR_MODEM_COMMAND';
}
