import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeLines } from '../../../main/system/files/lines.ts';

const writer = join(__dirname, 'writer.ts');
const kills = 200;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-crash-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Starts the writer and kills it `delay` ms after its first line. Returns the number of confirmed lines. */
function killedWriter(delay: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [writer, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let confirmed = '';
    child.on('error', reject);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (confirmed === '') setTimeout(() => child.kill('SIGKILL'), delay);
      confirmed += chunk;
    });
    child.on('close', () => resolve(confirmed.split('\n').length - 1));
  });
}

describe('a writer that is killed', () => {
  it(
    `at ${kills} moments leaves the old state or the new one, and every confirmed line`,
    { timeout: 300_000 },
    async () => {
      const journal = join(folder, 'journal');
      let torn = 0;
      for (let kill = 0; kill < kills; kill += 1) {
        await unlink(journal).catch(() => undefined);
        const confirmed = await killedWriter((kill * 7.3) % 23);
        const lines = wholeLines(await readFile(journal, 'utf8').catch(() => ''));
        expect(lines.length).toBeGreaterThanOrEqual(confirmed);
        expect(lines).toEqual(Array.from({ length: lines.length }, (_, index) => `line ${index + 1}`));
        const state = await readFile(join(folder, 'state'), 'utf8');
        const [round = ''] = state.split('\n', 1);
        expect(state === `${round}\n`.repeat(20_000), `state after kill ${kill}`).toBe(true);
        expect(Number(round)).toBeGreaterThanOrEqual(confirmed);
        const temporary = (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
        torn += temporary.length;
        for (const name of temporary) await unlink(join(folder, name));
      }
      // Otherwise no write was in progress at the kills, and the test proved nothing.
      expect(torn).toBeGreaterThan(kills / 20);
    },
  );
});

const canMount = process.platform === 'linux' && spawnSync('unshare', ['-m', 'true']).status === 0;
if (!canMount) process.stderr.write('Skipped, a small disk can only be mounted by root on Linux\n');

describe.skipIf(!canMount)('a full disk', () => {
  it('keeps the old file and all complete lines, and is named', () => {
    const { stdout } = spawnSync(
      'unshare',
      [
        '-m',
        'sh',
        '-c',
        'mount -t tmpfs -o size=256k none "$2" && exec "$0" "$1" "$2"',
        process.execPath,
        join(__dirname, 'full-disk.ts'),
        folder,
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
    const full = (path: string) => ({
      ok: false,
      failure: { kind: 'operation', code: 'files.no-space', params: { path: join(folder, path), reason: 'ENOSPC' } },
    });
    expect(JSON.parse(stdout)).toEqual({
      first: { ok: true },
      second: full('state'),
      state: 'a',
      files: ['journal', 'state'],
      lastAppend: full('journal'),
      journalIsWhole: true,
      afterwards: { ok: true },
    });
  });
});
