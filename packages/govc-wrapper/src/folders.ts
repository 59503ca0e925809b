import { z } from 'zod';
import { parse } from './collect.ts';
import { argumentFor, entityTypes, findEntity, readTree } from './entities.ts';
import { GovcError, type GovcErrorKind } from './errors.ts';
import type { Session } from './session.ts';
import type { CallOptions, RemoveFoldersRequest } from './types.ts';

const listing = z.array(z.object({ folderPath: z.string(), file: z.array(z.object({ path: z.string() })).nullish() }));

/** With these vSphere refuses one folder: it is gone, not ours to remove, or of a datastore without plain folders. */
const harmless = new Set<GovcErrorKind>(['not-found', 'permission', 'invalid-state', 'already-exists']);

/**
 * Removes those of the folders that exist and are empty; gives their names. vSphere removes a folder with all that is
 * in it, so each one is looked at immediately before.
 */
export async function removeEmptyFolders(
  session: Session,
  request: RemoveFoldersRequest,
  options: CallOptions,
): Promise<readonly string[]> {
  const wrong = request.folders.find((name) => !/^[^/[\]*?\\]+$/.test(name) || name === '.' || name === '..');
  if (wrong !== undefined) throw new GovcError('invalid-argument', `"${wrong}" cannot be the name of a folder.`);
  if (request.folders.length === 0) return [];
  const datastore = findEntity(await readTree(session, options), entityTypes.datastore, request.datastore, 'datastore');
  const place = ['-ds', argumentFor(datastore)];
  const list = async (path: readonly string[]) => {
    const args = ['datastore.ls', '-json', '-a', ...place, ...path];
    const [found] = parse(listing, await session.command(args, { signal: options.signal }), args);
    return {
      path: found?.folderPath.replace(/\/$/, '').trim(),
      names: (found?.file ?? []).map(({ path: name }) => name),
    };
  };
  const existing = new Set((await list([])).names);
  const removed: string[] = [];
  for (const name of request.folders.filter((one) => existing.has(one))) {
    try {
      const inside = await list([name]);
      // The path is another one when the name is that of a file.
      if (inside.names.length > 0 || inside.path !== `[${datastore.name}] ${name}`) continue;
      await session.command(['datastore.rm', ...place, name], {
        signal: options.signal,
        limitMs: session.limits.change,
      });
      removed.push(name);
    } catch (error) {
      if (!(error instanceof GovcError) || !harmless.has(error.kind)) throw error;
    }
  }
  return removed;
}
