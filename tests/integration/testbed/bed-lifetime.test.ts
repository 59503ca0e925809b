/** The end of a bed whose process was killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout, prepareRoot } from '../../testbed/root.ts';
import { bedNamespaces, processesIn, until } from './bed-checks.ts';

const prepared = await prepareRoot();
if (!prepared.ready) process.stderr.write(`Skipped, the test bed cannot run: ${prepared.reasons.join('; ')}\n`);
const root = prepared.ready ? prepared.root : '';

describe.skipIf(!prepared.ready)('a bed', () => {
  it('ends when the process that started it is killed', async () => {
    const script = `
      const { startBed } = await import(${JSON.stringify(join(checkout, 'tests/testbed/bed.ts'))});
      const bed = await startBed({ root: ${JSON.stringify(root)}, authorizedKey: 'none' });
      const machines = [bed.wire, bed.client, ...bed.gateways];
      console.log(JSON.stringify(machines.map(({ namespaces }) => namespaces.pid)));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const pids = JSON.parse(line.toString()) as number[];
    const namespaces = bedNamespaces(pids);
    expect(processesIn(namespaces).length).toBeGreaterThan(3);
    child.kill('SIGKILL');
    await until('the bed is gone', async () => processesIn(namespaces).length === 0, 5000);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  });
});
