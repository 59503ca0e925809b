/**
 * Existing keys of gateways: the public key is in the VM's tag. If this laptop lacks the private key, a new pair
 * would cut the tunnel that another laptop built.
 */
import { type Result, capture, fail, failure, ok, unwrap } from '../../../core/base/errors.ts';
import { type KeyStore, readGatewayKeys } from './gateway-keys.ts';
import { readNextKeys } from './next-keys.ts';

/** The public key in a VM's tag; undefined where the gateway was never given one. */
export interface RecordedKey {
  readonly vm: string;
  readonly publicKey: string | undefined;
}

/**
 * Proves, before any key is made, that the store holds the private half of each recorded key. Fails with
 * `handover.key-elsewhere` (the store has none: `secret export` on the laptop that made it), `rotate.unfinished` (it
 * has it as the next pair of a rotation) or `handover.key-differs` (it has another pair), and as {@link
 * readGatewayKeys} does. Each failure names the first VM.
 */
export function checkRecordedKeys(
  store: Pick<KeyStore, 'get'>,
  recorded: readonly RecordedKey[],
): Promise<Result<void>> {
  return capture(async () => {
    for (const { vm, publicKey } of recorded) {
      if (publicKey === undefined) continue;
      const keys = unwrap(await readGatewayKeys(store, vm));
      if (keys === undefined) return unwrap(fail(failure('operation', 'handover.key-elsewhere', { vm })));
      if (keys.publicKey === publicKey) continue;
      const next = unwrap(await readNextKeys(store, vm));
      if (next?.publicKey === publicKey) return unwrap(fail(failure('operation', 'rotate.unfinished', { vm })));
      return unwrap(fail(failure('operation', 'handover.key-differs', { vm })));
    }
    return unwrap(ok(undefined));
  });
}
