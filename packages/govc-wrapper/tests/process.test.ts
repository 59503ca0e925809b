import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createGovc } from '../src/govc.ts';
import type { GovcOptions } from '../src/govc.ts';
import { fakeGovc } from './fake-govc.ts';
import type { FakeGovc } from './fake-govc.ts';

const made: FakeGovc[] = [];
const fake = async (script: string, options: Partial<GovcOptions> = {}): Promise<FakeGovc> => {
  const one = await fakeGovc(script, options);
  made.push(one);
  return one;
};
afterEach(async () => {
  await Promise.all(made.splice(0).map((one) => one.remove()));
});

/** The beginning of a script with one VM 'vm-1'; \`power\` is its state. */
const oneVm = `const { existsSync, writeFileSync } = require('node:fs');
const power = existsSync(folder + '/on') ? 'poweredOn' : 'poweredOff';
const set = (name, val) => ({ name, op: 'assign', val });
if (command === 'object.collect' && process.argv.includes('ManagedEntity')) {
  write({ kind: 'enter', obj: { type: 'VirtualMachine', value: 'vm-1' }, changeSet: [set('name', 'one')] });
  process.exit(0);
}
if (command === 'object.collect') { write([set('name', 'one'), set('runtime.powerState', power)]); process.exit(0); }
`;

describe('an executable', () => {
  it('that is missing is named in the error', async () => {
    const client = createGovc({ binary: '/nowhere/govc', host: '127.0.0.1', port: 9, username: 'a', password: 'b' });
    const error: unknown = await client.about().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'binary-missing', message: expect.stringContaining('/nowhere/govc') });
    await client.dispose();
  });

  it('that may not be started is named in the error', async () => {
    const client = createGovc({
      binary: import.meta.filename,
      host: '127.0.0.1',
      port: 9,
      username: 'a',
      password: 'b',
    });
    await expect(client.about()).rejects.toMatchObject({ kind: 'binary-missing' });
    await client.dispose();
  });
});

describe('implausible output', () => {
  it.each([
    ['nothing', ''],
    ['half of it', `process.stdout.write('{"about":{"name":"VMware ESXi","full');`],
    ['something else', `write({ other: 1 });`],
    ['a wrong type', `write({ about: { name: 1 } });`],
  ])('%s', async (_, script) => {
    const { client } = await fake(script);
    await expect(client.about()).rejects.toMatchObject({ kind: 'bad-output', command: ['about', '-json'] });
  });

  it('is refused if a list is incomplete', async () => {
    const { client } = await fake(`process.stdout.write('{"kind":"enter","obj":{"type":"Datastore","val');`);
    await expect(client.datastores()).rejects.toMatchObject({ kind: 'bad-output' });
  });

  it('ends govc if stdout exceeds its limit', async () => {
    const { client } = await fake(
      `const block = Buffer.alloc(1 << 20, 'x'); const pour = () => { while (process.stdout.write(block)); process.stdout.once('drain', pour); }; pour();`,
    );
    await expect(client.about()).rejects.toMatchObject({
      kind: 'bad-output',
      message: expect.stringContaining('more than'),
    });
  });

  it('is truncated if stderr exceeds its limit', async () => {
    const { client } = await fake(`process.stderr.write('no such host ' + 'x'.repeat(50e6), () => process.exit(1));`);
    const error: unknown = await client.about().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(JSON.stringify(error).length).toBeLessThan(100_000);
  });
});

describe('an exit code', () => {
  it('of 0 is a failure if the change did not happen', async () => {
    const { client } = await fake(`${oneVm} process.exit(0);`);
    await expect(client.powerOn({ moref: 'vm-1' })).rejects.toMatchObject({ kind: 'bad-output' });
  });

  it('of 1 is a success if the change happened before the connection was lost', async () => {
    const { client, folder } = await fake(
      `${oneVm} writeFileSync(folder + '/on', ''); process.stderr.write('govc: read tcp: connection reset by peer'); process.exit(1);`,
    );
    await expect(client.powerOn({ moref: 'vm-1' })).resolves.toBeUndefined();
    await expect(readFile(join(folder, 'on'))).resolves.toHaveLength(0);
  });

  it('of 1 is a failure if the change did not happen', async () => {
    const { client } = await fake(
      `${oneVm} process.stderr.write('govc: read tcp: connection reset by peer'); process.exit(1);`,
    );
    await expect(client.powerOn({ moref: 'vm-1' })).rejects.toMatchObject({ kind: 'unreachable', exitCode: 1 });
  });

  it('without output is still an error', async () => {
    const { client } = await fake(`process.exit(3);`);
    await expect(client.about()).rejects.toMatchObject({ kind: 'fault', exitCode: 3 });
  });
});

