// Builds govc and the vSphere simulator to build/bin. Nothing is built when nothing changed.
//
//   node tools/vsphere/build.mjs [--os linux|windows|darwin] [--arch amd64|arm64] [--force]
//
// A build for another system goes to build/bin/<os>-<arch>/. GOOS and GOARCH name systems, as everywhere in Go.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { argv, exit, stdout, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';

const moduleDir = dirname(fileURLToPath(import.meta.url));
const repoRoot = resolve(moduleDir, '../..');
const programs = [
  { name: 'govc', source: './govc' },
  { name: 'vsphere-simulator', source: './simulator' },
];
const flagsPackage = 'github.com/vmware/govmomi/cli/flags';

/** The message includes the remedy, since users see only the message. */
class BuildError extends Error {}

function go(args, env = {}) {
  const result = spawnSync('go', args, {
    cwd: moduleDir,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: { ...process.env, CGO_ENABLED: '0', ...env },
  });
  if (result.error?.code === 'ENOENT') {
    throw new BuildError(
      'Go is missing: install Go 1.25 or later (https://go.dev/dl) and make sure that `go` is in PATH.',
    );
  }
  if (result.error) throw result.error;
  if (result.status !== 0) throw new BuildError(`go ${args[0]} failed:\n${result.stderr.trim()}`);
  return result.stdout.trim();
}

function sources(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /(\.go|^go\.(mod|sum))$/.test(entry.name) ? [path] : [];
  });
}

/** A hash over all inputs of the binaries. */
function fingerprint(goVersion, system) {
  const hash = createHash('sha256').update(`${goVersion}\n${system.os}/${system.arch}\n`);
  for (const path of [...sources(moduleDir), join(moduleDir, 'build.mjs')].toSorted((a, b) => (a < b ? -1 : 1))) {
    hash.update(relative(moduleDir, path).replaceAll('\\', '/')).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** The format of `sha256sum`: the product proves a program by it before each start. */
const sumsOf = (paths) =>
  paths.map((path) => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${basename(path)}\n`).join('');

/** Replaces a file: another checkout may have a hard link to it. */
function writeWhole(path, text) {
  const partial = `${path}.${process.pid}.partial`;
  writeFileSync(partial, text);
  renameSync(partial, path);
}

/** Version of govmomi as go.mod pins it, 'v0.56.0'. */
export function govmomiVersion() {
  const pinned = /github\.com\/vmware\/govmomi (v\S+)/.exec(readFileSync(join(moduleDir, 'go.mod'), 'utf8'));
  if (!pinned) throw new BuildError('tools/vsphere/go.mod does not name github.com/vmware/govmomi.');
  return pinned[1];
}

/**
 * Builds both programs where needed and returns their paths.
 * @param {{ os?: string, arch?: string, force?: boolean, log?: (line: string) => void }} [options]
 * @returns {{ govc: string, simulator: string, built: boolean }}
 */
export function buildVsphere(options = {}) {
  const log = options.log ?? (() => {});
  const [goVersion, hostOs, hostArch] = go(['env', 'GOVERSION', 'GOHOSTOS', 'GOHOSTARCH']).split(/\r?\n/);
  const system = { os: options.os ?? hostOs, arch: options.arch ?? hostArch };
  const native = system.os === hostOs && system.arch === hostArch;
  const outDir = native ? join(repoRoot, 'build/bin') : join(repoRoot, 'build/bin', `${system.os}-${system.arch}`);
  const suffix = system.os === 'windows' ? '.exe' : '';
  const outputs = programs.map((program) => join(outDir, program.name + suffix));
  const [govc, simulator] = outputs;

  const stampFile = join(outDir, '.vsphere-build');
  const stamp = fingerprint(goVersion, system);
  const sumsFile = join(outDir, 'SHA256SUMS');
  const upToDate =
    existsSync(stampFile) &&
    readFileSync(stampFile, 'utf8') === stamp &&
    outputs.every(existsSync) &&
    existsSync(sumsFile) &&
    readFileSync(sumsFile, 'utf8') === sumsOf(outputs);
  if (upToDate && !options.force) {
    log('vsphere: govc and vsphere-simulator are up to date');
    return { govc, simulator, built: false };
  }

  mkdirSync(outDir, { recursive: true });
  programs.forEach((program, index) => {
    const started = Date.now();
    // -buildid= and -trimpath keep this machine's paths out of the file: two builds of one state are identical.
    const ldflags = `-s -w -buildid= -X ${flagsPackage}.BuildVersion=${govmomiVersion()}`;
    const partial = `${outputs[index]}.${process.pid}.partial`;
    go(['build', '-trimpath', '-buildvcs=false', '-ldflags', ldflags, '-o', partial, program.source], {
      GOOS: system.os,
      GOARCH: system.arch,
    });
    // Renamed when complete, so that two concurrent builds do not disturb each other.
    renameSync(partial, outputs[index]);
    log(`vsphere: built ${relative(repoRoot, outputs[index])} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  });
  writeWhole(sumsFile, sumsOf(outputs));
  writeWhole(stampFile, stamp);
  return { govc, simulator, built: true };
}

function optionsFrom(args) {
  const options = { log: (line) => stdout.write(`${line}\n`) };
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === '--force') options.force = true;
    else if ((args[i] === '--os' || args[i] === '--arch') && args[i + 1]) options[args[i].slice(2)] = args[(i += 1)];
    else throw new BuildError(`Unknown option ${args[i]}; known are --os, --arch and --force.`);
  }
  return options;
}

if (argv[1] && resolve(argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    buildVsphere(optionsFrom(argv.slice(2)));
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    stderr.write(`${error.message}\n`);
    exit(1);
  }
}
