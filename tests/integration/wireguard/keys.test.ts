import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ok } from '../../../core/base/errors.ts';
import { generatePrivateKey, publicKeyOf } from '../../../main/adapters/wireguard/keys.ts';

const installed = existsSync('/usr/bin/wg');
if (!installed) process.stderr.write('Skipped, wg is not installed\n');

const wg = (command: string, input = ''): string =>
  execFileSync('/usr/bin/wg', [command], { input, encoding: 'utf8' }).trim();

describe.skipIf(!installed)('keys of the product and of wg', () => {
  it('wg pubkey derives the same public key for 200 keys of the product', () => {
    for (let run = 0; run < 200; run += 1) {
      const key = generatePrivateKey();
      expect(ok(wg('pubkey', key))).toEqual(publicKeyOf(key));
    }
  });

  it('the product derives the same public key for 50 keys of wg genkey, and for unclamped keys', () => {
    for (let run = 0; run < 50; run += 1) {
      for (const key of [wg('genkey'), wg('genpsk')]) expect(publicKeyOf(key)).toEqual(ok(wg('pubkey', key)));
    }
  });
});
