/*
 * What serialport asks of a binding, of which its own types are declared in @serialport/bindings-interface. Written down
 * here so that the types of this package need nothing else to be installed.
 */

/** How a serial port is opened. */
export interface SerialOpenOptions {
  path: string;
  /** The host's speed in bit/s. */
  baudRate: number;
  dataBits?: 5 | 6 | 7 | 8;
  /** Whether others that ask for it are kept out. Default true. */
  lock?: boolean;
  stopBits?: 1 | 1.5 | 2;
  parity?: string;
  /** Whether nothing is sent while CTS is low, and RTS says whether there is room. Default false. */
  rtscts?: boolean;
  xon?: boolean;
  xoff?: boolean;
  xany?: boolean;
  /** Whether closing drops DTR. Default true. */
  hupcl?: boolean;
}

/** A port as a list shows it. */
export interface SerialPortInfo {
  path: string;
  manufacturer: string | undefined;
  serialNumber: string | undefined;
  pnpId: string | undefined;
  locationId: string | undefined;
  productId: string | undefined;
  vendorId: string | undefined;
}

/** The lines that the module drives. */
export interface SerialStatus {
  cts: boolean;
  dsr: boolean;
  dcd: boolean;
}

/** The lines that the host drives; what is left out stays. */
export interface SerialLines {
  brk?: boolean;
  cts?: boolean;
  dsr?: boolean;
  dtr?: boolean;
  rts?: boolean;
}

/** An open port. */
export interface SerialBindingPort {
  readonly openOptions: Required<SerialOpenOptions>;
  readonly isOpen: boolean;
  close(): Promise<void>;
  /** Resolves with at least one byte. Rejects with `canceled: true` when the port is closed, without it when it is lost. */
  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }>;
  /** Resolves when the system has taken all bytes. Rejects likewise. */
  write(buffer: Buffer): Promise<void>;
  update(options: { baudRate: number }): Promise<void>;
  set(options: SerialLines): Promise<void>;
  get(): Promise<SerialStatus>;
  getBaudRate(): Promise<{ baudRate: number }>;
  /** Throws away what was received and not read, and what was written and not sent. */
  flush(): Promise<void>;
  /** Resolves when all that was written is sent. */
  drain(): Promise<void>;
}

/** What serialport's streams take as `binding`. */
export interface SerialBinding {
  list(): Promise<SerialPortInfo[]>;
  open(options: SerialOpenOptions): Promise<SerialBindingPort>;
}
