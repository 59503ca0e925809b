/** A file as the store of secrets, for computers without a keychain. */
import { createHash } from 'node:crypto';
import { FailureSignal, type Result, capture, failure, unwrap } from '../../../core/base/errors.ts';
import { isSecretName, secretNameForms } from '../../../core/site/secret-name.ts';
import { systemErrorCode } from '../../../core/base/system-error.ts';
import { readFileWithin } from '../../system/files/read-file.ts';
import { type SecretStore, checkValue } from './secret-store.ts';
import { type Secrets, openSecrets, sealSecrets } from './vault-content.ts';
import { type ConfirmLock, type TryLock, withLock } from './vault-lock.ts';

/** `create`: the vault does not exist yet, so a prompt should ask twice. */
export type PassphrasePurpose = 'open' | 'create';

export interface VaultOptions {
  readonly path: string;
  readonly passphrase: (purpose: PassphrasePurpose) => Promise<Result<string>>;
  /** Replaces a file as a whole (`writeFileAtomic` of the files adapter). */
  readonly writeFile: (path: string, data: Uint8Array, options: { readonly mode: number }) => Promise<Result<void>>;
  /** `tryLock` of the files adapter. */
  readonly tryLock: TryLock;
  /** log2 of scrypt's cost. Only tests lower it; the library's default is 18. */
  readonly workFactor?: number;
  /** ms to wait for another writer. Default 15,000. */
  readonly lockTimeLimit?: number;
}

/** The content read last. Key derivation takes a second, so the same bytes are not decrypted twice. */
interface Opened {
  readonly digest: string;
  readonly secrets: Secrets;
}

/** Bytes. Some thousand secrets of the largest size fit. */
const largestVault = 256 * 1024 * 1024;

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A full or broken disk has its own failure: the given path is not at fault. */
const diskFailures: Readonly<Record<string, string>> = {
  ENOSPC: 'files.no-space',
  EDQUOT: 'files.no-space',
  EIO: 'files.failed',
};

function systemFailure(path: string, error: unknown): FailureSignal {
  const reason = systemErrorCode(error);
  if (reason === undefined) throw error;
  const disk = diskFailures[reason];
  if (disk !== undefined) return new FailureSignal(failure('operation', disk, { path, reason }));
  return new FailureSignal(failure('input', 'secrets.vault-unusable', { path, reason }));
}

/** A vault derives its key for each write, so it writes several secrets at once. */
export type Vault = SecretStore & Required<Pick<SecretStore, 'setAll' | 'deleteAll'>>;

/**
 * A vault as a store. The passphrase is asked for once, and again after a wrong one. Failures besides those of {@link
 * openSecrets}: `secrets.vault-unusable` (the file or its folder cannot be read or locked; `files.*` for a disk that is
 * full or broken), `secrets.vault-busy` (another writer), `secrets.passphrase-empty`, and what `passphrase` and
 * `writeFile` fail with.
 */
