/**
 * Bundles main and preload to CommonJS: for the product (Electron's and our own Node), and main lowered for the
 * Electron test host, where a bootstrap with polyfills runs first.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { digestOf, inCheckout, readStamp, writeStamp } from './checkout.mjs';
import { Problem } from './problem.mjs';

const onTestHost = {
  target: 'node16',
  bundles: { bootstrap: 'tests/host/bootstrap.ts', 'main/electron': 'main/electron.ts' },
};

/** `forTests` opens a build to DevTools: the only difference between `test-host` and `test-release`. */
const flavours = {
  product: {
    folder: 'dist',
    forTests: false,
    target: 'node24',
    bundles: { 'main/electron': 'main/electron.ts', 'main/cli': 'main/cli.ts' },
  },
  'test-host': { folder: 'dist/test-host', forTests: true, ...onTestHost },
  'test-release': { folder: 'dist/test-release', forTests: false, ...onTestHost },
};

const sources = ['main', 'core', 'packages', 'preload', 'tests/host', 'package-lock.json', 'scripts/build-main.mjs'];

/** Electron brings itself; keytar is a native binding; ssh2's two optional bindings are left out. */
const external = ['electron', 'keytar', /\.node$/, 'cpu-features'];

const nodeNames = { windows: 'win32', amd64: 'x64' };
const nodeName = (goName) => nodeNames[goName] ?? goName;

/** `{ govc: <SHA-256> }` from the build of these programs, or undefined if they were not built. */
function hashesIn(folder) {
  const list = inCheckout(folder, 'SHA256SUMS');
  if (!existsSync(list)) return undefined;
  const lines = readFileSync(list, 'utf8').split('\n').filter(Boolean);
  return Object.fromEntries(lines.map((line) => [line.slice(66).replace(/\.exe$/, ''), line.slice(0, 64)]));
}

/**
 * SHA-256 of our programs, by system as Node names it: those of this system, and of every other system that was built.
 */
export function programHashes() {
  const bin = 'build/bin';
  const others = existsSync(inCheckout(bin))
    ? readdirSync(inCheckout(bin)).filter((name) => /^\w+-\w+$/.test(name))
    : [];
  const folders = [
    [`${process.platform}-${process.arch}`, bin],
    ...others.map((name) => [name.split('-').map(nodeName).join('-'), `${bin}/${name}`]),
  ];
  return Object.fromEntries(
    folders.map(([system, folder]) => [system, hashesIn(folder)]).filter(([, hashes]) => hashes !== undefined),
  );
}

/** `bundledRobotoMono` of main/adapters/pdf/roboto-mono.ts. */
const fontDefine = () => {
  const font = 'node_modules/@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff';
  return { bundledRobotoMono: JSON.stringify(readFileSync(inCheckout(font), 'base64')) };
};

async function bundle(entry, file, target, define) {
  const { rolldown } = await import('rolldown');
  const warnings = [];
  const build = await rolldown({
    input: inCheckout(entry),
    platform: 'node',
    external,
    transform: { target, define: { ...fontDefine(), ...define } },
    onwarn: (warning) => warnings.push(warning.message),
  });
  try {
    await build.write({ file, format: 'cjs', sourcemap: 'hidden', codeSplitting: false });
  } finally {
    await build.close();
  }
  return warnings;
}

async function bundleAll(stampName, folder, target, bundles, define = {}) {
  const digest = `${digestOf(sources)} ${JSON.stringify(define)}`;
  const files = Object.entries(bundles).map(([name, entry]) => ({ entry, file: inCheckout(folder, `${name}.cjs`) }));
  if (readStamp(stampName) === digest && files.every(({ file }) => existsSync(file))) return false;
  for (const { entry, file } of files) {
    mkdirSync(dirname(file), { recursive: true });
    const warnings = await bundle(entry, file, target, define).catch((error) => {
      throw new Problem(`${entry} cannot be bundled. ${stripVTControlCharacters(error.message)}`);
    });
    if (warnings.length > 0) throw new Problem(`The bundle of ${entry} has warnings:\n${warnings.join('\n')}`);
  }
  writeStamp(stampName, digest);
  return true;
}

/** Bundles main for one target if its sources or our programs changed. Returns whether it did. */
export async function buildMain(flavour) {
  const { folder, forTests, target, bundles } = flavours[flavour];
  // `bundledBuild` of main/compose/build.ts.
  const define = { bundledBuild: JSON.stringify({ forTests, programs: programHashes() }) };
  return bundleAll(`main-${flavour}`, folder, target, bundles, define);
}

/**
 * Bundles the command line for the tests that start it as a process: module by module it takes twice the processor time
 * to start. Without constants it behaves as from the sources. Returns its path.
 */
export async function buildTestCommandLine() {
  const folder = inCheckout('build', 'test-cli');
  const file = join(folder, 'cli.cjs');
  const digest = digestOf(sources);
  if (readStamp('test-cli') === digest && existsSync(file)) return file;
  const { rolldown } = await import('rolldown');
  rmSync(folder, { recursive: true, force: true });
  const bundled = await rolldown({
    input: { cli: inCheckout('main', 'cli.ts') },
    platform: 'node',
    external,
    transform: { target: 'node24' },
  });
  try {
    const names = { entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' };
    await bundled.write({ dir: folder, format: 'cjs', ...names });
  } finally {
    await bundled.close();
  }
  writeStamp('test-cli', digest);
  return file;
}

/** Bundles the preload if its sources changed. It runs in Chromium's sandbox: one file, no Node. */
export const buildPreload = () =>
  bundleAll('preload', 'dist', 'chrome108', { 'preload/preload': 'preload/preload.ts' });
