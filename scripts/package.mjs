/**
 * `npm run package`: the installed application for this system, into build/package. `-- --dir` makes just the folder.
 * `-- --test-host` makes a folder on the Electron test host, which end-to-end tests can drive; it is never shipped.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { buildMain } from './build-main.mjs';
import { buildRenderer } from './build-renderer.mjs';
import { inCheckout } from './checkout.mjs';
import { electronTestHost, testHostVersion } from './electron-test-host.mjs';
import { Problem, runScript } from './problem.mjs';
import { setup } from './setup.mjs';
import { step } from './step-line.mjs';

async function releaseConfig() {
  const { parse } = await import('yaml');
  return parse(readFileSync(inCheckout('electron-builder.yml'), 'utf8'));
}

/** electron-builder lays an object over its default file; a file of its own it takes as it is. */
function configFile(config) {
  const path = inCheckout('build', 'electron-builder.json');
  writeFileSync(path, JSON.stringify(config, null, 2));
  return path;
}

/** The same application with the bootstrap in front, and open to Playwright. */
async function testHostConfig(config) {
  await electronTestHost();
  await buildRenderer('test-host');
  await buildMain('test-host');
  // Electron 22 has no such fuse yet.
  const { grantFileProtocolExtraPrivileges: _, ...fuses } = config.electronFuses;
  return {
    ...config,
    directories: { ...config.directories, output: 'build/package-test-host' },
    files: [...config.files, 'dist/test-host/**', '!dist/test-host/package.json', '!**/*.map'],
    extraMetadata: { main: 'dist/test-host/bootstrap.cjs' },
    electronDist: inCheckout('build', 'electron-test-host', testHostVersion),
    electronVersion: testHostVersion,
    electronFuses: { ...fuses, enableNodeCliInspectArguments: true },
  };
}

await runScript(async () => {
  const args = process.argv.slice(2);
  const unknown = args.filter((arg) => arg !== '--dir' && arg !== '--test-host');
  if (unknown.length > 0) throw new Problem('Usage: npm run package [-- --dir | --test-host]');
  const forTestHost = args.includes('--test-host');
  await setup({ quiet: true });
  const { build, Platform } = await import('electron-builder');
  await step('package', async () => {
    const release = await releaseConfig();
    const config = forTestHost ? await testHostConfig(release) : release;
    const target = args.length > 0 ? 'dir' : undefined;
    await build({
      config: configFile(config),
      projectDir: inCheckout(),
      targets: Platform.current().createTarget(target),
      publish: 'never',
    });
    return { note: config.directories.output };
  });
});
