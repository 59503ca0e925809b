import { describe, expect, it } from 'vitest';
import { type Result, fail, failure, ok, unwrap } from '../../../../../core/base/errors.ts';
import {
  type KeyStore,
  deleteGatewayKeys,
  ensureGatewayKeys,
  readGatewayKeys,
} from '../../../../../main/adapters/wireguard/gateway-keys.ts';
import { adoptNextKeys, deleteNextKeys, ensureNextKeys } from '../../../../../main/adapters/wireguard/next-keys.ts';
import { checkRecordedKeys } from '../../../../../main/adapters/wireguard/recorded-keys.ts';

const names = ['acme-edge-gw-1', 'acme-edge-gw-2'];
const [first = '', second = ''] = names;
const broken: Result<never> = fail(failure('operation', 'secrets.keychain-locked', { reason: 'x' }));

/** A store that fails from the write number `good` on. */
async function storeWithKeys(good = Infinity): Promise<KeyStore & { readonly items: Map<string, string> }> {
  const items = new Map<string, string>();
  let writes = 0;
  const store: KeyStore = {
    check: async () => ok(undefined),
    get: async (name) => ok(items.get(name)),
    set: async (name, value) => {
      writes += 1;
      if (writes > good) return broken;
      items.set(name, value);
      return ok(undefined);
    },
    delete: async (name) => ok(items.delete(name)),
  };
  const setAll = async (values: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(values)) items.set(name, value);
    return ok(undefined);
  };
  unwrap(await ensureGatewayKeys({ ...store, setAll }, names));
  return { ...store, items };
}

const fingerprints = async (store: KeyStore) =>
  unwrap(await ensureNextKeys(store, names)).map(({ current, next }) => [current.publicKey, next.publicKey]);

describe('the next keys of the gateways', () => {
  it('are made once, and have the other tunnel address', async () => {
    const store = await storeWithKeys();
    const made = unwrap(await ensureNextKeys(store, names));
    expect(made.map(({ vm, current, next }) => [vm, current.alternate, next.alternate])).toEqual([
      [first, undefined, true],
      [second, undefined, true],
    ]);
    expect(new Set(made.flatMap(({ current, next }) => [current.publicKey, next.publicKey])).size).toBe(4);
    expect(new Set(made.flatMap(({ current, next }) => [current.presharedKey, next.presharedKey])).size).toBe(4);
    expect(unwrap(await ensureNextKeys(store, names))).toEqual(made);
  });

  it('that were not all made are completed, and those that exist stay', async () => {
    const store = await storeWithKeys(1);
    expect(await ensureNextKeys(store, names)).toEqual(broken);
    const kept = store.items.get(`wireguard-next/${first}`);
    expect([kept === undefined, store.items.has(`wireguard-next/${second}`)]).toEqual([false, false]);
    const healthy = { ...store, set: async (name: string, value: string) => ok(void store.items.set(name, value)) };
    expect(unwrap(await ensureNextKeys(healthy, names))).toHaveLength(2);
    expect(store.items.get(`wireguard-next/${first}`)).toBe(kept);
  });

  it('become the present keys of one gateway after the other', async () => {
    const store = await storeWithKeys();
    const rotations = unwrap(await ensureNextKeys(store, names));
    const [one, two] = rotations;
    if (one === undefined || two === undefined) throw new Error('There are two gateways.');
    unwrap(await adoptNextKeys(store, one));
    expect(await fingerprints(store)).toEqual([
      [one.next.publicKey, one.next.publicKey],
      [two.current.publicKey, two.next.publicKey],
    ]);
    unwrap(await adoptNextKeys(store, two));
    expect(unwrap(await readGatewayKeys(store, second))).toEqual(two.next);
    // The deletion at the end was cut off: nothing is rotated a second time.
    unwrap(await deleteNextKeys(store, [first]));
    expect(unwrap(await ensureNextKeys(store, names))).toEqual([]);
    expect([...store.items.keys()].toSorted()).toEqual([`wireguard/${first}`, `wireguard/${second}`]);
    const again = unwrap(await ensureNextKeys(store, names));
    expect(again.map(({ current, next }) => [current.alternate, next.alternate])).toEqual([
      [true, undefined],
      [true, undefined],
    ]);
  });

  it('are not made where the present keys are on another laptop', async () => {
    const store = await storeWithKeys();
    store.items.delete(`wireguard/${second}`);
    expect(await ensureNextKeys(store, names)).toMatchObject({
      failure: { code: 'handover.key-elsewhere', params: { vm: second } },
    });
    expect([...store.items.keys()]).toEqual([`wireguard/${first}`]);
  });

  it('that a gateway has already tell of a rotation that is not finished', async () => {
    const store = await storeWithKeys();
    const [rotation] = unwrap(await ensureNextKeys(store, names));
    const publicKey = rotation?.next.publicKey;
    expect(await checkRecordedKeys(store, [{ vm: first, publicKey }])).toMatchObject({
      failure: { code: 'rotate.unfinished', params: { vm: first } },
    });
  });

  it('are deleted with the present keys', async () => {
    const store = await storeWithKeys();
    unwrap(await ensureNextKeys(store, names));
    expect(unwrap(await deleteGatewayKeys(store, names))).toEqual(names);
    expect([...store.items.keys()]).toEqual([]);
  });
});
