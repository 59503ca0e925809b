/** The demo's folder: a site file, a signed sample medium, keys and a vault, created once and reused. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { parse } from 'yaml';
import { fail, ok, type Result, unwrap, capture } from '../../core/base/errors.ts';
import { parseEndpointUrl } from '../../core/network/endpoint-url.ts';
import { writeSite } from '../../core/site/edit.ts';
import { readDraft } from '../../core/site/read.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { fileFailure } from '../system/files/file-failure.ts';
import { makeFolder } from '../system/files/inputs.ts';
import {
  formatPublicKey,
  formatSecretKey,
  generateKeyPair,
  parseSecretKey,
} from '../adapters/media/catalogue/minisign.ts';
import { generateSshKeyPair, publicKeyOf as sshPublicKeyOf } from '../adapters/ssh/key-pair.ts';
import { writeSampleMedium } from './medium/sample.ts';
import { generatePrivateKey, publicKeyOf } from '../adapters/wireguard/keys.ts';

export interface DemoFolder {
  readonly folder: string;
  readonly siteFile: string;
  readonly media: string;
  readonly out: string;
  readonly stateDir: string;
  readonly vault: string;
  readonly passphraseFile: string;
  readonly trust: string;
  /** ALE's side of the handover, to open the bundle with. */
  readonly identity: string;
  /** ALE's key for media and answers. */
  readonly signingKey: string;
  /** ALE's key for logins, in OpenSSH's format. */
  readonly loginKey: string;
  readonly password: string;
}

const dayMs = 24 * 3600 * 1000;
const wholeSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

export const demoPaths = (folder: string) => ({
  folder,
  siteFile: join(folder, 'site.yaml'),
  media: join(folder, 'media'),
  out: join(folder, 'out'),
  stateDir: join(folder, 'state'),
  vault: join(folder, 'vault.age'),
  passphraseFile: join(folder, 'vault-passphrase.txt'),
  trust: join(folder, 'ale', 'signing-key.pub'),
  identity: join(folder, 'ale', 'handover-identity.txt'),
  signingKey: join(folder, 'ale', 'signing-key.sec'),
  loginKey: join(folder, 'ale', 'login-key'),
});

/** The file's content; created by `make` if the file is missing. */
async function once(path: string, make: () => Promise<string> | string, mode: number): Promise<string> {
  if (existsSync(path)) return (await readFile(path, 'utf8')).trim();
  const text = await make();
  unwrap(await writeFileAtomic(path, `${text}\n`, { mode }));
  return text;
}

async function makeMedium(paths: ReturnType<typeof demoPaths>, now: Date): Promise<void> {
  const identity = await once(paths.identity, generateIdentity, 0o600);
  if (existsSync(join(paths.media, 'catalogue.json.minisig'))) return;
  const { secretKey } = generateKeyPair();
  const secretText = await once(paths.signingKey, () => formatSecretKey(secretKey), 0o600);
  const key = unwrap(await parseSecretKey(secretText));
  unwrap(await writeFileAtomic(paths.trust, formatPublicKey(key)));
  const login = await once(paths.loginKey, () => generateSshKeyPair('ale-cloud-operations').privateKey.trim(), 0o600);
  const noc = unwrap(publicKeyOf(generatePrivateKey()));
  await writeSampleMedium(paths.media, {
    release: '2026.4',
    createdIso: wholeSeconds(now.getTime() - dayMs),
    expiresIso: wholeSeconds(now.getTime() + 365 * dayMs),
    secretKey: key,
    recipients: [await identityToRecipient(identity)],
    peers: [{ name: 'noc-1', publicKey: noc, endpoint: '198.51.100.7:51820', allowedIps: ['100.64.0.0/24'] }],
    sshAuthorizedKeys: [sshPublicKeyOf(`${login}\n`) ?? ''],
    grains: 24,
  });
}

/**
 * Runs `work`; an error of the file system becomes a failure about the file, or about `folder` if the error names none.
 */
async function captureFiles<T>(folder: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return await capture(work);
  } catch (error) {
    const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : folder;
    return fail(fileFailure(path, error));
  }
}

/** Creates the missing files in `folder`; fails with `files.*`. */
export function prepareDemoFolder(folder: string, now: Date): Promise<Result<DemoFolder>> {
  const paths = demoPaths(folder);
  return captureFiles(folder, async () => {
    unwrap(await makeFolder(join(folder, 'ale')));
    unwrap(await makeFolder(paths.stateDir, 0o700));
    const secret = (): string => randomBytes(18).toString('base64url');
    await once(paths.passphraseFile, secret, 0o600);
    const password = await once(join(folder, 'esxi-password.txt'), secret, 0o600);
    await makeMedium(paths, now);
    return { ...paths, password };
  });
}

interface DemoEndpoint {
  readonly url: string;
  readonly username: string;
  readonly fingerprint: string;
}

/**
 * Writes the demo's site file from the sample, with the running endpoints. An edited file keeps its other values.
 * Fails with `files.*`.
 */
export const writeDemoSite = (
  { siteFile }: DemoFolder,
  sample: string,
  endpoints: readonly DemoEndpoint[],
): Promise<Result<void>> => captureFiles(siteFile, async () => unwrap(await updateSite(siteFile, sample, endpoints)));

async function updateSite(siteFile: string, sample: string, endpoints: readonly DemoEndpoint[]): Promise<Result<void>> {
  const before = existsSync(siteFile) ? await readFile(siteFile, 'utf8') : sample;
  const site = parse(before) as { datacentres: { vsphere: Record<string, unknown> }[]; media: string };
  const [first] = site.datacentres;
  if (first)
    first.vsphere = {
      ...first.vsphere,
      endpoints: endpoints.map(({ url, username, fingerprint }) => ({ url, username, fingerprint })),
    };
  site.media = 'media';
  const text = writeSite(site, before);
  return text === before && existsSync(siteFile) ? ok(undefined) : writeFileAtomic(siteFile, text);
}

/** The ports of the endpoints in an earlier site file, so that they are reused; empty if there is no file. */
export async function earlierPorts(siteFile: string): Promise<number[]> {
  if (!existsSync(siteFile)) return [];
  const { draft } = readDraft(await readFile(siteFile, 'utf8').catch(() => ''));
  return (draft.datacentres ?? []).flatMap((datacentre) =>
    (datacentre?.vsphere?.endpoints ?? []).flatMap((endpoint) => {
      const url: unknown = endpoint?.url;
      const read = parseEndpointUrl(typeof url === 'string' ? url : '');
      return read.ok && read.value.host === '127.0.0.1' ? [read.value.port] : [];
    }),
  );
}
