/** Builds the wizard's page with Vite: for the product, or with polyfills for the Electron test host. */
import { existsSync } from 'node:fs';
import { digestOf, inCheckout, node24, readStamp, toolScript, writeStamp } from './checkout.mjs';
import { run } from './child.mjs';
import { Problem } from './problem.mjs';

const flavours = {
  product: { mode: 'production', page: 'dist/renderer/index.html' },
  'test-host': { mode: 'test-host', page: 'dist/test-host/renderer/index.html' },
};

const sources = ['renderer', 'core', 'vite.config.ts', 'package-lock.json', 'scripts/build-renderer.mjs'];

/** Builds the page for one target if its sources changed. Returns whether it did. */
export async function buildRenderer(flavour) {
  const { mode, page } = flavours[flavour];
  const digest = digestOf(sources);
  const stamp = `renderer-${flavour}`;
  if (readStamp(stamp) === digest && existsSync(inCheckout(page))) return false;
  const { code, output } = await run(node24, [toolScript('vite'), 'build', '--mode', mode, '--logLevel', 'warn']);
  if (code !== 0) throw new Problem(`Vite could not build the page.\n${output.trim()}`);
  writeStamp(stamp, digest);
  return true;
}
