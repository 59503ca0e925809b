/** Stores of secrets: the operating system's keychain, or one encrypted file. */
import { type Result, fail, failure, ok } from '../../../core/base/errors.ts';

/**
 * Names are those of the contract (`secretNameForms`); every method fails with `secrets.name-invalid` for another one.
 * Values are text, never empty. No failure ever holds a value.
 */
export interface SecretStore {
  readonly backend: 'keychain' | 'vault';
  /** Proves that a secret can be stored, read and deleted. Call it before a key is made. */
  check(): Promise<Result<void>>;
  get(name: string): Promise<Result<string | undefined>>;
  set(name: string, value: string): Promise<Result<void>>;
  /**
   * Writes several secrets at once. Only stores that derive a key per write have it; others get one write per secret.
   */
  setAll?(values: Readonly<Record<string, string>>): Promise<Result<void>>;
  /** Returns whether the secret existed. */
  delete(name: string): Promise<Result<boolean>>;
  /** Deletes several secrets at once. Returns the names that existed. Only stores that have `setAll` have it. */
  deleteAll?(names: readonly string[]): Promise<Result<string[]>>;
  /** Names only, sorted. */
  list(): Promise<Result<string[]>>;
}

/**
 * Refuses values that some store would change: the empty value, a NUL (libsecret stops there) and half a surrogate
 * pair. Fails with `secrets.value-invalid`.
 */
export function checkValue(name: string, value: string): Result<void> {
  const storable = value !== '' && !value.includes('\0') && Buffer.from(value, 'utf8').toString('utf8') === value;
  return storable ? ok(undefined) : fail(failure('input', 'secrets.value-invalid', { name }));
}
