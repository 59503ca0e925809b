/** `npm run build`: what an installed application is made of. `npm run build -- --test-host` builds for the test host. */
import { buildMain } from './build-main.mjs';
import { buildRenderer } from './build-renderer.mjs';
import { electronTestHost } from './electron-test-host.mjs';
import { Problem, runScript } from './problem.mjs';
import { setup } from './setup.mjs';
import { step } from './step-line.mjs';

const done = (built) => ({ note: built ? 'done' : 'up to date' });

await runScript(async () => {
  const args = process.argv.slice(2);
  if (args.some((arg) => arg !== '--test-host')) throw new Problem('Usage: npm run build [-- --test-host]');
  await setup();
  if (args.length === 0) return;
  await step('test renderer', async () => done(await buildRenderer('test-host')));
  await step('test main', async () => done(await buildMain('test-host')));
  await step('test Electron', async () => ({ note: await electronTestHost() }));
});
