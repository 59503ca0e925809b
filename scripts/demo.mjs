/**
 * `npm run demo`: the set-up, then the main job on the embedded vSphere simulator. With `-- --wizard` it opens the
 * wizard on it.
 */
import { node24 } from './checkout.mjs';
import { handOver } from './child.mjs';
import { electronBinary } from './electron-binary.mjs';
import { runScript } from './problem.mjs';
import { setup } from './setup.mjs';

async function electronVariable() {
  const { path, reason } = await electronBinary();
  return path === undefined
    ? { EDGE_NO_ELECTRON: `The wizard opens in the browser: ${reason}.` }
    : { EDGE_ELECTRON: path };
}

await runScript(async () => {
  const args = process.argv.slice(2);
  await setup({ quiet: true });
  const env = args.includes('--wizard') ? await electronVariable() : {};
  return handOver(node24, ['main/cli.ts', 'demo', ...args], { env });
});
