/** The proof of a program, with the real govc and with replacements at its path. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { provenProgram } from '../../../main/system/processes/program.ts';
import { composeProgram, findRoot, programPath } from '../../../main/compose/services.ts';

const root = findRoot(import.meta.dirname);
const original = programPath(root, 'govc');
const sha256 = createHash('sha256')
  .update(await readFile(original))
  .digest('hex');

let folder: string;
let path: string;
let trace: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-program-'));
  path = join(folder, 'govc');
  trace = join(folder, 'trace');
  await copyFile(original, path);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ask = (expected: string | undefined = sha256) => provenProgram({ name: 'govc', path, sha256: expected });
const codeNow = async (): Promise<string> => {
  const answer = await ask();
  return answer.ok ? 'ok' : `${answer.failure.kind} ${answer.failure.code}`;
};
const script = (): string => `#!/bin/sh\necho "$GOVC_URL" > ${trace}\n`;

/** Puts another file at the path, as an installer or an attacker would. */
async function replace(content: string | Buffer): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o755 });
  await rename(`${path}.new`, path);
}

/** Flips a bit in place and puts the old times back. */
async function flipUnseen(): Promise<void> {
  const { atime, mtime, size } = await stat(path);
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, Math.floor(size / 2));
  await file.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, Math.floor(size / 2));
  await file.close();
  await utimes(path, atime, mtime);
}

describe('the built program', () => {
  it('is started, and has the hash of the list beside it', async () => {
    const answer = await composeProgram(root, 'govc')();
    if (!answer.ok) throw new Error(answer.failure.code);
    expect(execFileSync(answer.value, ['version'], { encoding: 'utf8' })).toMatch(/^govc /);
  });

  it.runIf(process.platform === 'linux')('is read once for many starts', async () => {
    const readBytes = async (): Promise<number> =>
      Number(/^rchar: (\d+)/m.exec(await readFile('/proc/self/io', 'utf8'))?.[1]);
    const before = await readBytes();
    expect(await Promise.all([codeNow(), codeNow(), codeNow()])).toEqual(['ok', 'ok', 'ok']);
    expect(await codeNow()).toBe('ok');
    const { size } = await stat(path);
    expect((await readBytes()) - before).toBeLessThan(1.5 * size);
  });

  it('is accepted again after a repair, and after a mere touch', async () => {
    await replace(script());
    expect(await codeNow()).toBe('trust common.program-altered');
    await replace(await readFile(original));
    expect(await codeNow()).toBe('ok');
    await utimes(path, new Date(), new Date());
    expect(await codeNow()).toBe('ok');
  });
});

describe('a replacement of the program', () => {
  it.each([
    ['a script', () => replace(script())],
    ['a program of its size', async () => replace(Buffer.alloc((await stat(path)).size))],
    ['the half of it', async () => truncate(path, Math.floor((await stat(path)).size / 2))],
    ['nothing', () => truncate(path, 0)],
    ['one wrong bit', flipUnseen],
    ['one byte more', () => appendFile(path, 'x')],
    [
      'a link to a script',
      async () => {
        await writeFile(`${path}.sh`, script(), { mode: 0o755 });
        await rm(path);
        await symlink(`${path}.sh`, path);
      },
    ],
    [
      'a device without an end',
      async () => {
        await rm(path);
        await symlink('/dev/zero', path);
      },
    ],
    [
      'a pipe',
      async () => {
        await rm(path);
        execFileSync('mkfifo', [path]);
      },
    ],
    [
      'a folder',
      async () => {
        await rm(path);
        await mkdir(path);
      },
    ],
  ])('%s is never started', async (_, put) => {
    await put();
    expect(await codeNow()).toBe('trust common.program-altered');
    // Also if the right program was proven before.
    await rm(path, { recursive: true });
    await copyFile(original, path);
    expect(await codeNow()).toBe('ok');
    await put();
    expect(await codeNow()).toBe('trust common.program-altered');
  });

  it.each([
    ['missing', () => rm(path)],
    ['not executable', () => chmod(path, 0o644)],
    [
      'behind a file instead of a folder',
      async () => {
        path = join(path, 'govc');
      },
    ],
  ])('a program that is %s has words of its own', async (_, put) => {
    await put();
    expect(await codeNow()).toBe('operation common.program-missing');
  });

  it('is not started if its hash is unknown', async () => {
    const answer = await provenProgram({ name: 'govc', path, sha256: undefined });
    expect(answer).toMatchObject({ ok: false, failure: { code: 'common.program-missing' } });
  });

  it.runIf(process.platform === 'linux')('does not run if it arrives between proof and start', async () => {
    const answer = await ask();
    if (!answer.ok) throw new Error(answer.failure.code);
    await replace(script());
    const started = spawnSync(answer.value, ['version'], { encoding: 'utf8', env: { GOVC_URL: 'secret' } });
    expect(started.stdout).toMatch(/^govc /);
    await expect(stat(trace)).rejects.toThrow('ENOENT');
  });
});