export function createVault({
  path,
  passphrase,
  writeFile,
  tryLock,
  workFactor,
  lockTimeLimit = 15_000,
}: VaultOptions): Vault {
  let known: string | undefined;
  /** The pending question: concurrent reads ask the person once. */
  let asking: Promise<Result<string>> | undefined;
  let opened: Opened | undefined;
  /** The pending decryption: concurrent reads derive the key once. */
  let opening: { readonly digest: string; readonly result: Promise<Secrets> } | undefined;

  async function askPassphrase(purpose: PassphrasePurpose): Promise<string> {
    if (known === undefined) {
      asking ??= passphrase(purpose).finally(() => (asking = undefined));
      known = unwrap(await asking);
    }
    if (known !== '') return known;
    known = undefined;
    throw new FailureSignal(failure('input', 'secrets.passphrase-empty'));
  }

  async function readBytes(): Promise<Uint8Array | undefined> {
    const read = await readFileWithin(path, { most: largestVault });
    if (read.ok) return read.bytes;
    if (read.refusal !== 'system') {
      throw new FailureSignal(failure('input', 'secrets.vault-not-age', { path: path.replaceAll('\0', '\ufffd') }));
    }
    const { error } = read;
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw systemFailure(path, error);
  }

  /** A missing vault is empty. No passphrase is asked for. */
  async function load(bytes: Uint8Array | undefined): Promise<Secrets> {
    if (bytes === undefined) return new Map();
    const digest = digestOf(bytes);
    if (opened?.digest === digest) return opened.secrets;
    if (opening?.digest !== digest) opening = { digest, result: open(bytes, digest) };
    return opening.result;
  }

  async function open(bytes: Uint8Array, digest: string): Promise<Secrets> {
    try {
      const result = await openSecrets(path, bytes, await askPassphrase('open'));
      if (!result.ok && result.failure.code === 'secrets.vault-passphrase') known = undefined;
      opened = { digest, secrets: unwrap(result) };
      return opened.secrets;
    } finally {
      opening = undefined;
    }
  }

  async function replace(bytes: Uint8Array, confirm: ConfirmLock): Promise<void> {
    await confirm();
    unwrap(await writeFile(path, bytes, { mode: 0o600 }));
  }

  async function save(secrets: Secrets, confirm: ConfirmLock): Promise<void> {
    const bytes = await sealSecrets(secrets, await askPassphrase('open'), workFactor);
    await replace(bytes, confirm);
    opened = { digest: digestOf(bytes), secrets };
  }

  /** Asks for the passphrase and checks it before the lock is taken, since typing takes long. */
  async function prepare(): Promise<void> {
    const bytes = await readBytes();
    if (bytes === undefined) await askPassphrase('create');
    else await load(bytes);
  }

  async function locked<T>(work: (confirm: ConfirmLock) => Promise<T>): Promise<T> {
    try {
      return await withLock(path, { timeLimit: lockTimeLimit, tryLock }, work);
    } catch (error) {
      throw error instanceof FailureSignal ? error : systemFailure(path, error);
    }
  }

  /** Opens the vault and writes the same bytes again; creates an empty one where there is none. */
  async function prove(): Promise<void> {
    await prepare();
    await locked(async (confirm) => {
      const bytes = await readBytes();
      const secrets = await load(bytes);
      await (bytes === undefined ? save(secrets, confirm) : replace(bytes, confirm));
    });
  }

  async function get(name: string): Promise<string | undefined> {
    const forms = unwrap(secretNameForms(name));
    const secrets = await load(await readBytes());
    const form = forms.find((candidate) => secrets.has(candidate));
    return form === undefined ? undefined : secrets.get(form);
  }

  async function setAll(values: Readonly<Record<string, string>>): Promise<void> {
    const entries = Object.entries(values).map(([name, value]): readonly [string, string] => {
      const [stored] = unwrap(secretNameForms(name));
      unwrap(checkValue(stored, value));
      return [stored, value];
    });
    await prepare();
    await locked(async (confirm) => {
      const secrets = await load(await readBytes());
      await save(new Map([...secrets, ...entries]), confirm);
    });
  }

  async function removeAll(names: readonly string[]): Promise<string[]> {
    const wanted = names.map((name) => ({ name, forms: unwrap(secretNameForms(name)) }));
    const present = (secrets: Secrets) => wanted.filter(({ forms }) => forms.some((form) => secrets.has(form)));
    if (present(await load(await readBytes())).length === 0) return [];
    return locked(async (confirm) => {
      const secrets = await load(await readBytes());
      const there = present(secrets);
      const gone = new Set(there.flatMap(({ forms }) => forms));
      if (there.length > 0) await save(new Map([...secrets].filter(([key]) => !gone.has(key))), confirm);
      return there.map(({ name }) => name);
    });
  }

  async function list(): Promise<string[]> {
    const secrets = await load(await readBytes());
    return [...secrets.keys()].filter(isSecretName).toSorted();
  }

  return {
    backend: 'vault',
    check: () => capture(prove),
    get: (name) => capture(() => get(name)),
    set: (name, value) => capture(() => setAll({ [name]: value })),
    setAll: (values) => capture(() => setAll(values)),
    delete: (name) => capture(async () => (await removeAll([name])).length > 0),
    deleteAll: (names) => capture(() => removeAll(names)),
    list: () => capture(list),
  };
}
