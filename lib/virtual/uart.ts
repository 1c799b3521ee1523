import type { FlowControl } from './line-state.js';
import { Pacer } from './pacer.js';
import type { SerialEnd, SerialWire } from './serial-wire.js';

/** Bytes of one kind of cable between the host and the module. */
export interface Cable {
  /** Whether the host is in this process, so that its bytes are here as soon as they are written. */
  readonly here?: true;
  /** The host's end of a serial one, which has a speed and control lines; others just carry bytes. */
  readonly serial?: SerialEnd;
  /** Bytes from the module; `false` when the host takes no more until {@link Port.resume}. */
  write(chunk: Buffer): boolean;
  /** The cable vanishes. */
  destroy(): void;
}

/** The module's end of a cable. */
export interface Port {
  /** Bytes from the host; `done` runs when the module has taken them. */
  receive(chunk: Buffer, done: () => void): void;
  /** The host takes bytes again. */
  resume(): void;
  /** The cable is gone. */
  detach(): void;
}

/** What a {@link Uart} needs of its module. */
export interface UartOptions {
  /** Bytes a second, asked for each chunk; `undefined` is as fast as the host. */
  readonly rate: () => number | undefined;
  /** What serial cables do to bytes. */
  readonly wire: SerialWire;
  /** The flow control of the module. */
  readonly flow: FlowControl;
  /** There is a new cable. */
  readonly connected: () => void;
  /** Most bytes in the next chunk of output. */
  readonly chunkSize: () => number;
  /** Most bytes that are taken at once; others wait at the host. At least 1. */
  readonly room: () => number;
  /** Takes bytes from the host; `false` holds more back until {@link Uart.resume}. */
  readonly receive: (chunk: Buffer) => boolean;
}

/**
 * The module's serial port. What the module sends goes to every cable, what the hosts send comes in as it came; with no
 * cable the bytes are lost, as on a real one. A host that reads slowly holds the output back, as RTS/CTS does.
 */
export class Uart {
  readonly #output: Pacer;
  readonly #input: Pacer;
  readonly #cables = new Map<Port, Cable>();
  readonly #blocked = new Set<Port>();
  readonly #options: UartOptions;
  #bytesIn = 0;
  #bytesOut = 0;
  #idle: (() => void)[] = [];
  #written: 'now' | 'by now' = 'by now';

  constructor(options: UartOptions) {
    const { rate, chunkSize, room } = options;
    this.#options = options;
    this.#output = new Pacer({
      rate: () => (this.#heldByHost ? 0 : rate()),
      slice: chunkSize,
      deliver: (chunk) => this.#deliver(chunk),
    });
    this.#input = new Pacer({ rate, slice: room, deliver: (chunk) => this.#accept(chunk) });
  }

  /** Bytes that came from the host, and that went to it. */
  get statistics(): { readonly bytesIn: number; readonly bytesOut: number } {
    return { bytesIn: this.#bytesIn, bytesOut: this.#bytesOut };
  }

  /** When the bytes were written that are received now: a process that is held up reads others late. */
  get written(): 'now' | 'by now' {
    return this.#written;
  }

  /** Bytes that wait for the line to the host. */
  get backlog(): number {
    return this.#output.length;
  }

  /** The next byte on its way from the host. */
  get incoming(): number | undefined {
    return this.#input.head;
  }

  /** CTS: whether the module takes bytes. Without flow control it is always high. */
  get clearToSend(): boolean {
    return this.#options.flow.byModule === 0 || !this.#input.held;
  }

  /** Whether both ends wait for each other: where a cable has no lines for that, it is the module that decides. */
  get controlled(): boolean {
    const waits = [...this.#cables.values()].every(({ serial }) => serial?.rtscts ?? true);
    return waits && this.#options.flow.byModule === 2;
  }

  connect(cable: Cable): Port {
    const { wire, connected } = this.#options;
    const port: Port = {
      receive: (chunk, done) => {
        if (!this.#cables.has(port)) {
          done();
          return;
        }
        this.#written = cable.here ? 'now' : 'by now';
        this.#input.push(cable.serial ? wire.toModule(chunk, cable.serial) : chunk, done);
        this.#written = 'by now';
      },
      resume: () => this.#unblock(port),
      detach: () => {
        this.#cables.delete(port);
        this.#unblock(port);
      },
    };
    this.#cables.set(port, cable);
    connected();
    return port;
  }

  /** Sends bytes; `sent` runs just before the last of them is on the line. */
  send(data: Buffer, sent?: () => void): void {
    this.#output.push(data, sent);
  }

  /** Goes on after `receive` answered `false`. */
  resume(): void {
    this.#input.resume();
  }

  /** Runs `action` once, when few enough bytes wait for the line; `action` may send more. */
  whenQuiet(action: () => void): void {
    if (this.#output.length === 0) action();
    else this.#idle.push(action);
  }

  /** Throws away what is not yet sent. */
  clearOutput(): void {
    this.#output.clear();
    this.#idle = [];
  }

  /** Destroys every cable. */
  unplug(): void {
    const cables = [...this.#cables.values()];
    this.#cables.clear();
    for (const cable of cables) cable.destroy();
    this.#blocked.clear();
    this.#output.resume();
  }

  close(): void {
    this.clearOutput();
    this.#input.clear();
    this.unplug();
  }

  #deliver(chunk: Buffer): boolean {
    this.#bytesOut += chunk.length;
    for (const [port, cable] of this.#cables) {
      const bytes = cable.serial ? this.#options.wire.toHost(chunk, cable.serial) : chunk;
      if (!cable.write(bytes)) this.#blocked.add(port);
    }
    if (this.#output.length === 0) this.#runIdle();
    return this.#blocked.size === 0;
  }

  #runIdle(): void {
    const actions = this.#idle;
    this.#idle = [];
    for (const action of actions) action();
  }

  #unblock(port: Port): void {
    if (this.#blocked.delete(port) && this.#blocked.size === 0) this.#output.resume();
  }

  #accept(chunk: Buffer): boolean {
    this.#bytesIn += chunk.length;
    return this.#options.receive(chunk);
  }

  /** RTS of a serial cable is low, and the module minds it. */
  get #heldByHost(): boolean {
    if (this.#options.flow.byHost === 0) return false;
    return [...this.#cables.values()].some(({ serial }) => serial !== undefined && !serial.readyToReceive());
  }
}
