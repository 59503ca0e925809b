/** `npm run build`: what an installed application is made of. */
import { Problem, runScript } from './problem.mjs';
import { setup } from './setup.mjs';

await runScript(async () => {
  if (process.argv.length > 2) throw new Problem('Usage: npm run build');
  await setup();
});
