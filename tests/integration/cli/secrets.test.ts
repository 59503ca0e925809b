/** The commands of the secret store. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { cli, cliFails, cliJson } from './command.ts';
import { cheapenVault } from '../../fixtures/cheap-vault.ts';
import { useCliFolder } from './cli-folder.ts';

const { at, env } = useCliFolder();

describe('secrets', () => {
  const vault = (): string[] => ['--vault', at('vault.age')];
  const secret = 'tr0ub4dor & "three"';

  it('are set from stdin, listed by name, deleted, and never shown', async () => {
    const set = await cliJson(env(), ['secret', 'set', 'vsphere/esx1.example', ...vault()], { input: `${secret}\n` });
    expect([set.code, set.json]).toEqual([0, { name: 'vsphere/esx1.example', backend: 'vault' }]);
    const sealed = await readFile(at('vault.age'), 'latin1');
    await cheapenVault(at('vault.age'), 'a passphrase');
    const list = await cliJson(env(), ['secret', 'list', ...vault()]);
    expect(list.json).toEqual({ backend: 'vault', names: ['vsphere/esx1.example'] });
    const words = await cli(env(), ['secret', 'list', ...vault()]);
    expect(words.stdout).toBe('vsphere/esx1.example\n');
    expect(sealed).not.toContain('tr0ub4dor');
    expect([set, list, words].map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain('tr0ub4dor');
    expect((await cliJson(env(), ['secret', 'delete', 'vsphere/esx1.example', ...vault()])).json).toMatchObject({
      deleted: true,
    });
    await cheapenVault(at('vault.age'), 'a passphrase');
    expect((await cliJson(env(), ['secret', 'delete', 'vsphere/esx1.example', ...vault()])).json).toMatchObject({
      deleted: false,
    });
  });

  it.each([
    ['a name that is none', ['set', 'nonsense'], 'x', 'secrets.name-invalid'],
    ['an empty value', ['set', 'mail/smtp.example'], '', 'secrets.value-invalid'],
    ['a value in argv', ['set', 'mail/smtp.example', 'hunter2'], '', 'common.usage'],
  ])('%s is exit code 2', async (_what, args, input, expected) => {
    const { code, error, stdout, stderr } = await cliFails(env(), ['secret', ...args, ...vault()], { input });
    expect([code, error.code]).toEqual([2, expected]);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('require the passphrase: a wrong one, or a missing terminal, is reported', async () => {
    await cliJson(env(), ['secret', 'set', 'mail/smtp.example', ...vault()], { input: 'x' });
    await writeFile(at('other.txt'), 'another passphrase\n');
    const wrong = await cliFails(env(), ['secret', 'list', ...vault()], {
      env: { EDGE_VAULT_PASSPHRASE_FILE: at('other.txt') },
    });
    expect(wrong.error.code).toBe('secrets.vault-passphrase');
    expect([1, 2]).toContain(wrong.code);
    const nobody = await cliFails(env(), ['secret', 'list', ...vault()], {
      env: { EDGE_VAULT_PASSPHRASE_FILE: undefined },
    });
    expect([nobody.code, nobody.error.code]).toEqual([2, 'common.no-terminal']);
    expect(nobody.error.remedy).toContain('EDGE_VAULT_PASSPHRASE_FILE');
  });

  it('fail without a keychain and a vault, and no file is written', async () => {
    const none = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${at('no-bus')}` };
    const { error, code } = await cliFails(env(), ['secret', 'set', 'mail/smtp.example'], {
      input: 'hunter2',
      env: none,
    });
    expect(error.code).toMatch(/^secrets\.keychain/);
    expect([1, 2]).toContain(code);
    expect(error.remedy).toContain('--vault');
  });
});
