import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import type { SslContext } from '../../lib/virtual/contexts.js';
import { pemBlocks } from './oracle-files.js';
import type { ExpectedClient, ExpectedContext } from './oracle.js';

/** What the module stores under a name. */
export type Files = (name: string) => Buffer | undefined;

/** What a stored context has otherwise than it was computed, files and all; in words. */
export function contextDifferences(expected: ExpectedContext, stored: Readonly<SslContext>, files: Files): string[] {
  const found: string[] = [];
  const numbers = ['sslversion', 'authmode', 'ignorelocaltime', 'negotiatetime', 'enableSNI', 'ciphersuites', 'ignorecertCN'] as const; // prettier-ignore
  for (const key of numbers) {
    if (expected[key] !== undefined && expected[key] !== stored[key]) {
      found.push(`${key} ${stored[key]} in place of ${expected[key]}`);
    }
  }
  const { authorities, client } = expected;
  if (authorities) found.push(...certificateDifferences('ca', stored.cacert, authorities, files));
  if (client) {
    found.push(...certificateDifferences('crt', stored.clientcert, client.certificates, files));
    found.push(...keyDifferences(stored, client, files));
  }
  return found;
}

/** Reads a file that is named by its role and its content. */
function namedFile(role: string, name: string, files: Files): Buffer | string {
  const content = files(name);
  if (content === undefined) return `${role}: the file '${name}' is not there`;
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 32);
  if (content.length > 10_240) return `${role}: ${content.length} bytes`;
  return name === `${role}-${digest}.pem` ? content : `${role}: '${name}' is not ${role}-${digest}.pem`;
}

function certificateDifferences(role: string, name: string, expected: readonly Buffer[], files: Files): string[] {
  const content = namedFile(role, name, files);
  if (typeof content === 'string') return [content];
  const blocks = pemBlocks(content.toString());
  const others = blocks.filter(({ label }) => label !== 'CERTIFICATE');
  if (others.length > 0) return [`${role}: holds ${others.map(({ label }) => label).join()}`];
  const same = blocks.length === expected.length && blocks.every(({ der }, at) => expected[at]?.equals(der));
  return same ? [] : [`${role}: other certificates, ${blocks.length} in place of ${expected.length}`];
}

function keyDifferences({ clientkey, keypwd }: Readonly<SslContext>, expected: ExpectedClient, files: Files): string[] {
  const content = namedFile('key', clientkey, files);
  if (typeof content === 'string') return [content];
  const found: string[] = [];
  const [block, ...more] = pemBlocks(content.toString());
  if (more.length > 0) found.push('key: holds more than the key');
  if (keypwd !== expected.keypwd) found.push(`keypwd ${keypwd === '' ? 'not set' : 'set'}, or another`);
  if (expected.sealed && !block?.der.equals(expected.sealed)) found.push('key: not as it was given');
  try {
    if (!storedKey(clientkey, content, keypwd).equals(expected.key)) found.push('key: another one');
  } catch (error) {
    found.push(`key: cannot be read, ${String(error)}`);
  }
  return found;
}

/** Keys of files by name, which stands for the content, and password: reading them is slow. */
const keys = new Map<string, KeyObject>();

function storedKey(name: string, content: Buffer, keypwd: string): KeyObject {
  const known = keys.get(`${name} ${keypwd}`);
  const key = known ?? createPrivateKey({ key: content, ...(keypwd === '' ? {} : { passphrase: keypwd }) });
  keys.set(`${name} ${keypwd}`, key);
  return key;
}
