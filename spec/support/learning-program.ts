/* eslint no-console: "off" */
// What a server's change of its root looks like to a program that learned it: `NODE_EXTRA_CA_CERTS` names the roots that
// Node trusts, the argument a file with the certificates that the server shows one after the other.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import * as tls from 'node:tls';
import { certificateFile } from '../../lib/context/index.js';
import type { IssuedCertificate } from './certificates.js';
import { Rig } from './rig.js';

const leaves = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as IssuedCertificate[];
const [, , , learnedRoots] = process.argv;
const rig = await Rig.open(learnedRoots === undefined ? {} : { modem: { learnedRoots } });
// The file of the root that was learned may be there already, as after a restart of the program.
for (const pem of process.argv.slice(4))
  rig.virtual.files.set(certificateFile('ca', [new X509Certificate(pem)]).name, Buffer.from(pem));
const name = (certificate: X509Certificate | undefined) => certificate?.subject.replace(/^.*CN=/s, '') ?? 'nothing';
rig.modem.on('learned', (event) => console.log(`learned: ${name(event.old)} → ${name(event.new)}`));
const server = tls.createServer({ ...leaves[0] }, (socket) => void socket.on('error', () => undefined).resume());
const port = await rig.listen(server);
// Known under this port, where a file of learned roots names none.
if (learnedRoots !== undefined)
  writeFileSync(learnedRoots, readFileSync(learnedRoots, 'utf8').replace('PORT', String(port)));
for (const [index, leaf] of leaves.entries()) {
  server.setSecureContext({ ...leaf });
  const socket = rig.modem.connect({ host: 'server.test', port, ca: 'learn', checkHostName: false });
  try {
    await once(socket, 'secureConnect');
    console.log(`leaf ${index}: connected`);
  } catch (error) {
    console.log(`leaf ${index}: ${(error as { code?: string }).code ?? String(error)}`);
  }
  socket.destroy();
}
const opens = rig.virtual.log.filter(({ text }) => text.startsWith('AT+CCHOPEN='));
console.log(`opens: ${opens.map(({ text }) => text.slice(-1)).join(' ')}`);
await rig.close();
