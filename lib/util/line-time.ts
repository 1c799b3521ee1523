/** Milliseconds that `bytes` take on a serial line at `baudRate`: 10 bits a byte (8N1). */
export function lineTime(bytes: number, baudRate: number): number {
  return (bytes * 10_000) / baudRate;
}
