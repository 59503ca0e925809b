/** Composes the product's Node side: paths of its parts, secret store, trusted keys. */
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { loadMessages } from '../../core/locales/messages.ts';
import { fail, ok, type Result } from '../../core/base/errors.ts';
import { createText, type Language, languages, type Text } from '../../core/base/text.ts';
import { followLinks, writeFileAtomic } from '../system/files/atomic.ts';
import { tryLock } from '../system/files/lock.ts';
import { readInput } from '../system/files/inputs.ts';
import type { TrustedKey } from '../adapters/media/medium/medium.ts';
import { provenProgram } from '../system/processes/program.ts';
import type { PassphrasePurpose } from '../adapters/secrets/vault.ts';
import type { SecretStore } from '../adapters/secrets/secret-store.ts';
import { build } from './build.ts';
import { plannedAddress, type Services } from '../runner/services.ts';

/** Location of the application's parts: a checkout, or the resources of the installed application. */
export interface Root {
  /** Folder of package.json: a checkout, or inside the archive of the installed application. */
  readonly folder: string;
  /** Folder outside the archive, with programs and trusted keys. */
  readonly outside: string;
  readonly packaged: boolean;
  readonly version: string;
}

const productName = 'Rainbow Edge Installer';
const manifestName = 'rainbow-edge-installer';

/** Walks up from `start` to the product's own package.json. Throws if there is none: the installation is broken. */
export function findRoot(start: string): Root {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string; version?: string };
      if (name === manifestName && version !== undefined) {
        const packaged = basename(folder).endsWith('.asar');
        return { folder, outside: packaged ? dirname(folder) : folder, packaged, version };
      }
    }
    // A bug of the packaging: every installation contains the file.
    if (dirname(folder) === folder) throw new Error(`no ${manifestName} above ${start}`);
  }
}

const exe = process.platform === 'win32' ? '.exe' : '';

/** Path of one of our programs: beside the installed application, or built in the checkout. */
export const programPath = ({ outside, packaged }: Root, name: string): string =>
  join(outside, packaged ? 'bin' : join('build', 'bin'), `${name}${exe}`);

/** The hash that `tools/vsphere/build.mjs` wrote beside a program; undefined if there is none. */
function builtHash(path: string): string | undefined {
  const list = join(dirname(path), 'SHA256SUMS');
  if (!existsSync(list)) return undefined;
  const lines = readFileSync(list, 'utf8').split('\n');
  return lines.find((line) => line.slice(66) === basename(path))?.slice(0, 64);
}

/**
 * Returns the path of one of our programs, proven at each call: call it before each start. An installed application has
 * the hashes in its bundle; a checkout has a list beside the programs.
 */
export function composeProgram(root: Root, name: string): () => Promise<Result<string>> {
  const path = programPath(root, name);
  const system = `${process.platform}-${process.arch}`;
  return () => provenProgram({ name, path, sha256: root.packaged ? build.programs[system]?.[name] : builtHash(path) });
}

export const pageFolder = ({ folder }: Root): string => join(folder, 'dist', 'renderer');

/** Folder for journals and records, by the platform's convention; `EDGE_STATE_DIR` overrides it. */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.EDGE_STATE_DIR) return env.EDGE_STATE_DIR;
  if (process.platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), manifestName);
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', manifestName);
  return join(env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), manifestName);
}

/** The language of the environment, if the product supports it. */
export function startLanguage(env: NodeJS.ProcessEnv = process.env): Language {
  const wanted = (env.LC_ALL ?? env.LC_MESSAGES ?? env.LANG ?? Intl.DateTimeFormat().resolvedOptions().locale).slice(
    0,
    2,
  );
  return languages.find((one) => one === wanted) ?? 'en';
}

export async function composeText(language: Language): Promise<Text> {
  const [messages, english] = await Promise.all([loadMessages(language), loadMessages('en')]);
  return createText(language, messages, english);
}

/** Trusted signers: minisign keys for media, issuers for the certificates of images. */
type Signers = Pick<Services, 'trustedKeys' | 'imageIssuers'>;

/**
 * Reads the application's own keys and issuers (`*.pub`, `*.pem`), then `files`. An unreadable file fails with
 * `files.*`, a file that is neither key nor certificate with `media.key-public` or `media.issuer-format`.
 */
