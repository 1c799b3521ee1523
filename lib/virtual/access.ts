import type { RequiredAuthentication } from './bring-up-options.js';
import type { Authentication, Memory } from './memory.js';

/** The PDP context that the module attaches with. */
const ATTACHING = 1;

/** What the network serves; `undefined`: anything. */
export interface AccessOptions {
  readonly requiredApn: string | undefined;
  readonly requiredAuth: RequiredAuthentication | undefined;
}

/** Whether the network serves the access point that the module attached with (field note 5.19). */
export class Access {
  readonly #memory: Memory;
  readonly #options: AccessOptions;
  #state: 'accepted' | 'refused' = 'accepted';

  constructor(memory: Memory, options: AccessOptions) {
    this.#memory = memory;
    this.#options = options;
  }

  /** Whether data goes through. */
  get accepted(): boolean {
    return this.#state === 'accepted';
  }

  /** From now on what is stored counts. The name of the access point. */
  attach(): string {
    const { requiredApn, requiredAuth } = this.#options;
    const apn = this.#memory.contexts.get(ATTACHING)?.apn ?? '';
    const known = requiredApn === undefined || apn.toLowerCase() === requiredApn.toLowerCase();
    const authenticated = matches(requiredAuth, this.#memory.authentications.get(ATTACHING));
    this.#state = known && authenticated ? 'accepted' : 'refused';
    return apn;
  }
}

function matches(required: RequiredAuthentication | undefined, stored: Authentication | undefined): boolean {
  if (required === undefined) return true;
  const { type = stored?.type, user, password } = required;
  return stored?.type === type && stored?.user === user && stored.password === password;
}
