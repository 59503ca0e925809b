import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateFolder } from '../src/home.ts';

let parent: string;
let namespace: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'private-folders-'));
  const own = await makePrivateFolder(parent);
  namespace = /-(\d+)-[^-]+$/.exec(own)?.[1] ?? '';
  await rm(own, { recursive: true });
});
afterEach(() => rm(parent, { recursive: true, force: true }));

/** The PID of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
const now = (): number => Math.floor(uptime());
const nameOf = (pid: number, up: number, of = namespace): string => `govc-${String(pid)}-${String(up)}-${of}-AbCd12`;
const leave = async (name: string): Promise<string> => {
  await mkdir(join(parent, name), { mode: 0o700 });
  await writeFile(join(parent, name, 'value-1'), 'secret');
  return name;
};
/** The other folders after the sweep. */
async function sweep(): Promise<string[]> {
  const own = await makePrivateFolder(parent);
  await rm(own, { recursive: true });
  return (await readdir(parent)).toSorted();
}

describe('a private folder', () => {
  it('is removed at the next use if its process is dead', async () => {
    await leave(nameOf(deadPid(), now()));
    expect(await sweep()).toEqual([]);
  });

  it('stays if its process is alive', async () => {
    const name = await leave(nameOf(process.pid, now()));
    expect(await sweep()).toEqual([name]);
  });

  it('from before the boot is removed, although another process has the PID', async () => {
    await leave(nameOf(process.pid, now() + 100_000));
    expect(await sweep()).toEqual([]);
  });

  it('is removed if a later process has its PID', async ({ skip }) => {
    if (process.platform !== 'linux') skip('only Linux tells when a process began');
    const stat = await readFile('/proc/self/stat', 'utf8');
    const began = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) / 100;
    await leave(nameOf(process.pid, Math.floor(began) - 10));
    expect(await sweep()).toEqual([]);
  });

  it('of another PID namespace stays: its PIDs are unknown', async () => {
    const name = await leave(nameOf(deadPid(), now(), '1'));
    expect(await sweep()).toEqual([name]);
  });

  it('of another user stays', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('only root can make a folder of another user');
    const name = await leave(nameOf(deadPid(), now()));
    spawnSync('chown', ['65534', join(parent, name)]);
    expect(await sweep()).toEqual([name]);
  });

  it('stays if it is a link or a file, and so does the target of the link', async () => {
    const [pid, up] = [deadPid(), now()];
    const target = await leave('precious');
    await symlink(join(parent, target), join(parent, nameOf(pid, up)));
    await writeFile(join(parent, nameOf(pid, up + 1).replace('Ab', 'Xy')), '');
    expect(await sweep()).toEqual([nameOf(pid, up), nameOf(pid, up + 1).replace('Ab', 'Xy'), target].toSorted());
    await expect(readFile(join(parent, target, 'value-1'), 'utf8')).resolves.toBe('secret');
  });

  it('loses a link inside it, but not the target of the link', async () => {
    const target = await leave('precious');
    const name = await leave(nameOf(deadPid(), now()));
    await symlink(join(parent, target), join(parent, name, 'link'));
    expect(await sweep()).toEqual([target]);
    await expect(readFile(join(parent, target, 'value-1'), 'utf8')).resolves.toBe('secret');
  });

  it('stays if other users may rename it', async ({ skip }) => {
    if (process.platform === 'win32') skip('Windows has no such folder for temporary files');
    const name = await leave(nameOf(deadPid(), now()));
    await chmod(parent, 0o777);
    expect(await sweep()).toEqual([name]);
    await chmod(parent, 0o1777);
    expect(await sweep()).toEqual([]);
  });

  it('stays if its name has another form', async () => {
    const names = [await leave('govc-AbCd12'), await leave('govc-1-2-3-AbCd12x'), await leave('govc-cache')];
    expect(await sweep()).toEqual(names.toSorted());
  });
});
