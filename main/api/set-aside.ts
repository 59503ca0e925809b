/** Discarded versions of a site file: each is kept beside the site file under its own name. */
import { readdir, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { ok, type Result } from '../../core/base/errors.ts';
import { errnoOf, fileFailure } from '../system/files/file-failure.ts';
import { makeFolder } from '../system/files/inputs.ts';

/** Most versions kept per site file; the oldest are deleted. */
const mostVersions = 20;

const two = (value: number): string => String(value).padStart(2, '0');

/** Local time, for readers: `20261128-170712`. */
const stamp = (at: Date): string =>
  `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

interface Version {
  readonly name: string;
  readonly stamp: string;
  /** Counts the versions of one second, from 1. */
  readonly number: number;
}

/** The versions of `stem` in `folder`, the newest first. */
async function versionsOf(folder: string, stem: string): Promise<readonly Version[]> {
  const pattern = new RegExp(String.raw`^${escaped(stem)}\.bak-(\d{8}-\d{6})(?:-(\d+))?\.yaml$`);
  const names = await readdir(folder).catch(() => []);
  return names
    .flatMap((name): Version[] => {
      const [, time, number = '1'] = pattern.exec(name) ?? [];
      return time === undefined ? [] : [{ name, stamp: time, number: Number(number) }];
    })
    .toSorted((a, b) => b.stamp.localeCompare(a.stamp) || b.number - a.number);
}

/** Fails with the codes of `fileFailure`. */
async function writeVersion(folder: string, stem: string, text: string, at: Date): Promise<Result<string>> {
  const made = await makeFolder(folder);
  if (!made.ok) return made;
  const name = `${stem}.bak-${stamp(at)}`;
  const earlier = (await versionsOf(folder, stem)).find((one) => one.stamp === stamp(at));
  for (let number = (earlier?.number ?? 0) + 1; ; number += 1) {
    const path = join(folder, number === 1 ? `${name}.yaml` : `${name}-${number}.yaml`);
    try {
      await writeFile(path, text, { flag: 'wx', mode: 0o644, flush: true });
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') continue;
      return { ok: false, failure: fileFailure(path, error) };
    }
    // Deletes the oldest versions; a version that cannot be deleted stays.
    const old = (await versionsOf(folder, stem)).slice(mostVersions);
    await Promise.all(old.map((one) => unlink(join(folder, one.name)).catch(() => undefined)));
    return ok(path);
  }
}

/**
 * Writes `text`, a version of the site file at `path`, as `<name>.bak-<time>.yaml` beside it, or among this computer's
 * records if that folder is not writable. Returns the path. Keeps the newest 20 of a name. Fails with `files.*`.
 */
export async function setAside(
  path: string,
  text: string,
  { stateDir, now }: { readonly stateDir: string; readonly now: () => Date },
): Promise<Result<{ readonly path: string }>> {
  const stem = basename(path, extname(path));
  const at = now();
  const beside = await writeVersion(dirname(path), stem, text, at);
  if (beside.ok) return ok({ path: beside.value });
  const withRecords = await writeVersion(join(stateDir, 'set-aside'), stem, text, at);
  return withRecords.ok ? ok({ path: withRecords.value }) : beside;
}
