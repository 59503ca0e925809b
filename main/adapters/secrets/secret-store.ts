/** Where secrets live: the operating system's keychain, or one encrypted file where there is none. */
import { type Result, fail, failure, ok } from '../../../core/base/errors.ts';

/**
 * Names are those of the contract (`secretNameForms`); every method fails with `secrets.name-invalid` for another one. Values
 * are text, never empty. No failure ever holds a value.
 */
export interface SecretStore {
  readonly backend: 'keychain' | 'vault';
  /** Proves that a secret can be stored, read and deleted here: to be called before something worth keeping is made. */
  check(): Promise<Result<void>>;
  get(name: string): Promise<Result<string | undefined>>;
  set(name: string, value: string): Promise<Result<void>>;
  /** Several at once, by name: where each write derives a key, one is enough. Missing: `set` does as well. */
  setAll?(values: Readonly<Record<string, string>>): Promise<Result<void>>;
  /** Whether there was something to delete. */
  delete(name: string): Promise<Result<boolean>>;
  /** Names only, sorted. */
  list(): Promise<Result<string[]>>;
}

/**
 * Refuses what not every store gives back unchanged: nothing at all, a NUL (libsecret ends there) and half a surrogate pair.
 * Fails with `secrets.value-invalid`.
 */
export function checkValue(name: string, value: string): Result<void> {
  const storable = value !== '' && !value.includes('\0') && Buffer.from(value, 'utf8').toString('utf8') === value;
  return storable ? ok(undefined) : fail(failure('input', 'secrets.value-invalid', { name }));
}
