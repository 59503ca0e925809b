/** The operating system's keychain: Credential Manager on Windows, Keychain on macOS, the Secret Service on Linux. */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { FailureSignal, capture, failure, unwrap } from '../../../core/base/errors.ts';
import { keychainFailure } from './keychain-failure.ts';
import { type PartsHead, joinParts, partAccounts, readHead, splitValue } from './keychain-parts.ts';
import { isSecretName, secretNameForms } from '../../../core/site/secret-name.ts';
import { type SecretStore, checkValue } from './secret-store.ts';

/** Source: the product's public contract. */
export const keychainService = 'rainbow-edge-installer';

/** The calls that we use of the native module. */
export interface NativeKeychain {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
  findCredentials(service: string): Promise<readonly { readonly account: string }[]>;
}

export interface KeychainOptions {
  /** ms to wait for one answer: the system may ask the user, and the question may be hidden. Default 60,000. */
  readonly timeLimit?: number;
  /** Loads the native module; it throws where its system library is missing. */
  readonly load?: () => Promise<NativeKeychain>;
}

/**
 * `require`, because `import()` does not see into Electron's archive
 * (https://github.com/electron/electron/issues/38957).
 */
async function loadKeytar(): Promise<NativeKeychain> {
  return createRequire(import.meta.url)('keytar') as NativeKeychain;
}

async function withTimeLimit<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    const reason = failure('operation', 'secrets.keychain-timeout', { seconds: Math.round(ms / 1000) });
    timer = setTimeout(() => reject(new FailureSignal(reason)), ms);
  });
  try {
    return await Promise.race([work, expiry]);
  } catch (error) {
    if (error instanceof FailureSignal) throw error;
    throw new FailureSignal(keychainFailure(error));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The keychain as a store. Nothing is loaded or asked before the first call. Failures, all of kind `operation`:
 * `secrets.keychain-missing` (native module or libsecret), `secrets.keychain-unreachable` (no D-Bus, no secret service,
 * no logon session), `secrets.keychain-locked`, `secrets.keychain-denied`, `secrets.keychain-timeout`,
 * `secrets.keychain-failed`, `secrets.damaged` (a part of a long value is gone).
 *
 * After a time-out the native call is still waiting in its thread: the process can go on, but it ends only when that
 * call does (25 s without an answer from D-Bus, or when the user answers the hidden question).
 */
export function createKeychain({ timeLimit = 60_000, load = loadKeytar }: KeychainOptions = {}): SecretStore {
  let loading: Promise<NativeKeychain> | undefined;

  async function keychain(): Promise<NativeKeychain> {
    loading ??= load();
    try {
      return await loading;
    } catch (error) {
      loading = undefined;
      const { reason = '' } = keychainFailure(error).params;
      throw new FailureSignal(failure('operation', 'secrets.keychain-missing', { reason }));
    }
  }

  const ask = async <T>(question: (native: NativeKeychain) => Promise<T>): Promise<T> => {
    const native = await keychain();
    return withTimeLimit(question(native), timeLimit);
  };
  const read = (account: string) => ask((native) => native.getPassword(keychainService, account));
  const write = (account: string, item: string) => ask((native) => native.setPassword(keychainService, account, item));
  const remove = (account: string) => ask((native) => native.deletePassword(keychainService, account));

  /**
   * Writes, reads and deletes a test item. On Linux a locked keyring reads as an empty one, so only a write shows it.
   */
  async function prove(): Promise<void> {
    const account = `check#${randomBytes(8).toString('hex')}`;
    await write(account, account);
    const echo = await read(account);
    await remove(account);
    if (echo !== account) {
      throw new FailureSignal(failure('operation', 'secrets.keychain-failed', { reason: 'read-back differs' }));
    }
  }

  /** Tells a locked keyring from an empty one. */
  const proveOpen = async (): Promise<void> => {
    if (process.platform === 'linux') await prove();
  };

  async function removeParts(name: string, head: PartsHead | undefined): Promise<void> {
    if (head === undefined) return;
    for (const account of partAccounts(name, head)) await remove(account);
  }

  async function readValue(account: string): Promise<string | undefined> {
    const item = await read(account);
    if (item === null) return undefined;
    const head = readHead(item);
    if (head === undefined) return item;
    const parts: (string | null)[] = [];
    for (const part of partAccounts(account, head)) parts.push(await read(part));
    const value = joinParts(head, parts);
    if (value === undefined) throw new FailureSignal(failure('operation', 'secrets.damaged', { name: account }));
    return value;
  }

  async function get(name: string): Promise<string | undefined> {
    for (const form of unwrap(secretNameForms(name))) {
      const value = await readValue(form);
      if (value !== undefined) return value;
    }
    await proveOpen();
    return undefined;
  }

  async function set(name: string, value: string): Promise<void> {
    const [account] = unwrap(secretNameForms(name));
    unwrap(checkValue(account, value));
    const old = readHead((await read(account)) ?? '');
    const split = splitValue(account, value, randomBytes(4).toString('hex'));
    for (const [part, content] of split?.parts ?? []) await write(part, content);
    await write(account, split?.head ?? value);
    await removeParts(account, old);
  }

  async function removeSecret(name: string): Promise<boolean> {
    let found = false;
    for (const form of unwrap(secretNameForms(name))) {
      const head = readHead((await read(form)) ?? '');
      found = (await remove(form)) || found;
      await removeParts(form, head);
    }
    if (!found) await proveOpen();
    return found;
  }

  async function list(): Promise<string[]> {
    // keytar 7.10.6 does not survive a search that meets a locked item (a NULL secret in libsecret): segmentation
    // fault.
    await proveOpen();
    const items = await ask((native) => native.findCredentials(keychainService));
    return items
      .map(({ account }) => account)
      .filter(isSecretName)
      .toSorted();
  }

  return {
    backend: 'keychain',
    check: () => capture(prove),
    get: (name) => capture(() => get(name)),
    set: (name, value) => capture(() => set(name, value)),
    delete: (name) => capture(() => removeSecret(name)),
    list: () => capture(list),
  };
}
