import { expect, it } from 'vitest';
import { ok, unwrap } from '../../../../../core/base/errors.ts';
import { generatePresharedKey, generatePrivateKey, publicKeyOf } from '../../../../../main/adapters/wireguard/keys.ts';
import { type RecordedKey, checkRecordedKeys } from '../../../../../main/adapters/wireguard/recorded-keys.ts';

it('the recorded key of a gateway must be in this store with the same value', async () => {
  const privateKey = generatePrivateKey();
  const publicKey = unwrap(publicKeyOf(privateKey));
  const secret = `PrivateKey = ${privateKey}\nPresharedKey = ${generatePresharedKey()}\n`;
  const store = { get: async (name: string) => ok(name === 'wireguard/gw-1' ? secret : undefined) };
  const outcome = async (recorded: readonly RecordedKey[]) => {
    const checked = await checkRecordedKeys(store, recorded);
    return checked.ok ? 'good' : [checked.failure.code, checked.failure.params.vm];
  };
  expect(await outcome([])).toBe('good');
  expect(
    await outcome([
      { vm: 'gw-1', publicKey },
      { vm: 'gw-2', publicKey: undefined },
    ]),
  ).toBe('good');
  expect(
    await outcome([
      { vm: 'gw-1', publicKey },
      { vm: 'gw-2', publicKey },
    ]),
  ).toEqual(['handover.key-elsewhere', 'gw-2']);
  const other = unwrap(publicKeyOf(generatePrivateKey()));
  expect(await outcome([{ vm: 'gw-1', publicKey: other }])).toEqual(['handover.key-differs', 'gw-1']);
});
