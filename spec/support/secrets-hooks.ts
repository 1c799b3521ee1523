/**
 * A root hook plugin of mocha: turns all of `debug` on for the whole suite, and looks for the secrets that the specs use in
 * every line of it, in every error that is made or emitted, and in the virtual modem's log and notes. Fails the suite when
 * one was found, and when too little was seen for that to mean anything.
 */
import { observeErrors } from './observed-errors.js';
// Behind that one.
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { formatWithOptions } from 'node:util';
import { AssertionError } from 'chai';
import type { Context } from 'mocha';
import type debug from 'debug';
import { ModemError } from '../../lib/errors/index.js';
import { Log } from '../../lib/virtual/log.js';
import { RuleBook } from '../../lib/virtual/rules.js';
import { SecretSearch } from './secret-search.js';
import { concealed, secrets } from './secrets.js';
import { setSearch } from './shown.js';

type Debug = typeof debug & { readonly inspectOpts: object };
type Logger = (this: { namespace?: string }, ...given: unknown[]) => unknown;

/** All but mocha's own, which prints the titles of tests, and that of ioredis, which prints every argument of a command. */
const NAMESPACES = '*,-mocha:*,-ioredis:*';
/** Events by which errors, and what a module says, reach a program. */
const TOLD = ['error', 'warning', 'disconnect', 'unsolicited', 'tlsClientError', 'clientError'];
/** So many tests are the suite, or half of it: then they show so many lines and make so many errors, on average, at least. */
const MANY_TESTS = 1500;
const LINES_A_TEST = 200;
const ERRORS_A_TEST = 5;

const search = new SecretSearch(secrets, concealed);
const nothing: Logger = () => undefined;
let tests = 0;

/** The copies of debug that are loaded: this package's own, and those of serialport. */
const load = createRequire(import.meta.url);
const copies = ['serialport', '@serialport/stream', '@serialport/bindings-cpp'].map(
  (name) => createRequire(load.resolve(name))('debug') as Debug,
);
const debugs = [...new Set([load('debug') as Debug, ...copies])];

/** Reads along, whoever a spec has the lines printed to. Nothing is printed but what the environment asks for. */
function readAlong(one: Debug): void {
  const print: Logger = process.env['DEBUG'] === undefined ? nothing : one.log;
  let inner = print;
  const tee: Logger = function (...given) {
    search.line(formatWithOptions({}, ...given));
    return inner.apply(this, given);
  };
  Object.defineProperty(one, 'log', {
    get: () => tee,
    set: (logger: Logger) => (inner = logger === tee ? print : logger),
  });
  // It would write the names that are turned on to the environment, which other processes inherit.
  Object.assign(one, { save: nothing });
  // Half of what a line costs.
  if (print === nothing) Object.assign(one.inspectOpts, { hideDate: true });
}

function readEvents(): void {
  const { prototype } = EventEmitter;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its object
  const { emit } = prototype;
  prototype.emit = function (event: string | symbol, ...given: unknown[]): boolean {
    if (typeof event === 'string' && TOLD.includes(event)) for (const value of given) told(value);
    return Reflect.apply(emit, this, [event, ...given]);
  };
}

function told(value: unknown): void {
  if (typeof value === 'string') search.line(value, 'elsewhere');
  else if (value instanceof Error) search.error(value);
  else if (typeof value === 'object' && value !== null && 'error' in value) search.error(value.error);
}

function readVirtualModems(): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its object
  const { add } = Log.prototype;
  Log.prototype.add = function (this: Log, ...given) {
    add.apply(this, given);
    search.line(this.entries.at(-1)?.text ?? '', 'elsewhere');
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its object
  const { broke } = RuleBook.prototype;
  RuleBook.prototype.broke = function (this: RuleBook, ...given) {
    broke.apply(this, given);
    search.line(this.broken.at(-1)?.detail ?? '', 'elsewhere');
  };
}

/** Has a secret shown in every way that is searched; each must be found, or the search proves nothing. */
function prove(when: string): void {
  const canary = secrets.add('canary', `canary ${when} the tests`);
  const error = new ModemError('ERR_MODEM_LINE', 'A message.', { cause: new Error('Its cause.', { cause: canary }) });
  const log = new Log({ size: 1, columns: [] });
  const before = search.findings.length;
  const ways: Record<string, () => unknown> = {
    ...Object.fromEntries(debugs.map((one, index) => [`debug ${index}`, () => one('modem-tls:canary')('%s', canary)])),
    'a new error': () => new ModemError('ERR_MODEM_LINE', 'A message.', { cause: error, command: canary }),
    'an error that is emitted': () => new EventEmitter().on('error', nothing).emit('error', error),
    "the virtual modem's log": () => log.add('modem', canary),
    'the rules that were broken': () => new RuleBook(log).broke('open-in-use', canary),
  };
  for (const [way, show] of Object.entries(ways)) {
    search.flush();
    search.findings.length = before;
    show();
    search.flush();
    if (search.findings.length === before)
      throw new Error(`A secret that ${way} showed ${when} the tests was not found.`);
  }
  search.findings.length = before;
}

function turnOn(): void {
  for (const one of debugs) if (!one.enabled('modem-tls:canary')) one.enable(NAMESPACES);
}

// What an assertion compares is none of the package's output, and the run fails anyway.
observeErrors((error) => {
  if (!(error instanceof AssertionError)) search.error(error);
});
for (const one of debugs) readAlong(one);
readEvents();
readVirtualModems();
setSearch(search);

export const mochaHooks = {
  beforeAll(): void {
    turnOn();
    prove('before');
  },

  beforeEach(this: Context): void {
    // A spec before this one may have turned it off.
    turnOn();
    tests++;
    search.test = this.currentTest?.fullTitle() ?? '';
  },

  afterEach(): void {
    search.flush();
  },

  afterAll(): void {
    search.flush();
    turnOn();
    if (search.findings.length > 0) throw new Error(`Secrets were shown.\n${search.report()}`);
    if (tests >= MANY_TESTS && (search.lines < tests * LINES_A_TEST || search.errors < tests * ERRORS_A_TEST)) {
      throw new Error(`Only ${search.lines} lines and ${search.errors} errors were seen in ${tests} tests.`);
    }
    prove('after');
    console.log(`  no secret in ${search.lines} lines and ${search.errors} errors of ${tests} tests`);
  },
};
