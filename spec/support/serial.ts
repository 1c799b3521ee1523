import type { VirtualModem } from '../../lib/virtual/index.js';

type Binding = ReturnType<VirtualModem['binding']>;

/**
 * What a host does to its serial port, in words: `open 115200`, `open 115200 rtscts`, `speed 9600`, `close`, and for lines
 * that are low `set dtr low`, `set rts low`.
 */
export interface WatchedBinding extends Binding {
  readonly actions: string[];
  /** The options with which it was opened last. */
  readonly options: Parameters<Binding['open']>[0] | undefined;
  /** Whether a port is open. */
  readonly held: boolean;
}

/** A serial port of a virtual modem, and what is done to it. `toModem` changes what is written. */
export function watchedBinding(
  virtual: VirtualModem,
  toModem: (text: string) => string = (text) => text,
): WatchedBinding {
  const binding = virtual.binding();
  const actions: string[] = [];
  let options: WatchedBinding['options'];
  let open = 0;
  return {
    actions,
    get options() {
      return options;
    },
    get held() {
      return open > 0;
    },
    list: () => binding.list(),
    open: async (given) => {
      const port = await binding.open(given);
      options = given;
      open++;
      actions.push(`open ${given.baudRate}${given.rtscts ? ' rtscts' : ''}`);
      const [close, update, write] = [port.close.bind(port), port.update.bind(port), port.write.bind(port)];
      const set = port.set.bind(port);
      return Object.assign(port, {
        close: async () => {
          actions.push('close');
          open--;
          await close();
        },
        update: async (changed: { baudRate: number }) => {
          actions.push(`speed ${changed.baudRate}`);
          await update(changed);
        },
        set: async (lines: Parameters<typeof set>[0]) => {
          for (const line of ['dtr', 'rts'] as const) if (lines[line] === false) actions.push(`set ${line} low`);
          await set(lines);
        },
        write: (bytes: Buffer) => write(Buffer.from(toModem(bytes.toString('latin1')), 'latin1')),
      });
    },
  };
}

/** Options of `Modem.open` for such a port. */
export function onPort(binding: Binding, path = 'virtual'): { path: string; serial: { binding: Binding } } {
  return { path, serial: { binding } };
}
