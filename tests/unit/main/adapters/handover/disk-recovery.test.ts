/** On a real vault in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, failure, ok, unwrap } from '../../../../../core/base/errors.ts';
import {
  deleteDiskRecovery,
  diskRecoverySecretName,
  ensureDiskRecovery,
  readDiskRecovery,
} from '../../../../../main/adapters/handover/disk-recovery.ts';
import type { SecretStore } from '../../../../../main/adapters/secrets/secret-store.ts';
import { createVault } from '../../../../../main/adapters/secrets/vault.ts';
import { writeFileAtomic } from '../../../../../main/system/files/atomic.ts';
import { tryLock } from '../../../../../main/system/files/lock.ts';

const names = ['acme-backup-1', 'acme-logs-1'];
let folder = '';
let vault: SecretStore;
let writes = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-recovery-'));
  writes = 0;
  vault = createVault({
    path: join(folder, 'vault.age'),
    passphrase: async () => ok('a passphrase of the tests'),
    writeFile: (...given) => {
      writes += 1;
      return writeFileAtomic(...given);
    },
    tryLock,
    workFactor: 10,
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('recovery passphrases', () => {
  it('are made once for each VM, of 160 random bits, in one write of the vault', async () => {
    const made = unwrap(await ensureDiskRecovery(vault, names));
    expect(made.map(({ vm }) => vm)).toEqual(names);
    for (const { passphrase } of made) expect(passphrase).toMatch(/^(?:[A-Z2-7]{4}-){7}[A-Z2-7]{4}$/);
    expect(new Set(made.map(({ passphrase }) => passphrase)).size).toBe(2);
    const before = writes;
    expect(unwrap(await ensureDiskRecovery(vault, names))).toEqual(made);
    expect(writes).toBe(before);
    expect(unwrap(await readDiskRecovery(vault, 'acme-logs-1'))).toBe(made[1]?.passphrase);
    const single = unwrap(await ensureDiskRecovery(vault, ['acme-new-1', ...names]));
    expect(single.slice(1)).toEqual(made);
    expect(writes - before).toBeLessThanOrEqual(2);
  });

  it('use every letter about equally often', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `acme-vm-${index}`);
    const text = unwrap(await ensureDiskRecovery(vault, many)).map(({ passphrase }) => passphrase.replaceAll('-', ''));
    const counts = new Map<string, number>();
    for (const letter of text.join('')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(32);
    // 100 of each are expected; the standard deviation is below 10.
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(60);
  });

  it('are needed by no VM: the store is not touched', async () => {
    expect(unwrap(await ensureDiskRecovery(vault, []))).toEqual([]);
    expect(writes).toBe(0);
  });

  it('are not replaced where the stored text is none', async () => {
    const name = diskRecoverySecretName('acme-logs-1');
    for (const text of ['short', 'a passphrase with spaces in it', `${'x'.repeat(30)}\nsecond line`]) {
      unwrap(await vault.set(name, text));
      expect(await ensureDiskRecovery(vault, names)).toMatchObject({
        ok: false,
        failure: { code: 'handover.disk-recovery-stored', params: { name, vm: 'acme-logs-1' } },
      });
      expect(unwrap(await vault.get(name))).toBe(text);
      expect(unwrap(await vault.get(diskRecoverySecretName('acme-backup-1')))).toBeUndefined();
    }
  });

  it('count only after they were read back', async () => {
    const lost = { ...vault, get: async () => ok(undefined) };
    expect(await ensureDiskRecovery(lost, names)).toMatchObject({ failure: { code: 'handover.secret-not-kept' } });
  });

  it('are not made if the store fails its check', async () => {
    const locked = fail(failure('operation', 'secrets.keychain-locked', { reason: 'x' }));
    expect(await ensureDiskRecovery({ ...vault, check: async () => locked }, names)).toEqual(locked);
    expect(unwrap(await vault.list())).toEqual([]);
  });

  it('are deleted by VM', async () => {
    unwrap(await ensureDiskRecovery(vault, names));
    unwrap(await vault.set('ssh/acme', 'x'));
    expect(unwrap(await deleteDiskRecovery(vault, [...names, 'acme-none-1']))).toEqual(names);
    expect(unwrap(await deleteDiskRecovery(vault, names))).toEqual([]);
    expect(unwrap(await vault.list())).toEqual(['ssh/acme']);
  });
});