async function readSigners(
  root: Root,
  files: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Result<Signers>> {
  // Loaded on first use, since most commands need no services.
  const [{ isPem, readIssuers }, { parsePublicKey }] = await Promise.all([
    import('../adapters/media/image/certificate.ts'),
    import('../adapters/media/catalogue/minisign.ts'),
  ]);
  const folder = join(root.outside, root.packaged ? 'trust' : join('resources', 'trust'));
  const names = existsSync(folder) ? (await readdir(folder)).toSorted() : [];
  const shipped = names.filter((name) => /\.(pub|pem)$/.test(name));
  const trustedKeys: TrustedKey[] = [];
  const imageIssuers: string[] = [];
  for (const path of [...shipped.map((name) => join(folder, name)), ...files]) {
    // Only a file named by `--trust` may be a pipe.
    const read = await readInput(path, 'certificate', { typed: files.includes(path), signal });
    if (!read.ok) return read;
    const content = read.value.toString('utf8');
    if (isPem(content)) {
      const issuers = readIssuers(content, path);
      if (!issuers.ok) return issuers;
      imageIssuers.push(...issuers.value);
      continue;
    }
    const key = parsePublicKey(content);
    if (!key.ok) return fail({ ...key.failure, params: { name: path } });
    // Evidence distinguishes the application's keys from keys named by the user.
    const origin = files.includes(path) ? ' (--trust)' : '';
    trustedKeys.push({ name: `${basename(path, '.pub')}${origin}`, publicKeyText: content });
  }
  return ok({ trustedKeys, imageIssuers });
}

export interface ComposeOptions {
  readonly root: Root;
  readonly text: Text;
  readonly stateDir: string;
  readonly secrets: SecretStore;
  readonly trust: readonly string[];
  /** Aborts the reading of the `trust` files. */
  readonly signal?: AbortSignal;
  readonly warn: Services['warn'];
  /** Default: the planned address. */
  readonly guestAddress?: Services['guestAddress'] | undefined;
  readonly bootLimit?: number | undefined;
}

/** Puts the services together. Fails as the reading of the `trust` files does. */
export async function composeServices({
  root,
  text,
  stateDir,
  secrets,
  trust,
  signal,
  warn,
  guestAddress = plannedAddress,
  bootLimit,
}: ComposeOptions): Promise<Result<Services>> {
  const { z } = await import('zod');
  // Disables code generation at run time, as the window's policy does.
  z.config({ jitless: true });
  const signers = await readSigners(root, trust, signal);
  if (!signers.ok) return signers;
  return ok({
    name: productName,
    version: root.version,
    stateDir,
    secrets,
    govcProgram: composeProgram(root, 'govc'),
    ...signers.value,
    guestAddress,
    bootLimit,
    text,
    now: () => new Date(),
    warn,
  });
}

/** A store whose code is loaded on first use: most commands need none, and the vault loads its ciphers. */
function lazyStore(backend: SecretStore['backend'], store: () => Promise<SecretStore>): SecretStore {
  return {
    backend,
    check: async () => (await store()).check(),
    get: async (name) => (await store()).get(name),
    set: async (name, value) => (await store()).set(name, value),
    delete: async (name) => (await store()).delete(name),
    list: async () => (await store()).list(),
  };
}

/** Loads once. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => (loading ??= load());
}

/** The keychain, or the vault when the user names one: never a silent fallback. */
export function composeSecrets(
  vault: string | undefined,
  passphrase: (purpose: PassphrasePurpose) => Promise<Result<string>>,
): SecretStore {
  if (vault === undefined) {
    return lazyStore(
      'keychain',
      once(async () => (await import('../adapters/secrets/keychain.ts')).createKeychain()),
    );
  }
  const opened = once(async () => {
    const { createVault } = await import('../adapters/secrets/vault.ts');
    // The lock is beside the link's target, so that two paths of one vault share it.
    const path = await followLinks(vault).catch(() => vault);
    return createVault({ path, passphrase, writeFile: writeFileAtomic, tryLock });
  });
  return {
    ...lazyStore('vault', opened),
    setAll: async (values) => (await opened()).setAll(values),
    deleteAll: async (names) => (await opened()).deleteAll(names),
  };
}
