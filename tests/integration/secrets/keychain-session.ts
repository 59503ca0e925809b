/** Runs in a separate session (see keychain.test.ts) and prints the keychain's answers as JSON. */
import { createKeychain, keychainService } from '../../../main/adapters/secrets/keychain.ts';

const [scene = '', daemon = '0'] = process.argv.slice(2);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A value with special characters, and one that is too long for an item on Windows. */
const hostile = `&<>"'\\ $(id) %PATH% äöü 漢字 😀\n\ttail `;
const long = Array.from({ length: 700 }, (_, index) => `line ${index} ü`).join('\n');

async function untilReady(store: ReturnType<typeof createKeychain>): Promise<void> {
  for (let tries = 0; tries < 100 && !(await store.check()).ok; tries += 1) await pause(100);
}

const scenes: Readonly<Record<string, () => Promise<unknown>>> = {
  async whole() {
    const store = createKeychain();
    await untilReady(store);
    const keytar = (await import('keytar')).default;
    const foreign = 'a note of somebody else';
    await keytar.setPassword(keychainService, 'not one of ours', foreign);
    await keytar.setPassword(keychainService, 'vsphere/ESX9.acme:443', 'put in by hand');
    const accounts = async () => (await keytar.findCredentials(keychainService)).map(({ account }) => account);
    return {
      before: await store.list(),
      check: await store.check(),
      missing: await store.get('ssh/acme'),
      set: await store.set('vsphere/ESX1.acme:443', hostile),
      get: await createKeychain().get('vsphere/esx1.acme'),
      byHand: await store.get('vsphere/ESX9.acme:443'),
      setLong: await store.set('certificate/edge.acme.example', long),
      itemsOfLong: (await accounts()).filter((account) => account.includes('#')).length,
      getLong: (await store.get('certificate/edge.acme.example')).ok,
      longIsSame:
        JSON.stringify(await store.get('certificate/edge.acme.example')) === JSON.stringify({ ok: true, value: long }),
      list: await store.list(),
      shorter: await store.set('certificate/edge.acme.example', 'short'),
      itemsOfShort: (await accounts()).filter((account) => account.includes('#')).length,
      delete: await store.delete('vsphere/esx1.acme'),
      deleteAgain: await store.delete('vsphere/esx1.acme'),
      deleteByHand: await store.delete('vsphere/ESX9.acme:443'),
      after: await store.list(),
      left: (await accounts()).toSorted(),
      badName: await store.set('anything', 'x'),
      badValue: await store.set('ssh/acme', 'a\0b'),
    };
  },

  async damaged() {
    const store = createKeychain();
    await untilReady(store);
    await store.set('ssh/acme', long);
    const keytar = (await import('keytar')).default;
    const items = await keytar.findCredentials(keychainService);
    await keytar.deletePassword(keychainService, items.find(({ account }) => account.endsWith('.2'))?.account ?? '');
    return { get: await store.get('ssh/acme'), delete: await store.delete('ssh/acme'), left: await store.list() };
  },

  /** A daemon that does not answer, as if it waits behind a hidden prompt. */
  async silent() {
    const store = createKeychain({ timeLimit: 500 });
    await untilReady(store);
    process.kill(Number(daemon), 'SIGSTOP');
    const start = Date.now();
    const check = await store.check();
    const waited = Date.now() - start;
    if (process.env['STAY'] === undefined) process.kill(Number(daemon), 'SIGCONT');
    return { check, waited };
  },

  async refused() {
    const store = createKeychain();
    return {
      check: await store.check(),
      get: await store.get('ssh/acme'),
      set: await store.set('ssh/acme', 'canary-5c1e'),
      delete: await store.delete('ssh/acme'),
      list: await store.list(),
    };
  },
};

process.stdout.write(`${JSON.stringify(await scenes[scene]?.())}\n`);
