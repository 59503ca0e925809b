/**
 * `npm run package`: the installed application for this system, into build/package. `-- --dir` makes just the folder.
 * `-- --test-host` makes the two folders on the Electron test host that end-to-end tests run; they are never shipped.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildMain, buildPreload, programHashes } from './build-main.mjs';
import { buildRenderer } from './build-renderer.mjs';
import { digestOf, inCheckout, node24, readStamp, writeStamp } from './checkout.mjs';
import { run } from './child.mjs';
import { electronTestHost, testHostVersion } from './electron-test-host.mjs';
import { Problem, runScript } from './problem.mjs';
import { setup } from './setup.mjs';
import { step } from './step-line.mjs';

/** Inputs of the package on the test host: sources and configuration. */
const sources = [
  'electron-builder.yml',
  'package.json',
  'package-lock.json',
  'scripts/package.mjs',
  'resources/icons',
  'resources/trust',
  'tests/host',
  'dist/preload/preload.cjs',
  'dist/test-host',
  'dist/test-release',
  'build/bin/SHA256SUMS',
  'build/test-signer',
];

async function releaseConfig() {
  const { parse } = await import('yaml');
  return parse(readFileSync(inCheckout('electron-builder.yml'), 'utf8'));
}

/** Packages with a complete configuration file: electron-builder would merge an object with its default file. */
async function packageBy(name, config, target) {
  const system = `${process.platform}-${process.arch}`;
  if (programHashes()[system]?.govc === undefined) {
    throw new Problem(
      `govc was not built for ${system}: a package without its hash could not start it. Run: npm run setup`,
    );
  }
  const { build, Platform } = await import('electron-builder');
  const path = inCheckout('build', `electron-builder-${name}.json`);
  writeFileSync(path, JSON.stringify(config, null, 2));
  await build({
    config: path,
    projectDir: inCheckout(),
    targets: Platform.current().createTarget(target),
    publish: 'never',
  });
  return config.directories.output;
}

const testOutput = (flavour) => `build/package-${flavour}`;
const testProgram = (flavour) => inCheckout(testOutput(flavour), 'linux-unpacked', 'rainbow-edge-installer');

/** The release configuration on the test host, with the lowered main and page. */
function testConfig(config, flavour) {
  const ofRelease = (pattern) => /^dist\/(main|renderer)\//.test(pattern);
  // Electron 22 lacks this fuse.
  const { grantFileProtocolExtraPrivileges: _, ...fuses } = config.electronFuses;
  return {
    ...config,
    directories: { ...config.directories, output: testOutput(flavour) },
    files: [
      ...config.files.filter((pattern) => !ofRelease(pattern)),
      { from: `dist/${flavour}`, to: 'dist', filter: ['bootstrap.cjs', 'main/electron.cjs'] },
      { from: 'dist/test-host/renderer', to: 'dist/renderer' },
    ],
    extraMetadata: { main: 'dist/bootstrap.cjs' },
    electronDist: inCheckout('build', 'electron-test-host', testHostVersion),
    electronVersion: testHostVersion,
    electronFuses: fuses,
  };
}

/** Allows DevTools for Playwright, and trusts the throw-away signer of the tests. */
const drivable = (config) => ({
  ...config,
  extraResources: [...config.extraResources, { from: 'build/test-signer', to: 'trust', filter: ['*.pub'] }],
  electronFuses: { ...config.electronFuses, enableNodeCliInspectArguments: true },
});

async function makeTestSigner(folder) {
  if (existsSync(join(folder, 'signing-key.pub'))) return;
  mkdirSync(folder, { recursive: true });
  const { code, output } = await run(node24, ['tests/host/make-signer.ts', folder]);
  if (code !== 0) throw new Problem(`The signer of the tests could not be made.\n${output.trim()}`);
}

/**
 * Packages both test builds if their inputs changed. `program` can be driven over DevTools and trusts the signer in
 * `signer`; `release` has the settings of the release. Throws a {@link Problem} if there is no test host.
 */
export async function packageForTests() {
  await electronTestHost();
  const signer = inCheckout('build', 'test-signer');
  await makeTestSigner(signer);
  await buildRenderer('test-host');
  await buildMain('test-host');
  await buildMain('test-release');
  await buildPreload();
  const made = { program: testProgram('test-host'), release: testProgram('test-release'), signer };
  const digest = digestOf(sources);
  if (readStamp('package-tests') === digest && existsSync(made.program) && existsSync(made.release)) return made;
  const release = await releaseConfig();
  await packageBy('test-host', drivable(testConfig(release, 'test-host')), 'dir');
  await packageBy('test-release', testConfig(release, 'test-release'), 'dir');
  writeStamp('package-tests', digest);
  return made;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runScript(async () => {
    const args = process.argv.slice(2);
    const unknown = args.filter((arg) => arg !== '--dir' && arg !== '--test-host');
    if (unknown.length > 0) throw new Problem('Usage: npm run package [-- --dir | --test-host]');
    await setup({ quiet: true });
    await step('package', async () => {
      if (args.includes('--test-host')) return { note: Object.values(await packageForTests()).join(' ') };
      return { note: await packageBy('release', await releaseConfig(), args.length > 0 ? 'dir' : undefined) };
    });
  });
}
