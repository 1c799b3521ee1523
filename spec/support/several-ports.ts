import type { VirtualModem } from '../../lib/virtual/index.js';

type Binding = ReturnType<VirtualModem['binding']>;
type Listed = Awaited<ReturnType<Binding['list']>>[number];

/** A serial port of a machine: what it is listed as, and what is on it, if anything. */
export interface Port extends Partial<Listed> {
  readonly path: string;
  readonly modem?: VirtualModem;
}

/** A binding of serialport with several ports, in the order given. Ports without a modem do not open. */
export function severalPorts(ports: readonly Port[]): Binding & { readonly opened: string[] } {
  const opened: string[] = [];
  const nothing = { serialNumber: undefined, pnpId: undefined, locationId: undefined };
  const unknown = { ...nothing, manufacturer: undefined, vendorId: undefined, productId: undefined };
  return {
    opened,
    list: () => Promise.resolve(ports.map(({ modem: _, ...listed }) => ({ ...unknown, ...listed }))),
    open: async (options) => {
      opened.push(options.path);
      const modem = ports.find(({ path }) => path === options.path)?.modem;
      if (modem === undefined) throw new Error(`Error: Permission denied, cannot open ${options.path}`);
      return modem.binding(options.path).open(options);
    },
  };
}
