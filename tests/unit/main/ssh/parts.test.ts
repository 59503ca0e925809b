import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Result, fail, failure, ok } from '../../../../core/base/errors.ts';
import { judgeHostKey } from '../../../../main/adapters/ssh/host-key.ts';
import { generateSshKeyPair, publicKeyOf } from '../../../../main/adapters/ssh/key-pair.ts';
import { quoteForShell } from '../../../../main/adapters/ssh/quote.ts';
import { type SshKeyStore, deleteSiteKey, ensureSiteKey, readSiteKey } from '../../../../main/adapters/ssh/site-key.ts';

describe('arguments for the remote shell', () => {
  it('arrive unchanged, with any characters', () => {
    const word = fc
      .string({ unit: 'binary', maxLength: 40 })
      .filter((text) => !text.includes('\0') && text.isWellFormed());
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        const line = quoteForShell(['printf', '%s\\0', ...words]);
        const said = execFileSync('sh', ['-c', line], { encoding: 'utf8' });
        expect(said.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 100 },
    );
  });

  it('are refused with a NUL, or if there are none', () => {
    expect(() => quoteForShell([])).toThrow(TypeError);
    expect(() => quoteForShell(['a\0b'])).toThrow(TypeError);
  });
});

describe('a host key', () => {
  it('is known, unknown or changed', () => {
    expect(judgeHostKey(['SHA256:a', 'SHA256:b'], 'SHA256:b')).toBe('known');
    expect(judgeHostKey([], 'SHA256:b')).toBe('unknown');
    expect(judgeHostKey(['SHA256:a'], 'SHA256:b')).toBe('changed');
  });
});

describe('the bootstrap key in the store', () => {
  function memoryStore(changes: Partial<SshKeyStore> = {}): SshKeyStore & { readonly items: Map<string, string> } {
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
  const broken: Result<never> = fail(failure('operation', 'secrets.keychain-locked', { reason: 'x' }));

  it('is made once, and its public half is derived from the stored key', async () => {
    const store = memoryStore();
    expect(await readSiteKey(store, 'acme')).toEqual(ok(undefined));
    const made = await ensureSiteKey(store, 'acme');
    expect([...store.items.keys()]).toEqual(['ssh/acme']);
    expect(await ensureSiteKey(store, 'acme')).toEqual(made);
    expect(made.ok && made.value.publicKey).toMatch(/^ssh-ed25519 AAAA\S+ edge-installer-acme$/);
    expect(await deleteSiteKey(store, 'acme')).toEqual(ok(true));
    expect(store.items.size).toBe(0);
  });

  it('is not made if the store would not keep it', async () => {
    const locked = memoryStore({ check: async () => broken });
    expect(await ensureSiteKey(locked, 'acme')).toEqual(broken);
    expect(locked.items.size).toBe(0);
    const forgetful = memoryStore({ set: async () => ok(undefined) });
    expect(await ensureSiteKey(forgetful, 'acme')).toMatchObject({ failure: { code: 'ssh.key-not-kept' } });
  });

  it('is never replaced if it is damaged', async () => {
    const { privateKey } = generateSshKeyPair('x');
    const lines = privateKey.split('\n');
    const damaged = [
      privateKey.slice(0, 100),
      lines.toSpliced(2, 1).join('\n'),
      'text',
      privateKey.replaceAll('OPENSSH', 'RSA'),
    ];
    for (const value of damaged) {
      const store = memoryStore();
      store.items.set('ssh/acme', value);
      expect(await ensureSiteKey(store, 'acme'), value).toMatchObject({
        failure: { code: 'ssh.key-stored', kind: 'input' },
      });
      expect(store.items.get('ssh/acme')).toBe(value);
    }
    // Windows line ends are accepted.
    expect(publicKeyOf(privateKey.replaceAll('\n', '\r\n'))).toBe(publicKeyOf(privateKey));
  });
});
