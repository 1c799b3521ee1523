/**
 * The life of one of the module's session ids.
 *
 * ```
 *            open            opened            close              closed
 *   free ──────────▶ opening ──────▶ open ──────────▶ closing ──────────▶ free
 *                       │ abandon                        ▲
 *                       ▼            opened              │
 *                   abandoned ───────────────────────────┤
 *                       │ overdue    opened              │
 *                       └─────────▶ lost ────────────────┘
 * ```
 *
 * `held`: a session that is used by hand lives on the id, or may, and no connection is given it (`hold`, `release`).
 * `abandoned`: nobody waits for the open any more, and its result has not come. `lost`: the module never said what
 * became of the id, which is closed until it does. `failed` (an open that came to nothing), `closed` and
 * `stopped` (the service, with every session) make an id free from wherever the table names them.
 */
export type SlotState = 'free' | 'held' | 'opening' | 'open' | 'closing' | 'abandoned' | 'lost';

/** What can happen to an id. */
export type SlotInput =
  'open' | 'opened' | 'failed' | 'abandon' | 'close' | 'closed' | 'overdue' | 'stopped' | 'hold' | 'release';

const table: Readonly<Record<SlotState, Partial<Record<SlotInput, SlotState>>>> = {
  free: { open: 'opening', hold: 'held' },
  held: { release: 'free' },
  opening: { opened: 'open', failed: 'free', abandon: 'abandoned' },
  open: { close: 'closing' },
  closing: { closed: 'free' },
  abandoned: { opened: 'closing', failed: 'free', closed: 'free', overdue: 'lost' },
  lost: { opened: 'closing', failed: 'free', closed: 'free' },
};

/** The next state; `undefined` when the input means nothing in this state and is to be ignored. */
export function transition(state: SlotState, input: SlotInput): SlotState | undefined {
  if (input === 'stopped') return state === 'free' ? undefined : 'free';
  return table[state][input];
}
