/** Puts the product's Node side together: where its parts are on this machine, which secret store, which keys are trusted. */
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
import type { Services } from '../runner/services.ts';

/** Where the application's own parts are: a checkout, or the resources of the installed application. */
export interface Root {
  /** Folder of package.json: a checkout, or inside the archive of the installed application. */
  readonly folder: string;
  /** Folder of what stays outside the archive: programs and trusted keys. */
  readonly outside: string;
  readonly packaged: boolean;
  readonly version: string;
}

const productName = 'Rainbow Edge Installer';
const manifestName = 'rainbow-edge-installer';

/** Walks up from `start` to the product's own package.json. Throws where there is none: the installation is broken. */
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
    if (dirname(folder) === folder) throw new Error(`no ${manifestName} above ${start}`);
  }
}

const exe = process.platform === 'win32' ? '.exe' : '';

/** A program of ours: beside the installed application, or built in the checkout. */
export const programPath = ({ outside, packaged }: Root, name: string): string =>
  join(outside, packaged ? 'bin' : join('build', 'bin'), `${name}${exe}`);

/** The hash that `tools/vsphere/build.mjs` noted beside a program; undefined where there is none. */
function builtHash(path: string): string | undefined {
  const list = join(dirname(path), 'SHA256SUMS');
  if (!existsSync(list)) return undefined;
  const lines = readFileSync(list, 'utf8').split('\n');
  return lines.find((line) => line.slice(66) === basename(path))?.slice(0, 64);
}

/**
 * Gives the path of a program of ours, proven anew at each call: ask before each start. An installed application knows the
 * hashes from its bundle; a checkout is its developer's own, and its list lies beside the programs.
 */
export function composeProgram(root: Root, name: string): () => Promise<Result<string>> {
  const path = programPath(root, name);
  const system = `${process.platform}-${process.arch}`;
  return () => provenProgram({ name, path, sha256: root.packaged ? build.programs[system]?.[name] : builtHash(path) });
}

export const pageFolder = ({ folder }: Root): string => join(folder, 'dist', 'renderer');

/** Where journals and records go, by the platform's custom; `EDGE_STATE_DIR` overrides it. */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.EDGE_STATE_DIR) return env.EDGE_STATE_DIR;
  if (process.platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), manifestName);
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', manifestName);
  return join(env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), manifestName);
}

/** The language of the environment, where we speak it. */
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

/** Who may sign: minisign keys for media, issuers for the certificates of images. */
type Signers = Pick<Services, 'trustedKeys' | 'imageIssuers'>;

/**
 * What comes with the application (`*.pub`, `*.pem`), then `files`. A file that cannot be read fails with `files.*`, one that
 * is neither a key nor a certificate with `media.key-public` or `media.issuer-format`.
 */
async function readSigners(
  root: Root,
  files: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Result<Signers>> {
  // Most commands ask for no services: the readers are loaded with the first.
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
    // The application's own files are no pipes; one that `--trust` names may be.
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
    // Evidence has to tell a key that came with the application from one that somebody named.
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
  /** Ends the reading of what `trust` names. */
  readonly signal?: AbortSignal;
  readonly warn: Services['warn'];
}

export async function composeServices({
  root,
  text,
  stateDir,
  secrets,
  trust,
  signal,
  warn,
}: ComposeOptions): Promise<Result<Services>> {
  const { z } = await import('zod');
  // No code is made at run time: the window's policy forbids it, and so does ours here.
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
    text,
    now: () => new Date(),
    warn,
  });
}

/** A store whose code is loaded when it is first asked: most commands never do, and the vault brings its ciphers. */
function lazyStore(backend: SecretStore['backend'], load: () => Promise<SecretStore>): SecretStore {
  let loading: Promise<SecretStore> | undefined;
  const store = (): Promise<SecretStore> => (loading ??= load());
  return {
    backend,
    check: async () => (await store()).check(),
    get: async (name) => (await store()).get(name),
    set: async (name, value) => (await store()).set(name, value),
    delete: async (name) => (await store()).delete(name),
    list: async () => (await store()).list(),
  };
}

/** The keychain, or the vault when the user names one: never a silent fallback. */
export const composeSecrets = (
  vault: string | undefined,
  passphrase: (purpose: PassphrasePurpose) => Promise<Result<string>>,
): SecretStore =>
  vault === undefined
    ? lazyStore('keychain', async () => (await import('../adapters/secrets/keychain.ts')).createKeychain())
    : lazyStore('vault', async () => {
        const { createVault } = await import('../adapters/secrets/vault.ts');
        // The lock lies beside the file itself: two names for one vault are one vault.
        const path = await followLinks(vault).catch(() => vault);
        return createVault({ path, passphrase, writeFile: writeFileAtomic, tryLock });
      });
