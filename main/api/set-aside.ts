/** Versions of a site file that somebody gave up: each is kept beside the site file under a name of its own. */
import { readdir, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { ok, type Result } from '../../core/errors.ts';
import { errnoOf, fileFailure } from '../adapters/files/file-failure.ts';
import { makeFolder } from '../adapters/files/inputs.ts';

/** Of each site file; the oldest go. */
const mostVersions = 20;

const two = (value: number): string => String(value).padStart(2, '0');

/** Local time, as its user reads a clock: `20261128-170712`. */
const stamp = (at: Date): string =>
  `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Deletes the oldest versions beyond the limit. What cannot be deleted stays. */
async function tidy(folder: string, stem: string): Promise<void> {
  const version = new RegExp(String.raw`^${escaped(stem)}\.bak-(\d{8}-\d{6})(?:-(\d+))?\.yaml$`);
  const found = (await readdir(folder)).flatMap((name) => {
    const match = version.exec(name);
    return match === null ? [] : [{ name, order: `${match[1]}-${(match[2] ?? '').padStart(6, '0')}` }];
  });
  const old = found.toSorted((a, b) => b.order.localeCompare(a.order)).slice(mostVersions);
  await Promise.all(old.map(({ name }) => unlink(join(folder, name)).catch(() => undefined)));
}

/** Fails with the codes of `fileFailure`. */
async function writeVersion(folder: string, stem: string, text: string, at: Date): Promise<Result<string>> {
  const made = await makeFolder(folder);
  if (!made.ok) return made;
  const name = `${stem}.bak-${stamp(at)}`;
  for (let number = 1; ; number += 1) {
    const path = join(folder, number === 1 ? `${name}.yaml` : `${name}-${number}.yaml`);
    try {
      await writeFile(path, text, { flag: 'wx', mode: 0o644, flush: true });
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') continue;
      return { ok: false, failure: fileFailure(path, error) };
    }
    await tidy(folder, stem).catch(() => undefined);
    return ok(path);
  }
}

/**
 * Writes `text`, a version of the site file at `path`, as `<name>.bak-<time>.yaml` beside it, or with this computer's records where
 * that folder takes no file. Gives the path. Keeps the newest 20 of a name. Fails with `files.*`.
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
