import { setTimeout as pause } from 'node:timers/promises';
import { readTree, vmArgument } from './entities.ts';
import { GovcError } from './errors.ts';
import { removeEmptyFolders } from './folders.ts';
import { morefOf, readVm } from './read-vms.ts';
import type { Session } from './session.ts';
import type { DestroyOptions, VmRef } from './types.ts';
import { changeVerified } from './verified-change.ts';

/** Milliseconds between two attempts on a busy VM. */
const busyInterval = 2_000;

const isBusy = (error: unknown): boolean =>
  error instanceof GovcError && error.kind === 'invalid-state' && error.fault === 'TaskInProgress';

/**
 * Powers off and deletes a VM, and removes the folders of its disks that are empty then. See {@link DestroyOptions}.
 */
export async function destroy(session: Session, ref: VmRef, options: DestroyOptions): Promise<void> {
  const before = await readTree(session, options);
  const moref = morefOf(ref, before);
  const { disks } = await readVm(session, moref, Promise.resolve(before), options);
  const deadline = performance.now() + session.limits.busy;
  while (!(await destroyOnce(session, moref, options, performance.now() < deadline))) {
    options.onBusy?.();
    await wait(busyInterval, options.signal);
  }
  for (const [datastore, folders] of foldersOf(disks)) {
    // The VM is gone, also where a folder cannot be removed: two datastores of one name, no right to look into it.
    await removeEmptyFolders(session, { datastore, folders }, options).catch((error: unknown) => {
      if (!(error instanceof GovcError) || error.kind === 'aborted') throw error;
    });
  }
}

/** False when the VM is busy and there is time to wait. */
async function destroyOnce(
  session: Session,
  moref: string,
  options: DestroyOptions,
  mayWait: boolean,
): Promise<boolean> {
  const isGone = async (): Promise<true | undefined> =>
    (await readTree(session, options)).get(moref) === undefined ? true : undefined;
  const args = ['vm.destroy', '-xml', vmArgument({ type: 'VirtualMachine', value: moref })];
  const limits = { signal: options.signal, limitMs: session.limits.change };
  try {
    return await changeVerified('the VM is still there', () => session.command(args, limits), isGone);
  } catch (error) {
    if (mayWait && isBusy(error)) return false;
    // When a lease ends, vSphere removes the VM of its import.
    if (error instanceof GovcError && error.kind === 'not-found' && (await isGone())) return true;
    throw error;
  }
}

async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(milliseconds, undefined, { signal });
  } catch (cause) {
    throw new GovcError('aborted', 'Stopped on request.', { cause });
  }
}

/** Folders at the top of a datastore that hold a disk, by the datastore's name. */
function foldersOf(disks: readonly { readonly fileName: string }[]): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const { fileName } of disks) {
    const [, datastore, folder] = /^\[([^\]]+)\] ([^/]+)\/[^/]+$/.exec(fileName) ?? [];
    if (datastore === undefined || folder === undefined) continue;
    const known = folders.get(datastore) ?? [];
    if (!known.includes(folder)) folders.set(datastore, [...known, folder]);
  }
  return folders;
}
