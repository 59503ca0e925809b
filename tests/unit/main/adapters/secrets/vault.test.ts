import { mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Encrypter } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Result, ok } from '../../../../../core/base/errors.ts';
import { writeFileAtomic } from '../../../../../main/system/files/atomic.ts';
import { tryLock } from '../../../../../main/system/files/lock.ts';
import { readPassphraseFile } from '../../../../../main/adapters/secrets/passphrase-file.ts';
import { createVault } from '../../../../../main/adapters/secrets/vault.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-vault-'));
  path = join(folder, 'site.vault');
});
afterEach(() => rm(folder, { recursive: true }));

const vault = (passphrase = 'correct horse', asked: string[] = []) =>
  createVault({
    path,
    passphrase: async (purpose) => {
      asked.push(purpose);
      return ok(passphrase);
    },
    writeFile: writeFileAtomic,
    tryLock,
    workFactor: 2,
    lockTimeLimit: 300,
  });

const failed = (kind: string, code: string) => ({ ok: false, failure: { kind, code } });

describe('the vault', () => {
  it('returns stored values, also to the next process', async () => {
    const store = vault();
    const hostile = `p&<>"'\\$\n "{}" äöü 漢字 😀 ${'x'.repeat(5000)}`;
    expect(await store.set('vsphere/ESX1:443', hostile)).toEqual(ok(undefined));
    expect(await store.set('ssh/acme', 'key')).toEqual(ok(undefined));
    expect(await store.get('vsphere/esx1')).toEqual(ok(hostile));
    expect(await vault().get('vsphere/esx1:443')).toEqual(ok(hostile));
    expect(await vault().list()).toEqual(ok(['ssh/acme', 'vsphere/esx1']));
    expect(await store.delete('ssh/acme')).toEqual(ok(true));
    expect(await store.delete('ssh/acme')).toEqual(ok(false));
    expect(await vault().get('ssh/acme')).toEqual(ok(undefined));
    expect(await readdir(folder)).toEqual(['site.vault']);
  });

  it('stores several secrets in one write, or none of them', async () => {
    let writes = 0;
    const store = createVault({
      path,
      passphrase: async () => ok('pw'),
      writeFile: (file, data, options) => {
        writes += 1;
        return writeFileAtomic(file, data, options);
      },
      tryLock,
      workFactor: 2,
    });
    expect(await store.setAll?.({ 'wireguard/gw-1': 'a', 'wireguard/gw-2': 'b' })).toEqual(ok(undefined));
    expect(writes).toBe(1);
    expect(await store.list()).toEqual(ok(['wireguard/gw-1', 'wireguard/gw-2']));
    expect(await store.setAll?.({ 'wireguard/gw-3': 'c', 'wireguard/gw-4': '' })).toMatchObject(
      failed('input', 'secrets.value-invalid'),
    );
    expect(await store.get('wireguard/gw-3')).toEqual(ok(undefined));
    expect(writes).toBe(1);
  });

  it('is empty before it exists, without a passphrase prompt', async () => {
    const asked: string[] = [];
    const store = vault('pw', asked);
    expect(await store.list()).toEqual(ok([]));
    expect(await store.get('ssh/acme')).toEqual(ok(undefined));
    expect(await store.delete('ssh/acme')).toEqual(ok(false));
    expect(asked).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('asks once, and tells whether the vault is new', async () => {
    const asked: string[] = [];
    const store = vault('pw', asked);
    await store.set('ssh/acme', 'one');
    await store.set('ssh/acme', 'two');
    await store.get('ssh/acme');
    expect(asked).toEqual(['create']);
    const askedLater: string[] = [];
    await vault('pw', askedLater).list();
    expect(askedLater).toEqual(['open']);
  });

  it.skipIf(process.platform === 'win32')('can be read by its owner only', async () => {
    await vault().set('ssh/acme', 'x');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('proves that it works before it stores a secret', async () => {
    expect(await vault().check()).toEqual(ok(undefined));
    expect(await vault().list()).toEqual(ok([]));
    const before = await readFile(path);
    expect(await vault().check()).toEqual(ok(undefined));
    expect((await readFile(path)).equals(before)).toBe(true);
    expect(await vault('wrong').check()).toMatchObject(failed('input', 'secrets.vault-passphrase'));
  });

  it('reports a wrong passphrase, and asks again', async () => {
    await vault().set('ssh/acme', 'x');
    const answers = ['wrong', 'correct horse'];
    const store = createVault({
      path,
      passphrase: async () => ok(answers.shift() ?? 'asked too often'),
      writeFile: writeFileAtomic,
      tryLock,
    });
    expect(await store.get('ssh/acme')).toMatchObject(failed('input', 'secrets.vault-passphrase'));
    expect(await store.get('ssh/acme')).toEqual(ok('x'));
  });

  it('refuses an empty passphrase', async () => {
    expect(await vault('').set('ssh/acme', 'x')).toMatchObject(failed('input', 'secrets.passphrase-empty'));
    expect(await readdir(folder)).toEqual([]);
  });

  it.each<[string, () => Promise<void>, string]>([
    ['something else than age', () => writeFile(path, 'plain text'), 'secrets.vault-not-age'],
    ['an empty file', () => writeFile(path, ''), 'secrets.vault-not-age'],
    [
      'a file for a key',
      async () => {
        const encrypter = new Encrypter();
        encrypter.addRecipient('age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj');
        await writeFile(path, await encrypter.encrypt('{}'));
      },
      'secrets.vault-not-passphrase',
    ],
    [
      'something else inside',
      async () => {
        const encrypter = new Encrypter();
        encrypter.setPassphrase('correct horse');
        encrypter.setScryptWorkFactor(2);
        await writeFile(path, await encrypter.encrypt('[1]'));
      },
      'secrets.vault-foreign',
    ],
    ['a folder', () => mkdir(path).then(() => undefined), 'secrets.vault-unusable'],
  ])('names %s in its place, and changes nothing', async (_, prepare, code) => {
    await prepare();
    expect(await vault().get('ssh/acme')).toMatchObject(failed('input', code));
    expect(await vault().set('ssh/acme', 'x')).toMatchObject(failed('input', code));
    expect(await readdir(folder)).toEqual(['site.vault']);
  });

  it('names a missing folder', async () => {
    path = join(folder, 'nowhere', 'vault');
    expect(await vault().set('ssh/acme', 'x')).toMatchObject(failed('input', 'secrets.vault-unusable'));
    expect(await vault().check()).toMatchObject(failed('input', 'secrets.vault-unusable'));
  });

  it('refuses every truncation and every altered byte', async () => {
    await vault().set('ssh/acme', 'canary-value');
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length += 7) {
      await writeFile(path, whole);
      await truncate(path, length);
      expect(await vault().get('ssh/acme')).toMatchObject({ ok: false, failure: { kind: 'input' } });
    }
    for (let at = 0; at < whole.length; at += 5) {
      const altered = Buffer.from(whole);
      altered[at] = (altered[at] ?? 0) ^ 1;
      await writeFile(path, altered);
      expect(await vault().get('ssh/acme')).toMatchObject({ ok: false, failure: { kind: 'input' } });
    }
  });

  it('serialises writers of two stores', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `wireguard/gw-${index + 10}`);
    const patient = () =>
      createVault({ path, passphrase: async () => ok('pw'), writeFile: writeFileAtomic, tryLock, workFactor: 2 });
    const [one, two] = [patient(), patient()];
    const results = await Promise.all(names.map((name, index) => (index % 2 === 0 ? one : two).set(name, name)));
    expect(results).toEqual(names.map(() => ok(undefined)));
    expect(await vault('pw').list()).toEqual(ok(names));
  });

  it('waits for a held lock, then reports it; a lock of a dead process does not count', async () => {
    const lock = `${path}.lock`;
    const held = (pid: number): Promise<void> =>
      writeFile(lock, JSON.stringify({ pid, host: hostname(), uptime: 0, key: `k${pid}` }));
    await held(process.pid);
    expect(await vault().set('ssh/acme', 'x')).toEqual({
      ok: false,
      failure: { kind: 'operation', code: 'secrets.vault-busy', params: { lock } },
    });
    await held(4194303);
    expect(await vault().set('ssh/acme', 'x')).toEqual(ok(undefined));
    expect(await readdir(folder)).toEqual(['site.vault']);
  });

  it('refuses names and values that the keychain cannot store either', async () => {
    expect(await vault().set('ssh/../x', 'x')).toMatchObject(failed('input', 'secrets.name-invalid'));
    for (const value of ['', 'a\0b', '\ud800']) {
      expect(await vault().set('ssh/acme', value)).toMatchObject(failed('input', 'secrets.value-invalid'));
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('returns the failure of a file write, and keeps the old file', async () => {
    await vault().set('ssh/acme', 'old');
    const full: Result<void> = {
      ok: false,
      failure: { kind: 'operation', code: 'files.no-space', params: { path } },
    };
    const store = createVault({
      path,
      passphrase: async () => ok('correct horse'),
      writeFile: async () => full,
      tryLock,
      workFactor: 2,
    });
    expect(await store.set('ssh/acme', 'new')).toEqual(full);
    expect(await store.get('ssh/acme')).toEqual(ok('old'));
  });
});

describe('the passphrase file', () => {
  it('contains the passphrase in its first line', async () => {
    const file = join(folder, 'pass');
    await writeFile(file, 'four random words \r\nand a comment\n');
    expect(await readPassphraseFile(file)).toEqual(ok('four random words '));
  });

  it('must exist and contain a passphrase', async () => {
    const file = join(folder, 'pass');
    expect(await readPassphraseFile(file)).toMatchObject(failed('input', 'secrets.passphrase-file'));
    await writeFile(file, '\n');
    expect(await readPassphraseFile(file)).toMatchObject(failed('input', 'secrets.passphrase-empty'));
  });
});
