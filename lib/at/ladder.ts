/** One way to find a module, tried a few times before the next. */
export interface Rung {
  /** What is done, for people. */
  readonly name: string;
  /** How many `AT` are written. */
  readonly attempts: number;
  /** Carriage returns that go first: a module may wait for the counted bytes of a program that was killed (field note 5.18). */
  readonly returns?: number;
  /** Whether an escape goes first: the module may have been left in data mode. */
  readonly escape?: boolean;
  /** Another speed that the port is set to first, in bits a second. */
  readonly baudRate?: number;
}

/** `AT`s before anything else is tried, at first and later; a module that starts is silent for up to 23 s (field note 5.13). */
const FIRST_ATTEMPTS = 6;
const LATER_ATTEMPTS = 12;
/** Largest number of counted bytes that `AT+CCHSEND` and `AT+CCERTDOWN` make a module wait for, the second less the first. */
const RETURNS = [2048, 8192] as const;

/**
 * The ways to find a silent module, each after the one before was in vain, and all over again: patience, carriage returns,
 * an escape, other speeds. `data`: the module is known to be in data mode, so an escape goes first.
 */
export function* ladder(options: { data?: boolean; baudRate: number; others?: readonly number[] }): Generator<Rung> {
  const { data = false, baudRate, others = [] } = options;
  const escape: Rung = { name: 'escape from data mode', attempts: 2, escape: true };
  if (data) yield escape;
  for (let attempts = FIRST_ATTEMPTS; ; attempts = LATER_ATTEMPTS) {
    yield { name: 'AT', attempts };
    for (const returns of RETURNS) yield { name: `${returns} carriage returns`, attempts: 2, returns };
    yield escape;
    for (const other of others) yield { name: `${other} baud`, attempts: 2, baudRate: other };
    if (others.length > 0) yield { name: `${baudRate} baud again`, attempts: 1, baudRate };
  }
}
