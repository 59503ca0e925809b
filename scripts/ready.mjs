/**
 * Preloaded before the command line in a checkout: says in one sentence what is missing, and reads relative paths from
 * the folder in which npm was started.
 */
import { existsSync } from 'node:fs';
import module from 'node:module';
import { compileCache, inCheckout } from './checkout.mjs';

// Compiled code is kept between starts: a start takes half the time.
module.enableCompileCache?.(compileCache);

if (Number.parseInt(process.versions.node, 10) < 24 || !existsSync(inCheckout('node_modules', 'zod'))) {
  console.error('The dependencies are missing. Run "npm run setup" (or "npm run demo") first.');
  process.exit(1);
}
if (process.env['npm_lifecycle_event'] === 'edge' && process.env['INIT_CWD'] !== undefined) {
  process.chdir(process.env['INIT_CWD']);
}
