import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../../core/base/errors.ts';
import { writeFileAtomic } from '../../../main/system/files/atomic.ts';
import { tryLock } from '../../../main/system/files/lock.ts';
import { createVault } from '../../../main/adapters/secrets/vault.ts';

const missing = ['/usr/bin/age', '/usr/bin/script'].filter((path) => !existsSync(path));
if (missing.length > 0) process.stderr.write(`Skipped, the standard tools are not installed: ${missing.join(', ')}\n`);

const passphrase = 'four random words here';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-vault-age-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** age asks for a passphrase on a terminal only: `script` gives it one. */
function ageOnTerminal(command: string, input: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: 60_000,
    });
    child.on('error', reject);
    child.on('close', resolve);
    child.stdin.end(input);
  });
}

const vault = (path: string) =>
  createVault({ path, passphrase: async () => ok(passphrase), writeFile: writeFileAtomic, tryLock });

describe.skipIf(missing.length > 0)('the vault and the standard age tool', () => {
  it('age -d opens a vault, made with the work factor that users get', async () => {
    const path = join(folder, 'site.vault');
    expect(await vault(path).set('vsphere/esx1.acme', 'päss "word"')).toEqual(ok(undefined));
    expect((await readFile(path, 'latin1')).split('\n')[1]).toMatch(/^-> scrypt \S+ 18$/);
    expect(await ageOnTerminal('age -d -o opened site.vault', `${passphrase}\n`)).toBe(0);
    expect(JSON.parse(await readFile(join(folder, 'opened'), 'utf8'))).toEqual({
      format: 'edge-vault/v1',
      secrets: { 'vsphere/esx1.acme': 'päss "word"' },
    });
    expect(await ageOnTerminal('age -d -o wrong site.vault', 'another\n')).not.toBe(0);
  });

  it('a vault made by age -p is read and changed', async () => {
    const document = { format: 'edge-vault/v1', secrets: { 'ssh/acme': 'made by hand' } };
    await writeFile(join(folder, 'plain.json'), JSON.stringify(document));
    expect(await ageOnTerminal('age -p -o site.vault plain.json', `${passphrase}\n${passphrase}\n`)).toBe(0);
    const store = vault(join(folder, 'site.vault'));
    expect(await store.get('ssh/acme')).toEqual(ok('made by hand'));
    expect(await store.set('mail/smtp.acme', 'x')).toEqual(ok(undefined));
    expect(await store.list()).toEqual(ok(['mail/smtp.acme', 'ssh/acme']));
  });
});
