import { describe, expect, it } from 'vitest';
import { createKeychain } from '../../../../../main/adapters/secrets/keychain.ts';
import { keychainFailure } from '../../../../../main/adapters/secrets/keychain-failure.ts';

describe('a keychain whose native module does not load', () => {
  it('fails every call, and is loaded again at the next call', async () => {
    let loads = 0;
    const store = createKeychain({
      load: async () => {
        loads += 1;
        throw new Error('libsecret-1.so.0: cannot open shared object file: No such file or directory');
      },
    });
    expect(loads).toBe(0);
    const answers = [
      await store.check(),
      await store.get('ssh/acme'),
      await store.set('ssh/acme', 'canary-71ab'),
      await store.delete('ssh/acme'),
      await store.list(),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ ok: false, failure: { kind: 'operation', code: 'secrets.keychain-missing' } });
    }
    expect(loads).toBe(answers.length);
    expect(JSON.stringify(answers)).not.toContain('canary');
  });
});

describe('errors of keychains', () => {
  it.each([
    ['Cannot create an item in a locked collection', 'locked'],
    ['Object does not exist at path “/org/freedesktop/secrets/collection/login”', 'locked'],
    ['User interaction is not allowed.', 'locked'],
    ['User canceled the operation.', 'denied'],
    ['The user name or passphrase you entered is not correct.', 'denied'],
    ['Access is denied.', 'denied'],
    ['Cannot autolaunch D-Bus without X11 $DISPLAY', 'unreachable'],
    ['Could not connect: No such file or directory', 'unreachable'],
    ['The name org.freedesktop.secrets was not provided by any .service files', 'unreachable'],
    ['A specified logon session does not exist. It may already have been terminated.', 'unreachable'],
    ['Etwas anderes', 'failed'],
  ])('%s', (message, name) => {
    expect(keychainFailure(new Error(message))).toEqual({
      kind: 'operation',
      code: `secrets.keychain-${name}`,
      params: { reason: message },
    });
  });

  it('become one line of limited length', () => {
    const { reason } = keychainFailure(new Error(`a\nb${' c'.repeat(500)}`)).params;
    expect(reason).toMatch(/^a b c[ c]{155}$/);
  });
});
