/** The npm part of the set-up: installs package-lock.json into node_modules and runs a few listed install scripts. */
import { existsSync, readFileSync } from 'node:fs';
import { inCheckout, node24 } from './checkout.mjs';
import { run } from './child.mjs';
import { Problem } from './problem.mjs';

/** Packages whose install script runs: Node 24 installs its binary, keytar its binding. All others are refused. */
const withInstallScript = ['node', 'keytar'];

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const windowsShell = process.platform === 'win32' ? ['/d', '/s', '/c'] : undefined;

const npmRun = (args) =>
  windowsShell === undefined ? run(npm, args) : run('cmd.exe', [...windowsShell, npm, ...args]);

const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

/** npm records the installed packages in node_modules/.package-lock.json: it is compared with package-lock.json. */
export function dependenciesInstalled() {
  const wanted = readJson(inCheckout('package-lock.json'))?.packages ?? {};
  const found = readJson(inCheckout('node_modules', '.package-lock.json'))?.packages;
  if (found === undefined) return false;
  return Object.entries(wanted).every(([path, { version, link, optional, peer }]) => {
    if (!path.startsWith('node_modules/') || link === true) return true;
    // A missing optional package is for another system.
    if (found[path] === undefined) return optional === true || peer === true;
    return found[path].version === version;
  });
}

const bindingsBuilt = () =>
  existsSync(node24) && existsSync(inCheckout('node_modules', 'keytar', 'build', 'Release', 'keytar.node'));

const lastLines = (output) =>
  output
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^npm (warn|notice)/i.test(line))
    .slice(-8)
    .join('\n');

async function npmMust(args, sentence) {
  const { code, output } = await npmRun([...args, '--loglevel=error', '--no-progress', '--no-audit', '--no-fund']);
  if (code !== 0) throw new Problem(`${sentence}\n${lastLines(output)}`);
}

/** Installs missing packages. Returns whether it made a change. */
export async function installDependencies() {
  const installed = dependenciesInstalled();
  if (installed && bindingsBuilt()) return false;
  if (!installed) {
    await npmMust(['ci'], 'npm could not install the dependencies. Is the package registry reachable?');
  }
  await npmMust(
    ['rebuild', ...withInstallScript, '--ignore-scripts=false'],
    'Node 24 or the keychain binding could not be set up.',
  );
  if (!bindingsBuilt())
    throw new Problem('npm said that Node 24 and the keychain binding are there, but they are not.');
  return true;
}
