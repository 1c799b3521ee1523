import { InputBuffer, OutputBuffer } from './serial-buffers.js';
import type {
  SerialBinding,
  SerialBindingPort,
  SerialLines,
  SerialOpenOptions,
  SerialPortInfo,
  SerialStatus,
} from './serial-types.js';
import type { Port, Uart } from './uart.js';

/** What a serial port needs of the module at its other end. */
export interface SerialModule {
  readonly uart: Uart;
  /** Whether the module is there. */
  readonly present: () => boolean;
  /** CTS as it arrives at the host. */
  readonly clearToSend: () => boolean;
  /** DCD. */
  readonly carrier: () => boolean;
  /** DTR is low, and was not before. */
  readonly dtrDropped: () => void;
}

const defaults = {
  dataBits: 8,
  lock: true,
  stopBits: 1,
  parity: 'none',
  rtscts: false,
  xon: false,
  xoff: false,
  xany: false,
  hupcl: true,
} as const;

/** A serial port with the module on it, as serialport's streams open it. It behaves as one of Linux does. */
export class VirtualBinding implements SerialBinding {
  readonly #path: string;
  readonly #module: SerialModule;
  readonly #ports = new Set<VirtualPort>();

  constructor(path: string, module: SerialModule) {
    this.#path = path;
    this.#module = module;
  }

  list(): Promise<SerialPortInfo[]> {
    const nothing = { serialNumber: undefined, pnpId: undefined, locationId: undefined };
    const ids = { productId: undefined, vendorId: undefined };
    const info = { path: this.#path, manufacturer: 'SIMCOM INCORPORATED', ...nothing, ...ids };
    return Promise.resolve(this.#module.present() ? [info] : []);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors are rejections, as those of the real one are
  async open(options: SerialOpenOptions): Promise<SerialBindingPort> {
    if (!options.path) throw new TypeError('"path" is not a valid port');
    if (!options.baudRate) throw new TypeError('"baudRate" is not a valid baudRate');
    const openOptions = { ...defaults, ...options };
    if (options.path !== this.#path || !this.#module.present()) {
      throw new Error(`Error: No such file or directory, cannot open ${options.path}`);
    }
    if (openOptions.lock && [...this.#ports].some((port) => port.openOptions.lock)) {
      throw new Error('Error Resource temporarily unavailable Cannot lock port');
    }
    const port = new VirtualPort(this.#module, openOptions, () => this.#closed(port));
    this.#ports.add(port);
    return port;
  }

  /** The last one that is closed drops DTR, where it was opened so. */
  #closed(port: VirtualPort): void {
    this.#ports.delete(port);
    if (this.#ports.size === 0 && port.openOptions.hupcl) port.dropDtr();
  }
}

/** A port that was opened: the host's end of a cable. */
class VirtualPort implements SerialBindingPort {
  readonly openOptions: Required<SerialOpenOptions>;
  readonly #module: SerialModule;
  readonly #closed: () => void;
  readonly #port: Port;
  readonly #input = new InputBuffer();
  readonly #output: OutputBuffer;
  #state: 'open' | 'lost' | 'closed' = 'open';
  #baudRate: number;
  // Opening raises both.
  #dtr = true;
  #rts = true;

  constructor(module: SerialModule, openOptions: Required<SerialOpenOptions>, closed: () => void) {
    const { baudRate, rtscts } = openOptions;
    this.openOptions = openOptions;
    this.#module = module;
    this.#closed = closed;
    this.#baudRate = baudRate;
    this.#port = module.uart.connect({
      here: true,
      serial: {
        rtscts,
        baudRate: () => this.#baudRate,
        readyToReceive: () => this.#rts && (!rtscts || this.#input.hasRoom),
      },
      write: (chunk) => {
        this.#input.push(chunk);
        return true;
      },
      destroy: () => this.#unplugged(),
    });
    this.#output = new OutputBuffer(this.#port, () => !rtscts || module.clearToSend());
  }

  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors are rejections
  async close(): Promise<void> {
    this.#check();
    this.#state = 'closed';
    this.#finish(Object.assign(new Error('Port is not open'), { canceled: true }));
    this.#port.detach();
    this.#closed();
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    this.#check();
    if (buffer.length < offset + length) throw new Error('buffer is too small');
    if (this.#state === 'lost') throw lost('read');
    return this.#input.read(buffer, offset, length);
  }

  async write(buffer: Buffer): Promise<void> {
    this.#check();
    if (this.#state === 'lost') throw lost('write');
    // The caller may use its buffer again.
    await this.#output.write(Buffer.from(buffer));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors are rejections
  async update({ baudRate }: { baudRate: number }): Promise<void> {
    this.#check();
    if (typeof baudRate !== 'number') throw new TypeError('"options.baudRate" is not a number');
    this.#baudRate = baudRate;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors are rejections
  async set({ dtr = this.#dtr, rts = this.#rts }: SerialLines): Promise<void> {
    this.#check();
    this.#rts = rts;
    if (dtr) this.#dtr = true;
    else this.dropDtr();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors are rejections
  async get(): Promise<SerialStatus> {
    this.#check();
    return { cts: this.#module.clearToSend(), dsr: true, dcd: this.#module.carrier() };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors are rejections
  async getBaudRate(): Promise<{ baudRate: number }> {
    this.#check();
    return { baudRate: this.#baudRate };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- errors are rejections
  async flush(): Promise<void> {
    this.#check();
    this.#input.clear();
    this.#output.clear();
  }

  async drain(): Promise<void> {
    this.#check();
    await this.#output.drain();
  }

  /** DTR goes low; nothing happens where it is low already. */
  dropDtr(): void {
    if (!this.#dtr) return;
    this.#dtr = false;
    this.#module.dtrDropped();
  }

  #unplugged(): void {
    this.#state = 'lost';
    // There is no line any more that could drop.
    this.#dtr = false;
    this.#finish(lost('read'));
  }

  #finish(error: Error): void {
    this.#output.end(error);
    this.#input.fail(error);
  }

  #check(): void {
    if (this.#state === 'closed') throw new Error('Port is not open');
  }
}

/** What reading and writing a port fails with whose device is gone. */
function lost(what: 'read' | 'write'): Error {
  const message = `ENXIO: no such device or address, ${what}`;
  return Object.assign(new Error(message), { code: 'ENXIO', syscall: what, disconnect: true });
}
