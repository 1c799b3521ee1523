import { lineTime, pause } from '../util/index.js';

/** Ms of silence behind a packet. */
const SILENCE = 50;

/** Of how many bytes the packets are, and how fast the line is. */
export interface PacketOptions {
  readonly packet: number;
  readonly baudRate: number;
}

/** The parts cut into packets of at most `packet` bytes. */
export function packetsOf(parts: readonly Buffer[], packet: number): Buffer[] {
  const all = Buffer.concat(parts);
  const count = Math.ceil(all.length / packet);
  return Array.from({ length: count }, (_, index) => all.subarray(index * packet, (index + 1) * packet));
}

/** Ms that the pauses between the packets of `bytes` bytes take, the time of the line itself included. */
export function packetTime(bytes: number, { packet, baudRate }: PacketOptions): number {
  return Math.max(0, Math.ceil(bytes / packet) - 1) * (lineTime(packet, baudRate) + SILENCE);
}

/** Writes packets, each when the line has carried the one before and been silent for a moment; ends when told to. */
export async function writePackets(
  packets: readonly Buffer[],
  { packet, baudRate }: PacketOptions,
  { write, over }: { write: (packet: Buffer) => void; over: AbortSignal },
): Promise<void> {
  for (const [index, bytes] of packets.entries()) {
    if (index > 0) await pause(lineTime(packet, baudRate) + SILENCE, over);
    if (over.aborted) return;
    write(bytes);
  }
}
