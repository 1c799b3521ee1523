import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Rig } from '../support/rig.js';
import { ground, type Kind } from './ground.js';
import { memberDifferences } from './member-differences.js';
import { memberNames, memberTable, unconnectedTable, type Table } from './members.js';

const kinds: Kind[] = ['tls', 'tcp'];
const page = readFileSync(new URL('../../docs/differences.md', import.meta.url), 'utf8');

describe("every member of Node's sockets, while connecting, when it stands and when it is closed", () => {
  let rig: Rig;

  before(async () => {
    rig = await Rig.open();
  });

  after(async () => {
    await rig.close();
  });

  async function tables(kind: Kind): Promise<{ node: Table; module: Table }> {
    const places = { node: ground(rig, 'node', kind), module: ground(rig, 'module', kind) };
    try {
      const names = memberNames(kind, await places.node.pair());
      const node = await memberTable(places.node, names);
      return { node, module: await memberTable(places.module, names) };
    } finally {
      await places.node.end();
      await places.module.end();
    }
  }

  for (const kind of kinds) {
    it(
      kind === 'tls' ? 'is of the type that it is of a tls.TLSSocket' : 'is of the type that it is of a net.Socket',
      async () => {
        const { node, module } = await tables(kind);
        expect(Object.keys(node).length).to.be.above(70);
        const differing = Object.keys(node).filter((name) => node[name] !== module[name]);
        const declared: Table = {};
        for (const one of memberDifferences) if (one.kinds.includes(kind)) Object.assign(declared, one.module);
        const known = Object.keys(declared).filter((name) => name in node);
        expect(Object.fromEntries(differing.map((name) => [name, module[name]]))).to.deep.equal(
          Object.fromEntries(known.map((name) => [name, declared[name]])),
        );
      },
    );
  }

  it('is of the type that it is of a net.Socket that was never connected, but for one of these', () => {
    const places = { node: ground(rig, 'node', 'tcp'), module: ground(rig, 'module', 'tcp') };
    const names = memberNames('tcp', places.node.unconnected());
    const node = unconnectedTable(places.node, names);
    const module = unconnectedTable(places.module, names);
    expect(names.filter((name) => node[name] !== module[name])).to.deep.equal(['bufferSize']);
  });

  it('has those that differ in docs/differences.md, with the reason', () => {
    const rows = [...page.matchAll(/^### (`.*)\n\n([^\n]*)$/gm)].map(([, names, reason]) => ({ names, reason }));
    const declared = memberDifferences.map(({ module, reason }) => ({
      names: Object.keys(module)
        .map((name) => `\`${name}\``)
        .join(', '),
      reason,
    }));
    expect(rows).to.deep.equal(declared);
  });
});
