import type { AtChannel } from '../at/index.js';
import { sslCommands, type HandGuard, type SslCommands } from '../cch/index.js';
import { AtCommands } from './at-commands.js';
import { ModemCertificates } from './certificates.js';
import { handGuard } from './hand-guard.js';
import type { Startup } from './startup.js';

/** What a program does with the module itself, beside its sockets. One guard sees what all of it touches. */
export class ByHand {
  readonly #channel: AtChannel;
  readonly #startup: Startup;
  #at: AtCommands | undefined;
  #ssl: SslCommands | undefined;
  #certificates: ModemCertificates | undefined;
  #guard: HandGuard | undefined;

  constructor(channel: AtChannel, startup: Startup) {
    this.#channel = channel;
    this.#startup = startup;
  }

  get at(): AtCommands {
    return (this.#at ??= new AtCommands(this.#channel, () => this.#guarding()));
  }

  /** Throws `ERR_MODEM_CLOSED`, as {@link certificates} does, when the modem was never opened. */
  get ssl(): SslCommands {
    return (this.#ssl ??= sslCommands(this.#startup.opened.service.environment, this.#guarding()));
  }

  get certificates(): ModemCertificates {
    return (this.#certificates ??= new ModemCertificates(this.#startup.opened.sessions));
  }

  #guarding(): HandGuard {
    const { service, sessions } = this.#startup.opened;
    return (this.#guard ??= handGuard(service, sessions));
  }
}
