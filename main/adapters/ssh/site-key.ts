/**
 * The bootstrap key of a site in the secret store, under `ssh/<site>`. Its private half leaves the store only to log
 * in.
 */
import { type Result, capture, fail, failure, ok, unwrap } from '../../../core/base/errors.ts';
import { type SshKeyPair, generateSshKeyPair, publicKeyOf } from './key-pair.ts';

/** The methods of the secret store that are used. */
export interface SshKeyStore {
  check(): Promise<Result<void>>;
  get(name: string): Promise<Result<string | undefined>>;
  set(name: string, value: string): Promise<Result<void>>;
  delete(name: string): Promise<Result<boolean>>;
}

export const sshSecretName = (site: string): string => `ssh/${site}`;

/** The site's key pair; undefined if there is none yet. Fails with `ssh.key-stored` and as the store does. */
export async function readSiteKey(store: SshKeyStore, site: string): Promise<Result<SshKeyPair | undefined>> {
  const name = sshSecretName(site);
  const stored = await store.get(name);
  if (!stored.ok || stored.value === undefined) return stored.ok ? ok(undefined) : stored;
  const publicKey = publicKeyOf(stored.value);
  if (publicKey === undefined) return fail(failure('input', 'ssh.key-stored', { name }));
  return ok({ privateKey: stored.value, publicKey });
}

/**
 * The site's key pair, generated if there is none. A new key counts only after it was read back from the store. Fails
 * as {@link readSiteKey} does, and with `ssh.key-not-kept`.
 */
export function ensureSiteKey(store: SshKeyStore, site: string): Promise<Result<SshKeyPair>> {
  return capture(async () => {
    const stored = unwrap(await readSiteKey(store, site));
    if (stored !== undefined) return stored;
    unwrap(await store.check());
    const made = generateSshKeyPair(`edge-installer-${site}`);
    unwrap(await store.set(sshSecretName(site), made.privateKey));
    const kept = unwrap(await readSiteKey(store, site));
    if (kept?.privateKey !== made.privateKey) {
      unwrap(fail(failure('operation', 'ssh.key-not-kept', { name: sshSecretName(site) })));
    }
    return made;
  });
}

/** Deletes the site's key. Returns whether there was one. Fails as the store does. */
export const deleteSiteKey = (store: SshKeyStore, site: string): Promise<Result<boolean>> =>
  store.delete(sshSecretName(site));
