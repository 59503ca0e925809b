/** One of several writers to the same vault (see vault-writers.test.ts): stores a few secrets. */
import { ok } from '../../../core/base/errors.ts';
import { writeFileAtomic } from '../../../main/system/files/atomic.ts';
import { tryLock } from '../../../main/system/files/lock.ts';
import { createVault } from '../../../main/adapters/secrets/vault.ts';

const [path = '', writer = '', count = '0'] = process.argv.slice(2);
const vault = createVault({
  path,
  passphrase: async () => ok('pw'),
  writeFile: writeFileAtomic,
  tryLock,
  workFactor: 4,
  lockTimeLimit: 60_000,
});

for (let index = 0; index < Number(count); index += 1) {
  const result = await vault.set(`wireguard/gw-${writer}-${index}`, `${writer} ${index}`);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
}
