/** Private folders of clients, and the removal of those that killed processes left. */
import { readlinkSync, readFileSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';

/**
 * The name says whose folder it is: process, seconds that the computer had been up (clocks are set, this counts on),
 * and namespace of process numbers, 0 where there are none.
 */
const namePattern = /^govc-(\d+)-(\d+)-(\d+)-[A-Za-z0-9]{6}$/;
/** Seconds by which two readings of the same moment may differ. */
const tolerance = 2;
/** Clock ticks of Linux per second, as every build of it reports them to programs. */
const ticksPerSecond = 100;

/** Makes a folder that only this user may enter, and removes those that dead processes left beside it. */
export async function makePrivateFolder(parent: string): Promise<string> {
  await sweepPrivateFolders(parent).catch(() => undefined);
  // mkdtemp gives mode 0700.
  const owner = `${String(process.pid)}-${String(Math.floor(uptime()))}-${pidNamespace()}`;
  return mkdtemp(join(parent, `govc-${owner}-`));
}

/** Removes this user's private folders whose process is dead. A folder of which that is not certain stays. */
async function sweepPrivateFolders(parent: string): Promise<void> {
  // Where others may rename what is ours, a path cannot be trusted from one call to the next.
  if (process.platform !== 'win32' && isOpenToOthers((await stat(parent)).mode)) return;
  for (const name of await readdir(parent)) {
    const [, pid, up, namespace] = namePattern.exec(name) ?? [];
    if (pid === undefined || namespace !== pidNamespace() || isAlive(Number(pid), Number(up))) continue;
    const path = join(parent, name);
    const info = await lstat(path).catch(() => undefined);
    const own = process.getuid === undefined || info?.uid === process.getuid();
    if (info?.isDirectory() !== true || !own) continue;
    // Another process may be removing it too.
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Writable by others, and without the bit that lets only the owner rename and remove. */
const isOpenToOthers = (mode: number): boolean => (mode & 0o022) !== 0 && (mode & 0o1000) === 0;

function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/** Whether the process that made a folder when the computer had been up for `then` seconds may still be there. */
function isAlive(pid: number, then: number): boolean {
  if (then > uptime() + tolerance) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
  }
  const started = startOf(pid);
  // A process that began later only has the number.
  return started === undefined || started <= then + tolerance;
}

/** Seconds that the computer had been up when the process began; undefined where the system does not tell. */
function startOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const ticks = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
    return Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined;
  } catch {
    return undefined;
  }
}
