/**
 * A deployment of one VM in a separate process, for tests that kill it. Arguments: the laboratory's folder, the VM. It
 * prints `ready` when it is loaded, and starts when it reads standard input.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { readPlannedSite } from '../../../main/runner/site-input.ts';
import { startRun } from '../../../main/runner/start-run.ts';
import { deployStages, servicesIn, value } from './laboratory.ts';

const [folder = '', vm = ''] = process.argv.slice(2);
const services = await servicesIn(folder);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const started = await startRun(services, {
  planned: value(await readPlannedSite(join(folder, 'site.yaml'))),
  stages: deployStages.filter((stage) => stage !== 'preflight'),
  outDir: join(folder, 'out'),
  vms: [vm],
  signal: new AbortController().signal,
});
const result = started.ok ? await started.value.finished : started;
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(result.ok ? 0 : 1);
