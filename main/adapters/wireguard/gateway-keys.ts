/**
 * The keys of each gateway, one secret per VM: `wireguard/<vm>`. Its value is text in the format of WireGuard's
 * configuration:
 *
 *     PrivateKey = <base64>
 *     PresharedKey = <base64>
 *     Tunnel = alternate
 *
 * The last line is there only for keys with the other tunnel address, which every second rotation gives.
 * The public key is derived, never stored. The private key leaves the store only for the gateway itself.
 */
import { FailureSignal, type Result, capture, fail, failure, ok, unwrap } from '../../../core/base/errors.ts';
import { generatePresharedKey, generatePrivateKey, isKey, publicKeyOf } from './keys.ts';

/** The part of the secret store that is used. */
export interface KeyStore {
  check(): Promise<Result<void>>;
  get(name: string): Promise<Result<string | undefined>>;
  set(name: string, value: string): Promise<Result<void>>;
  setAll?(values: Readonly<Record<string, string>>): Promise<Result<void>>;
  delete(name: string): Promise<Result<boolean>>;
}

/** The keys for ALE. The preshared key goes into the encrypted handover only. */
export interface GatewayPublicKeys {
  readonly vm: string;
  readonly publicKey: string;
  readonly presharedKey: string;
  /** The keys have the other tunnel address: see `alternateTunnelAddressFor`. */
  readonly alternate?: true;
}

export interface GatewayKeys extends GatewayPublicKeys {
  readonly privateKey: string;
}

export const gatewaySecretName = (vm: string): string => `wireguard/${vm}`;

/** The keys that a rotation gives the gateway. */
export const nextSecretName = (vm: string): string => `wireguard-next/${vm}`;

export const formatSecret = ({
  privateKey,
  presharedKey,
  alternate,
}: Pick<GatewayKeys, 'privateKey' | 'presharedKey' | 'alternate'>): string =>
  `PrivateKey = ${privateKey}\nPresharedKey = ${presharedKey}\n${alternate === true ? 'Tunnel = alternate\n' : ''}`;

/** Fails with `handover.wireguard-key`. */
export function parseSecret(vm: string, value: string): Result<GatewayKeys> {
  const field = (name: string): string => new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)\\s*$`, 'm').exec(value)?.[1] ?? '';
  const privateKey = field('PrivateKey');
  const presharedKey = field('PresharedKey');
  const publicKey = publicKeyOf(privateKey);
  if (!publicKey.ok || !isKey(presharedKey)) {
    return fail(failure('input', 'handover.wireguard-key', { vm }));
  }
  const alternate = field('Tunnel') === 'alternate' ? ({ alternate: true } as const) : {};
  return ok({ vm, privateKey, publicKey: publicKey.value, presharedKey, ...alternate });
}

/**
 * All keys of one gateway, for writing its configuration; undefined when it has none yet. Fails with
 * `handover.wireguard-key` when the stored text is not a pair of keys, and as the store does.
 */
export async function readGatewayKeys(
  store: Pick<KeyStore, 'get'>,
  vm: string,
): Promise<Result<GatewayKeys | undefined>> {
  const secret = await store.get(gatewaySecretName(vm));
  if (!secret.ok) return secret;
  return secret.value === undefined ? ok(undefined) : parseSecret(vm, secret.value);
}

/**
 * The public parts of every gateway in `vmNames`, in that order; keys that are missing are made. Where one is missing,
 * nothing is made when the store fails its check; existing keys are never replaced. A new key counts only after the
 * store gave it back. Fails as {@link readGatewayKeys} does, or with `cancelled`.
 */
export function ensureGatewayKeys(
  store: KeyStore,
  vmNames: readonly string[],
  signal?: AbortSignal,
): Promise<Result<GatewayPublicKeys[]>> {
  return capture(async () => {
    const stored = new Map<string, GatewayKeys | undefined>();
    for (const vm of vmNames) stored.set(vm, unwrap(await readGatewayKeys(store, vm)));
    const missing = vmNames.filter((vm) => stored.get(vm) === undefined);
    // Where no key is missing the store may be read-only.
    if (missing.length > 0) {
      unwrap(await store.check());
      for (const keys of await makeGatewayKeys(store, missing, signal)) stored.set(keys.vm, keys);
    }
    return vmNames.flatMap((vm) => {
      const keys = stored.get(vm);
      return keys === undefined ? [] : [publicPart(keys)];
    });
  });
}

/** The keys without the private one. */
export const publicPart = ({ privateKey: _privateKey, ...keys }: GatewayKeys): GatewayPublicKeys => keys;

const throwIfAborted = (signal: AbortSignal | undefined): void => {
  if (signal?.aborted === true) throw new FailureSignal(failure('cancelled', 'common.cancelled'));
};

/** Makes the keys, stores them in one write if the store supports it, and reads each back. */
async function makeGatewayKeys(
  store: KeyStore,
  vmNames: readonly string[],
  signal: AbortSignal | undefined,
): Promise<GatewayKeys[]> {
  const secrets = vmNames.map((vm) => {
    const made = { privateKey: generatePrivateKey(), presharedKey: generatePresharedKey() };
    return [vm, formatSecret(made)] as const;
  });
  throwIfAborted(signal);
  const atOnce = store.setAll?.bind(store);
  if (atOnce) {
    unwrap(await atOnce(Object.fromEntries(secrets.map(([vm, secret]) => [gatewaySecretName(vm), secret]))));
  }
  const made: GatewayKeys[] = [];
  for (const [vm, secret] of secrets) {
    throwIfAborted(signal);
    if (atOnce === undefined) unwrap(await store.set(gatewaySecretName(vm), secret));
    const keys = unwrap(await readGatewayKeys(store, vm));
    if (keys === undefined || formatSecret(keys) !== secret) {
      throw new FailureSignal(failure('operation', 'handover.key-not-kept', { vm }));
    }
    made.push(keys);
  }
  return made;
}

/**
 * Deletes the keys of `vmNames`, once ALE has confirmed the tunnel, and those of a rotation. Returns the VMs that had
 * keys. Fails as the store does.
 */
export function deleteGatewayKeys(store: KeyStore, vmNames: readonly string[]): Promise<Result<string[]>> {
  return capture(async () => {
    const deleted: string[] = [];
    for (const vm of vmNames) {
      const names = [gatewaySecretName(vm), nextSecretName(vm)];
      const had = [];
      for (const name of names) had.push(unwrap(await store.delete(name)));
      if (had.includes(true)) deleted.push(vm);
    }
    return deleted;
  });
}
