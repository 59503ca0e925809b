/**
 * Preloaded before the command line in a checkout: reports missing set-up in one sentence, and resolves relative paths
 * in the folder in which npm was started.
 */
import { existsSync } from 'node:fs';
import module from 'node:module';
import { compileCache, inCheckout } from './checkout.mjs';

// The compile cache halves the time of a start.
module.enableCompileCache?.(compileCache);

if (Number.parseInt(process.versions.node, 10) < 24 || !existsSync(inCheckout('node_modules', 'zod'))) {
  console.error('The dependencies are missing. Run "npm run setup" (or "npm run demo") first.');
  process.exit(1);
}
if (process.env['npm_lifecycle_event'] === 'edge' && process.env['INIT_CWD'] !== undefined) {
  process.chdir(process.env['INIT_CWD']);
}
