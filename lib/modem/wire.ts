import { ModemError, codeOf } from '../errors/index.js';
import { pause } from '../util/index.js';
import { askOptional, type Ask } from './identity.js';
import { setSpeed, type Search } from './sync.js';

/** Bits a second above which uploads break without flow control (field note 5.9). */
const FASTEST_WITHOUT = 230_400;
/** Ms in which CTS must be high once the module was told to drive it. */
const CTS_TIME = 1000;
const CTS_INTERVAL = 50;
/** Ms that a module takes to change its speed, and in which it must answer an `AT` then. */
const SPEED_TIME = 100;
const AT_TIME = 1000;
/** Ms in which it must answer again at the speed at which it was found. */
const RETURN_TIME = 10_000;

/** Settings that a program before this one, or a board, may have left otherwise (field note 5.17). */
const habits = ['AT+CSCLK=0', 'AT&D0', 'AT&C0'];

/**
 * Brings the serial line to the speed that is wanted, makes the module stay awake, and sets up RTS/CTS on both sides where it
 * is asked for. Returns warnings: another speed than the one that is wanted, and one too fast to do without flow control.
 * Rejects with `ERR_MODEM_FLOW_CONTROL`.
 */
export async function setWire(search: Search, ask: Ask): Promise<ModemError[]> {
  const { serial, settings } = search;
  for (const command of habits) await askOptional(ask, command);
  if (serial === undefined) return [];
  const other = serial.settings.baudRate === settings.baudRate ? undefined : await returnToSpeed(search, ask);
  if (settings.rtscts) await useFlowControl(search, ask);
  const { baudRate, rtscts } = serial.settings;
  const fast = baudRate > FASTEST_WITHOUT && !rtscts ? tooFast(baudRate) : undefined;
  return [other, fast].filter((warning) => warning !== undefined);
}

/** The module was found at another speed than the one that is wanted. */
async function returnToSpeed(search: Search, ask: Ask): Promise<ModemError | undefined> {
  const { settings, serial, report } = search;
  const found = serial?.settings.baudRate;
  report('sync', `the module speaks at ${found ?? 0} baud; setting ${settings.baudRate}`);
  if (await askOptional(ask, `AT+IPR=${settings.baudRate}`)) {
    await pause(SPEED_TIME, search.signal);
    if (await answersAt(search, settings.baudRate)) return undefined;
    // A module may say OK and stay as it is.
    await setSpeed(search, found ?? settings.baudRate);
    await synchronise(search, RETURN_TIME);
  }
  const message = `The module does not take ${settings.baudRate} baud, and goes on at ${found ?? 0}; give that as baudRate.`;
  return new ModemError('ERR_MODEM_SPEED', message);
}

/** Whether the module answers at a speed, which the port is set to. */
async function answersAt(search: Search, baudRate: number): Promise<boolean> {
  await setSpeed(search, baudRate);
  try {
    await synchronise(search, 2 * AT_TIME);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ERR_MODEM_NO_ANSWER') return false;
    throw error;
  }
}

async function synchronise({ channel, signal }: Search, timeout: number): Promise<void> {
  await channel.synchronise({ interval: AT_TIME, timeout, signal });
}

async function useFlowControl({ serial, signal }: Search, ask: Ask): Promise<void> {
  if (serial === undefined) return;
  if (!(await askOptional(ask, 'AT+IFC=2,2'))) {
    const message = 'The module refuses RTS/CTS flow control (AT+IFC=2,2): leave rtscts out, at 230400 baud or less.';
    throw new ModemError('ERR_MODEM_FLOW_CONTROL', message);
  }
  await serial.reopen({ ...serial.settings, rtscts: true });
  const end = performance.now() + CTS_TIME;
  // A port without such a line (a PTY) cannot be asked.
  while ((await serial.clearToSend()) === false) {
    if (signal.aborted) return;
    if (performance.now() > end) throw wireMissing();
    await pause(CTS_INTERVAL, signal);
  }
  await ask('AT');
}

function wireMissing(): ModemError {
  const message =
    "CTS stays low although the module was told to drive it (AT+IFC=2,2): the wire from the module's RTS to this host's " +
    'CTS is missing or broken. Connect it, and the one the other way, or leave rtscts out, at 230400 baud or less.';
  return new ModemError('ERR_MODEM_FLOW_CONTROL', message);
}

function tooFast(baudRate: number): ModemError {
  const message =
    `${baudRate} baud without flow control: above 230400 modules lose bytes of what is sent to them. Connect RTS and CTS ` +
    'and give rtscts: true, or a lower baudRate.';
  return new ModemError('ERR_MODEM_FLOW_CONTROL', message);
}
