import type { AtChannel } from '../at/index.js';
import type { ServiceControl } from './service-control.js';
import type { Slot } from './slot.js';
import { parseUnsolicited, type Unsolicited } from './table/index.js';

/** Whom the codes of the service are for. */
export interface CodeTakers {
  readonly control: ServiceControl;
  readonly slots: readonly Slot[];
  /** The module stopped the service, and nobody asked for it. */
  stopped(this: void): void;
}

/** Gives the codes that the module sends unasked to whom they name. Returns a function that ends it. */
export function routeCodes(channel: AtChannel, takers: CodeTakers): () => void {
  return channel.listen('+CCH', (line) => {
    const code = parseUnsolicited(line);
    // None of the service's, or the end of a read, which its exchange takes.
    if (code === undefined || code.type === 'receive-end') return false;
    take(code, takers);
    return true;
  });
}

function take(code: Unsolicited, { control, slots, stopped }: CodeTakers): void {
  switch (code.type) {
    case 'start-result':
      control.takeStartResult(code.error);
      return;
    case 'stop-result':
      if (!control.takeStopResult(code.error)) stopped();
      return;
    case 'service-stopped':
      return stopped();
    default:
      return route(code, slots);
  }
}

function route(code: Unsolicited & { readonly session?: number | undefined }, slots: readonly Slot[]): void {
  if (code.session !== undefined) return slots[code.session]?.take(code);
  // Some firmware names no session (field note 2): with one open it is that one, else each asks the module.
  const open = slots.filter((slot) => slot.session);
  if (open.length === 1) open[0]?.take(code);
  else for (const slot of open) if (slot.session) slot.inquire(slot.session);
}
