import { describe, expect, it } from 'vitest';
import { type Result, fail, failure, ok } from '../../../../../core/base/errors.ts';
import {
  type KeyStore,
  deleteGatewayKeys,
  ensureGatewayKeys,
  readGatewayKeys,
} from '../../../../../main/adapters/wireguard/gateway-keys.ts';
import { generatePresharedKey, generatePrivateKey, publicKeyOf } from '../../../../../main/adapters/wireguard/keys.ts';

const broken: Result<never> = fail(failure('operation', 'secrets.keychain-locked', { reason: 'x' }));

function memoryStore(changes: Partial<KeyStore> = {}): KeyStore & { readonly items: Map<string, string> } {
  const items = new Map<string, string>();
  return {
    items,
    check: async () => ok(undefined),
    get: async (name) => ok(items.get(name)),
    set: async (name, value) => {
      items.set(name, value);
      return ok(undefined);
    },
    delete: async (name) => ok(items.delete(name)),
    ...changes,
  };
}

describe('keys', () => {
  it('are clamped as RFC 7748 says', () => {
    for (let run = 0; run < 100; run += 1) {
      const bytes = Buffer.from(generatePrivateKey(), 'base64');
      expect(bytes).toHaveLength(32);
      expect((bytes[0] ?? 0) & 7).toBe(0);
      expect((bytes[31] ?? 0) & 192).toBe(64);
    }
  });

  it('give the public key that wg pubkey gives', () => {
    expect(publicKeyOf('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=')).toEqual(
      ok('j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8='),
    );
  });

  it.each([
    '',
    'x',
    Buffer.alloc(31).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    ` ${generatePresharedKey()}`,
  ])('do not come from %j', (text) => {
    expect(publicKeyOf(text)).toMatchObject({ ok: false, failure: { code: 'handover.wireguard-key' } });
  });
});

describe('the keys of the gateways', () => {
  const names = ['acme-edge-gw-1', 'acme-edge-gw-2'];

  it('are stored in one write if the store supports it, and read back', async () => {
    const { items, ...store } = memoryStore({ set: async () => broken });
    const writes: string[][] = [];
    const setAll = async (values: Readonly<Record<string, string>>): Promise<Result<void>> => {
      writes.push(Object.keys(values));
      for (const [name, value] of Object.entries(values)) items.set(name, value);
      return ok(undefined);
    };
    const made = await ensureGatewayKeys({ ...store, setAll }, names);
    expect(made.ok && made.value.map(({ vm }) => vm)).toEqual(names);
    expect(writes).toEqual([names.map((name) => `wireguard/${name}`)]);
    const forgetful = await ensureGatewayKeys({ ...memoryStore(), setAll: async () => ok(undefined) }, names);
    expect(forgetful).toMatchObject({ ok: false, failure: { code: 'handover.key-not-kept' } });
  });

  it('are read from a read-only store if none is missing', async () => {
    const store = memoryStore();
    const made = await ensureGatewayKeys(store, names);
    const readOnly = { ...store, check: async () => broken, set: async () => broken };
    expect(await ensureGatewayKeys(readOnly, names)).toEqual(made);
    expect(await ensureGatewayKeys(readOnly, [...names, 'acme-edge-gw-3'])).toEqual(broken);
    expect(store.items.size).toBe(2);
  });

  it('are made once, and only missing ones', async () => {
    const store = memoryStore();
    const first = await ensureGatewayKeys(store, names.slice(0, 1));
    const both = await ensureGatewayKeys(store, names);
    const again = await ensureGatewayKeys(store, names);
    if (!first.ok || !both.ok) throw new Error('failed');
    expect(both.value[0]).toEqual(first.value[0]);
    expect(again).toEqual(both);
    expect(both.value.map(({ vm }) => vm)).toEqual(names);
    expect(new Set(both.value.flatMap((keys) => [keys.publicKey, keys.presharedKey])).size).toBe(4);
    expect([...store.items.keys()]).toEqual(names.map((name) => `wireguard/${name}`));
  });

  it('are returned without private keys to callers that need public ones', async () => {
    const store = memoryStore();
    const result = await ensureGatewayKeys(store, names);
    for (const name of names) {
      const keys = await readGatewayKeys(store, name);
      if (!keys.ok || keys.value === undefined) throw new Error('no keys');
      expect(publicKeyOf(keys.value.privateKey)).toEqual(ok(keys.value.publicKey));
      expect(store.items.get(`wireguard/${name}`)).toBe(
        `PrivateKey = ${keys.value.privateKey}\nPresharedKey = ${keys.value.presharedKey}\n`,
      );
      expect(JSON.stringify(result)).not.toContain(keys.value.privateKey);
    }
  });

  it('are not made if the store does not work', async () => {
    let written = 0;
    const store = memoryStore({
      check: async () => broken,
      set: async () => {
        written += 1;
        return ok(undefined);
      },
    });
    expect(await ensureGatewayKeys(store, names)).toEqual(broken);
    expect(written).toBe(0);
  });

  it('are not returned if the store did not keep them', async () => {
    const forgetful = memoryStore({ set: async () => ok(undefined) });
    expect(await ensureGatewayKeys(forgetful, names)).toMatchObject({
      ok: false,
      failure: { code: 'handover.key-not-kept' },
    });
  });

  it('are never replaced if they are unreadable', async () => {
    const store = memoryStore();
    store.items.set('wireguard/acme-edge-gw-1', 'PrivateKey = canary');
    const result = await ensureGatewayKeys(store, names);
    expect(result).toEqual(fail(failure('input', 'handover.wireguard-key', { vm: 'acme-edge-gw-1' })));
    expect(store.items.get('wireguard/acme-edge-gw-1')).toBe('PrivateKey = canary');
    expect(await ensureGatewayKeys(memoryStore({ get: async () => broken }), names)).toEqual(broken);
  });

  it('are no longer made after an abort', async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await ensureGatewayKeys(memoryStore(), names, stop.signal)).toMatchObject({
      ok: false,
      failure: { kind: 'cancelled' },
    });
  });

  it('are missing after their deletion', async () => {
    const store = memoryStore();
    await ensureGatewayKeys(store, names.slice(1));
    expect(await deleteGatewayKeys(store, names)).toEqual(ok(['acme-edge-gw-2']));
    expect(await readGatewayKeys(store, 'acme-edge-gw-2')).toEqual(ok(undefined));
  });
});