describe('a govc that hangs', () => {
  /** Ignores SIGTERM, as does its child, which keeps the output open. */
  const deaf = `const { spawn } = require('node:child_process'); const { writeFileSync } = require('node:fs');
    process.on('SIGTERM', () => {});
    const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM",()=>{});setInterval(()=>{},1000)'], { stdio: 'inherit' });
    writeFileSync(folder + '/pids', process.pid + ' ' + child.pid); setInterval(() => {}, 1000);`;

  async function expectEnded(one: FakeGovc): Promise<void> {
    const pids = (await readFile(join(one.folder, 'pids'), 'utf8')).split(' ').map(Number);
    expect(pids).toHaveLength(2);
    // A killed child stays in the process table until init has reaped it.
    await expect
      .poll(async () => Promise.all(pids.map(async (pid) => ((await state(pid)) === 'gone' ? 'gone' : pid))))
      .toEqual(['gone', 'gone']);
  }

  async function state(pid: number): Promise<string> {
    try {
      process.kill(pid, 0);
    } catch {
      return 'gone';
    }
    const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
    return / Z /.test(text) ? 'gone' : 'running';
  }

  it('is ended after its time limit, with its children', async () => {
    const one = await fake(deaf, { timeouts: { read: 1_000, stop: 1_000 } });
    await expect(one.client.about()).rejects.toMatchObject({ kind: 'timeout' });
    await expectEnded(one);
  });

  it('is ended on abort, with its children', async () => {
    const one = await fake(deaf, { timeouts: { stop: 1_000 } });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 1_000);
    await expect(one.client.about({ signal: abort.signal })).rejects.toMatchObject({ kind: 'aborted' });
    await expectEnded(one);
  });

  it('is ended when the client is disposed of; later calls are refused', async () => {
    const one = await fake(deaf, { timeouts: { stop: 1_000 } });
    const asked = one.client.about().catch((reason: unknown) => reason);
    await new Promise((resolve) => {
      setTimeout(resolve, 1_000);
    });
    await one.client.dispose();
    expect(await asked).toMatchObject({ kind: 'aborted' });
    await expectEnded(one);
    await expect(one.client.about()).rejects.toMatchObject({ kind: 'aborted' });
  });

  it('is ended when our own process is killed', async () => {
    const one = await fake(deaf.replaceAll(/process\.on\(.SIGTERM.,\s*\(\)\s*=>\s*\{\}\);?/g, ''));
    const script = `import { createGovc } from ${JSON.stringify(new URL('../src/govc.ts', import.meta.url).href)};
      const govc = createGovc({ binary: ${JSON.stringify(join(one.folder, 'govc.cjs'))}, host: '127.0.0.1', port: 9, username: 'a', password: 'b', homeDir: ${JSON.stringify(one.folder)} });
      govc.about().catch(() => {}); setTimeout(() => process.exit(7), 1500);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(7);
    await expectEnded(one);
  });

  it('is not started if the signal is already aborted', async () => {
    const one = await fake(deaf);
    await expect(one.client.about({ signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'aborted' });
    await expect(readFile(join(one.folder, 'pids'))).rejects.toThrow('ENOENT');
  });
});

describe('a call that does not listen to abort', () => {
  it('leaves no listener on the signal', async () => {
    const { client } = await fake(
      `write({ about: { name: 'x', fullName: 'x', version: '1', build: '1', apiVersion: '1', apiType: 'HostAgent' } });`,
    );
    const abort = new AbortController();
    let listeners = 0;
    const { signal } = abort;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await client.about({ signal });
    expect(listeners).toBe(0);
  });
});
