/**
 * The next keys of each gateway while they are rotated, one secret per VM: `wireguard-next/<vm>`, in the form of
 * `wireguard/<vm>`. Next keys that equal the present keys belong to a gateway that has them already. They are deleted
 * together at the end, so that an interrupted rotation continues at the gateway where it ended.
 */
import { type Result, capture, fail, failure, ok, unwrap } from '../../../core/base/errors.ts';
import {
  type GatewayKeys,
  type KeyStore,
  formatSecret,
  gatewaySecretName,
  nextSecretName,
  parseSecret,
  readGatewayKeys,
} from './gateway-keys.ts';
import { generatePresharedKey, generatePrivateKey } from './keys.ts';

export interface KeyRotation {
  readonly vm: string;
  readonly current: GatewayKeys;
  readonly next: GatewayKeys;
}

/**
 * The next keys of one gateway; undefined if there are none. Fails with `handover.wireguard-key` and as the store does.
 */
export async function readNextKeys(store: Pick<KeyStore, 'get'>, vm: string): Promise<Result<GatewayKeys | undefined>> {
  const secret = await store.get(nextSecretName(vm));
  if (!secret.ok) return secret;
  return secret.value === undefined ? ok(undefined) : parseSecret(vm, secret.value);
}

/** Stores keys and reads them back. Fails with `handover.key-not-kept` and as the store does. */
async function storeKeys(store: KeyStore, name: string, keys: Omit<GatewayKeys, 'publicKey'>): Promise<GatewayKeys> {
  const text = formatSecret(keys);
  unwrap(await store.set(name, text));
  const kept = unwrap(await store.get(name));
  if (kept !== text) return unwrap(fail(failure('operation', 'handover.key-not-kept', { vm: keys.vm })));
  return unwrap(parseSecret(keys.vm, kept));
}

/**
 * The keys of every gateway in `vmNames`, in that order; missing next keys are made. Empty: an earlier rotation had
 * ended, and its next keys are deleted now. Fails with `handover.key-elsewhere` (the store has no present keys),
 * `handover.key-not-kept`, `handover.wireguard-key`, and as the store does.
 */
export function ensureNextKeys(store: KeyStore, vmNames: readonly string[]): Promise<Result<readonly KeyRotation[]>> {
  return capture(async () => {
    const stored: { vm: string; current: GatewayKeys; next: GatewayKeys | undefined }[] = [];
    for (const vm of vmNames) {
      const current = unwrap(await readGatewayKeys(store, vm));
      if (current === undefined) return unwrap(fail(failure('operation', 'handover.key-elsewhere', { vm })));
      stored.push({ vm, current, next: unwrap(await readNextKeys(store, vm)) });
    }
    const begun = stored.filter(({ next }) => next !== undefined);
    if (begun.length > 0 && begun.every(({ current, next }) => next?.publicKey === current.publicKey)) {
      unwrap(await deleteNextKeys(store, vmNames));
      return [];
    }
    if (begun.length < stored.length) unwrap(await store.check());
    const rotations: KeyRotation[] = [];
    for (const { vm, current, next } of stored) {
      const made = { vm, privateKey: generatePrivateKey(), presharedKey: generatePresharedKey() };
      const alternate = current.alternate === true ? {} : ({ alternate: true } as const);
      rotations.push({
        vm,
        current,
        next: next ?? (await storeKeys(store, nextSecretName(vm), { ...made, ...alternate })),
      });
    }
    return rotations;
  });
}

/** Makes the next keys the present ones, once the gateway has them. Fails as {@link ensureNextKeys} does. */
export const adoptNextKeys = (store: KeyStore, { vm, next }: KeyRotation): Promise<Result<void>> =>
  capture(async () => {
    await storeKeys(store, gatewaySecretName(vm), next);
  });

/** Deletes the next keys, once every gateway has them. Fails as the store does. */
export const deleteNextKeys = (store: Pick<KeyStore, 'delete'>, vmNames: readonly string[]): Promise<Result<void>> =>
  capture(async () => {
    for (const vm of vmNames) unwrap(await store.delete(nextSecretName(vm)));
  });
