/**
 * Bundles main and preload to CommonJS: for the product (Electron's and our own Node), and main lowered for the Electron
 * test host, where a bootstrap with polyfills goes first.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { digestOf, inCheckout, readStamp, writeStamp } from './checkout.mjs';
import { Problem } from './problem.mjs';

const flavours = {
  product: {
    folder: 'dist',
    target: 'node24',
    bundles: { 'main/electron': 'main/electron.ts', 'main/cli': 'main/cli.ts' },
  },
  'test-host': {
    folder: 'dist/test-host',
    target: 'node16',
    bundles: { bootstrap: 'tests/host/bootstrap.ts', 'main/electron': 'main/electron.ts' },
  },
};

const sources = ['main', 'core', 'packages', 'preload', 'tests/host', 'package-lock.json', 'scripts/build-main.mjs'];

/** Electron brings itself; keytar is a native binding; ssh2 tries two optional bindings that we leave out. */
const external = ['electron', 'keytar', /\.node$/, 'cpu-features'];

async function bundle(entry, file, target) {
  const { rolldown } = await import('rolldown');
  const warnings = [];
  const build = await rolldown({
    input: inCheckout(entry),
    platform: 'node',
    external,
    transform: { target },
    onwarn: (warning) => warnings.push(warning.message),
  });
  try {
    await build.write({ file, format: 'cjs', sourcemap: 'hidden', codeSplitting: false });
  } finally {
    await build.close();
  }
  return warnings;
}

async function bundleAll(stampName, folder, target, bundles) {
  const digest = digestOf(sources);
  const files = Object.entries(bundles).map(([name, entry]) => ({ entry, file: inCheckout(folder, `${name}.cjs`) }));
  if (readStamp(stampName) === digest && files.every(({ file }) => existsSync(file))) return false;
  for (const { entry, file } of files) {
    mkdirSync(dirname(file), { recursive: true });
    const warnings = await bundle(entry, file, target).catch((error) => {
      throw new Problem(`${entry} cannot be bundled. ${stripVTControlCharacters(error.message)}`);
    });
    if (warnings.length > 0) throw new Problem(`The bundle of ${entry} has warnings:\n${warnings.join('\n')}`);
  }
  writeStamp(stampName, digest);
  return true;
}

/**
 * The test host starts a folder: its package.json names the bootstrap, which starts main. Its name is not the product's:
 * main finds the checkout above it.
 */
function writeTestHostPackage(folder) {
  const manifest = { name: 'rainbow-edge-test-host', version: '0.0.0', main: 'bootstrap.cjs' };
  mkdirSync(inCheckout(folder), { recursive: true });
  writeFileSync(inCheckout(folder, 'package.json'), `${JSON.stringify(manifest)}\n`);
}

/** Bundles main of one flavour, `product` or `test-host`, if its sources changed. Returns whether it did. */
export async function buildMain(flavour) {
  const { folder, target, bundles } = flavours[flavour];
  if (flavour === 'test-host') writeTestHostPackage(folder);
  return bundleAll(`main-${flavour}`, folder, target, bundles);
}

/** Bundles the preload if its sources changed. It runs in Chromium's sandbox: one file, no Node. */
export const buildPreload = () =>
  bundleAll('preload', 'dist', 'chrome108', { 'preload/preload': 'preload/preload.ts' });
