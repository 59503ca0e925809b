/**
 * The recovery passphrase of the encrypted disks of a VM, one secret per VM: `disk/<vm>`. It reaches the guest over SSH
 * and ALE in the bundle, and nothing else. Source: docs/image-contract.md, "Data disks".
 */
import { randomBytes } from 'node:crypto';
import { type Result, capture, fail, failure, unwrap } from '../../../core/base/errors.ts';

/** The methods of the secret store that are used. */
export interface DiskRecoveryStore {
  check(): Promise<Result<void>>;
  get(name: string): Promise<Result<string | undefined>>;
  set(name: string, value: string): Promise<Result<void>>;
  setAll?(values: Readonly<Record<string, string>>): Promise<Result<void>>;
  delete(name: string): Promise<Result<boolean>>;
}

export interface DiskRecovery {
  readonly vm: string;
  readonly passphrase: string;
}

export const diskRecoverySecretName = (vm: string): string => `disk/${vm}`;

/** RFC 4648, base32: letters and digits that are hard to confuse when a person types them from paper. */
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 160 random bits as eight groups of four characters. */
const makePassphrase = (): string =>
  Array.from(randomBytes(32), (byte) => letters[byte % letters.length])
    .join('')
    .replaceAll(/(.{4})(?=.)/g, '$1-');

/** The first line of the guest's standard input, at least 20 characters in printable ASCII. */
const isPassphrase = (text: string): boolean => /^[!-~]{20,500}$/.test(text);

/**
 * The stored passphrase of one VM; undefined if there is none. Fails with `handover.disk-recovery-stored` and as the
 * store does.
 */
export async function readDiskRecovery(
  store: Pick<DiskRecoveryStore, 'get'>,
  vm: string,
): Promise<Result<string | undefined>> {
  const name = diskRecoverySecretName(vm);
  const stored = await store.get(name);
  if (!stored.ok || stored.value === undefined || isPassphrase(stored.value)) return stored;
  return fail(failure('input', 'handover.disk-recovery-stored', { name, vm }));
}

/** Stores new passphrases in one write if the store can, and reads each back. */
async function make(store: DiskRecoveryStore, vmNames: readonly string[]): Promise<DiskRecovery[]> {
  const made = vmNames.map((vm) => ({ vm, passphrase: makePassphrase() }));
  const values = made.map(({ vm, passphrase }) => [diskRecoverySecretName(vm), passphrase] as const);
  if (store.setAll === undefined) for (const [name, value] of values) unwrap(await store.set(name, value));
  else unwrap(await store.setAll(Object.fromEntries(values)));
  for (const [name, value] of values) {
    if (unwrap(await store.get(name)) !== value) {
      unwrap(fail(failure('operation', 'handover.secret-not-kept', { name })));
    }
  }
  return made;
}

/**
 * The passphrase of each VM in `vmNames`, in that order; missing ones are made. A stored one is never replaced. Nothing
 * is made if the store fails its check. Fails as {@link readDiskRecovery} does, and with `handover.secret-not-kept`.
 */
export function ensureDiskRecovery(
  store: DiskRecoveryStore,
  vmNames: readonly string[],
): Promise<Result<DiskRecovery[]>> {
  return capture(async () => {
    const known = new Map<string, string>();
    for (const vm of vmNames) {
      const passphrase = unwrap(await readDiskRecovery(store, vm));
      if (passphrase !== undefined) known.set(vm, passphrase);
    }
    const missing = vmNames.filter((vm) => !known.has(vm));
    if (missing.length > 0) {
      unwrap(await store.check());
      for (const { vm, passphrase } of await make(store, missing)) known.set(vm, passphrase);
    }
    return vmNames.flatMap((vm) => {
      const passphrase = known.get(vm);
      return passphrase === undefined ? [] : [{ vm, passphrase }];
    });
  });
}

/** Deletes the passphrases of `vmNames`. Returns the VMs that had one. Fails as the store does. */
export function deleteDiskRecovery(
  store: Pick<DiskRecoveryStore, 'delete'>,
  vmNames: readonly string[],
): Promise<Result<string[]>> {
  return capture(async () => {
    const deleted: string[] = [];
    for (const vm of vmNames) if (unwrap(await store.delete(diskRecoverySecretName(vm)))) deleted.push(vm);
    return deleted;
  });
}
