import { ok } from '../answer.js';
import { onPattern, type Behaviour } from '../behaviour.js';
import { kept, setting } from './settings.js';

const errorReports = onPattern(/^AT\+CMEE(\?|=\?|=([0-2])|)$/i, ({ line }, form, value) => {
  if (form === '?') return ok([`+CMEE: ${line.errors}`]);
  if (form === '=?') return ok(['+CMEE: (0,1,2)']);
  line.errors = value === '1' ? 1 : value === '2' ? 2 : 0;
  return ok();
});

const flowControl = setting('IFC', {
  allowed: /^[02](,[02])?$/,
  ranges: '(0,2),(0,2)',
  shown: ({ line: { flow } }) => `${flow.byHost},${flow.byModule}`,
  keep: kept(({ line: { flow } }, value) => {
    const [byHost, byModule = String(flow.byModule)] = value.split(',');
    flow.byHost = byHost === '2' ? 2 : 0;
    flow.byModule = byModule === '2' ? 2 : 0;
  }),
});

/** Speeds in bit/s that a module takes. */
const speeds = [
  300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 3_000_000, 3_200_000,
  3_686_400,
];

/** `AT+IPR`, and `AT+IPREX`, which is kept over a reset. Either acts behind its `OK`, which is said at the speed before. */
function speed(name: 'IPR' | 'IPREX'): Behaviour {
  return setting(name, {
    allowed: /^\d{1,7}$/,
    ranges: `(${speeds.join(',')})`,
    shown: ({ line, memory }) => (name === 'IPR' ? line.speed : memory.speed),
    keep: (module, value) => {
      const rate = Number(value);
      if (!speeds.includes(rate)) return undefined;
      if (name === 'IPREX') module.memory.speed = rate;
      return ok([], () => module.setSpeed(rate));
    },
  });
}

const sleep = setting('CSCLK', {
  allowed: /^[0-2]$/,
  ranges: '(0-2)',
  shown: ({ line }) => line.sleep,
  keep: kept(({ line }, value) => {
    line.sleep = Number(value);
  }),
});

/** The second number, of a kind of codes, says nothing here. */
const codePort = setting('CATR', {
  allowed: /^[0-9](,[0-9])?$/,
  ranges: '(0-9)',
  shown: ({ line }) => line.codesOn,
  keep: kept(({ line }, value) => {
    line.codesOn = Number.parseInt(value, 10);
  }),
});

/** Settings of the line. */
export const lineBehaviours: readonly Behaviour[] = [
  errorReports,
  flowControl,
  speed('IPR'),
  speed('IPREX'),
  sleep,
  codePort,
];
