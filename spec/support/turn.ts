/** One turn of the event loop: what could be read and answered by now has been. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits, turn by turn, for something that no event tells; the spec's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}
