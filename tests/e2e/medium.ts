/** Alterations of a medium. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unwrap } from '../../core/base/errors.ts';
import {
  catalogueFileName,
  formatCatalogue,
  parseCatalogue,
  signatureFileName,
  trustedCommentOf,
} from '../../core/media/catalogue.ts';
import {
  formatPublicKey,
  generateKeyPair,
  parseSecretKey,
  type SecretKey,
  signText,
} from '../../main/adapters/media/catalogue/minisign.ts';
import { writeTar } from '../../main/demo/medium/tar-writer.ts';
import type { Laptop } from './edge.ts';

/** Flips one bit in the middle of a file. A second call restores the content. */
export async function flipBit(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const middle = Math.floor((await file.stat()).size / 2);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, middle);
    await file.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, middle);
  } finally {
    await file.close();
  }
}

/** Takes a file of the medium away; the returned function restores it. */
export async function takeAway(path: string): Promise<() => Promise<void>> {
  await rename(path, `${path}.away`);
  return () => rename(`${path}.away`, path);
}

async function sign(media: string, key: SecretKey): Promise<void> {
  const text = await readFile(join(media, catalogueFileName));
  const comment = trustedCommentOf(unwrap(parseCatalogue(text.toString('utf8'))));
  await writeFile(join(media, signatureFileName), signText(key, text, comment));
}

/** Signs the medium with an unknown key, and returns its public key. */
export async function signAsStranger(media: string): Promise<string> {
  const { secretKey } = generateKeyPair();
  await sign(media, secretKey);
  return formatPublicKey(secretKey);
}

export const removeSignature = (media: string): Promise<void> => rm(join(media, signatureFileName));

/** Name and content of each file of a plain ustar archive. */
function membersOf(tar: Buffer): { name: string; bytes: Buffer }[] {
  const members: { name: string; bytes: Buffer }[] = [];
  for (let at = 0; tar[at] !== 0;) {
    const name = tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    members.push({ name, bytes: tar.subarray(at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

/** A signature over a manifest by a publisher whose issuer the installer does not know, made by openssl. */
async function certificateOf(folder: string, manifest: { name: string; bytes: Buffer }): Promise<Buffer> {
  const run = (...args: readonly string[]): Buffer => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  await writeFile(join(folder, 'leaf.ext'), 'keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n');
  await writeFile(join(folder, 'manifest'), manifest.bytes);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Image Publishing CA', '-days', '30');
  run('req', ...key, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/O=Example Images/CN=Release signing');
  const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', 'leaf.ext'];
  run('x509', '-req', '-in', 'leaf.csr', ...issuer, '-out', 'leaf.pem');
  const signature = run('dgst', '-sha256', '-sign', 'leaf.key', 'manifest').toString('hex');
  const pem = await readFile(join(folder, 'leaf.pem'), 'utf8');
  return Buffer.from(`SHA256(${manifest.name})= ${signature}\n${pem}`);
}

/** Gives one image a `.cert` of a publisher that the installer does not know, and signs the medium again as ALE. */
export async function certifyImage({ folder, media }: Laptop, image: string): Promise<void> {
  const path = join(media, image);
  const members = membersOf(await readFile(path));
  const at = members.findIndex(({ name }) => name.endsWith('.mf'));
  const manifest = members[at];
  if (manifest === undefined) throw new Error(`${image} has no manifest`);
  const bytes = await certificateOf(folder, manifest);
  const { mtimeMs } = await stat(path);
  const named = { name: manifest.name.replace(/mf$/, 'cert'), bytes };
  const ova = writeTar([...members.slice(0, at + 1), named, ...members.slice(at + 1)], Math.floor(mtimeMs / 1000));
  await writeFile(path, ova);
  const catalogue = unwrap(parseCatalogue(await readFile(join(media, catalogueFileName), 'utf8')));
  const sha256 = createHash('sha256').update(ova).digest('hex');
  const images = catalogue.images.map((one) => (one.file === image ? { ...one, size: ova.length, sha256 } : one));
  // Not earlier than the certificate.
  const created = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  await writeFile(join(media, catalogueFileName), formatCatalogue({ ...catalogue, created, images }));
  const secret = await readFile(join(folder, 'ale', 'signing-key.sec'), 'utf8');
  await sign(media, unwrap(await parseSecretKey(secret)));
}
