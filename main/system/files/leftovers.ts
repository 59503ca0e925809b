/** Temporary files: their names, and the removal of those that a killed process left. */
import { randomBytes } from 'node:crypto';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hostTag, isRunning } from './running.ts';

/** Age in ms from which a temporary file of another computer counts as stale. */
const dayMs = 24 * 3600 * 1000;

/** The name of a temporary file. It contains its writer: `<start>.<pid>.<computer>.<random><end>`. */
export const temporaryName = (start: string, end: string): string =>
  `${start}.${process.pid}.${hostTag()}.${randomBytes(6).toString('hex')}${end}`;

/**
 * Removes files of `folder` named by {@link temporaryName} whose process has ended, and those that are a day old.
 * Never fails: a file that cannot be removed stays.
 */
export async function removeLeftovers(folder: string, start: string, end: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(`${start}.`) || !name.endsWith(end)) continue;
    const [, pid, host] = /\.(\d{1,10})\.([0-9a-f]{8})\.[0-9a-f]{12}$/.exec(name.slice(0, -end.length)) ?? [];
    if (pid === undefined) continue;
    const path = join(folder, name);
    const ended = host === hostTag() && !isRunning(Number(pid));
    const old = async (): Promise<boolean> => Date.now() - (await stat(path)).mtimeMs > dayMs;
    if (ended || (await old().catch(() => false))) await unlink(path).catch(() => undefined);
  }
}
