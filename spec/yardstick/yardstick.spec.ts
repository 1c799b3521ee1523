import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Rig } from '../support/rig.js';
import { behaviours } from './behaviours/index.js';
import { differences } from './differences.js';
import { ground, type Kind, type Side } from './ground.js';
import { Trace } from './trace.js';

const kinds: Kind[] = ['tls', 'tcp'];
/** Ms after which something that was awaited is taken not to come. */
const LIMIT = 1500;
const page = readFileSync(new URL('../../docs/differences.md', import.meta.url), 'utf8');

describe("Node's own sockets as a yardstick", () => {
  let rig: Rig;

  before(async () => {
    rig = await Rig.open();
  });

  after(async () => {
    await rig.close();
  });

  async function traceOf(name: string, side: Side, kind: Kind): Promise<string[]> {
    const place = ground(rig, side, kind);
    const trace = new Trace();
    const body = behaviours.find((behaviour) => behaviour.name === name)?.body(place, trace);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => {
        trace.note('it never ended');
        resolve(undefined);
      }, LIMIT);
    });
    try {
      await Promise.race([body, late]);
      return [...trace.lines];
    } catch (error) {
      return [...trace.lines, `it failed: ${String(error)}`];
    } finally {
      clearTimeout(timer);
      await place.end();
    }
  }

  for (const kind of kinds) {
    describe(kind === 'tls' ? "the module's TLS beside tls.TLSSocket" : 'plain TCP beside net.Socket', () => {
      for (const behaviour of behaviours.filter((one) => (one.kinds ?? kinds).includes(kind))) {
        const difference = differences.find(
          (one) => one.behaviour === behaviour.name && (one.kinds ?? kinds).includes(kind),
        );
        it(`${behaviour.name}${difference ? ': differs as declared' : ''}`, async () => {
          const node = await traceOf(behaviour.name, 'node', kind);
          const module = await traceOf(behaviour.name, 'module', kind);
          expect(node, 'it shows nothing').not.to.have.lengthOf(0);
          if (!difference) return void expect(module).to.deep.equal(node);
          expect({ node, module }).to.deep.equal({ node: difference.node, module: difference.module });
          expect(module, 'it is no difference').not.to.deep.equal(node);
        });
      }
    });
  }

  it('declares no difference of a behaviour that is not there, and no behaviour twice', () => {
    const names = behaviours.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    for (const { behaviour } of differences) expect(names).to.include(behaviour);
    expect(names.length).to.be.at.least(60);
  });

  it('has each difference with its reason in docs/differences.md, and no other there', () => {
    const rows = [...page.matchAll(/^### (.*)\n\n([^\n]*)$/gm)].map(([, name, reason]) => ({ name, reason }));
    const declared = differences.map(({ behaviour, reason }) => ({ name: behaviour, reason }));
    expect(rows.filter(({ name }) => !name?.startsWith('`'))).to.deep.equal(
      declared.filter((one, at) => declared.findIndex(({ name }) => name === one.name) === at),
    );
  });
});
