/** `npm run build`: all parts of an installed application. */
import { Problem, runScript } from './problem.mjs';
import { setup } from './setup.mjs';

await runScript(async () => {
  if (process.argv.length > 2) throw new Problem('Usage: npm run build');
  await setup();
});
