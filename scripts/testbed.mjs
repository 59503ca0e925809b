/**
 * `npm run testbed`: the fast test bed by hand, until Ctrl-C. see docs/testbed.md. `npm run testbed -- --delay 2` puts
 * the second gateway into a second data centre; `-- --prepare` only builds the root.
 */
import { node24 } from './checkout.mjs';
import { handOver } from './child.mjs';
import { runScript } from './problem.mjs';
import { setup } from './setup.mjs';

await runScript(async () => {
  await setup({ quiet: true, only: ['machine', 'dependencies'] });
  return handOver(node24, ['tests/testbed/play.ts', ...process.argv.slice(2)]);
});
