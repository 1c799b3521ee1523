import { format } from 'node:util';
import debug from 'debug';
import { afterwards } from '../../support/bring-up.js';

/** Everything that `DEBUG=modem-tls:*` prints until the test is over. */
export function debugOutput(): string[] {
  const printed: string[] = [];
  const enabled = debug.disable();
  const { log } = debug;
  debug.log = (...given: unknown[]) => void printed.push(format(...given));
  debug.enable('modem-tls:*');
  afterwards(() => {
    debug.disable();
    debug.log = log;
    debug.enable(enabled);
  });
  return printed;
}
