/**
 * Speed of media verification, beside `openssl dgst` and `sha256sum` on the same files in the same run.
 * `node bench/media.ts [gigabytes of the one image, default 8]`. Needs twice that in the temporary folder.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { unwrap } from '../core/base/errors.ts';
import { createMedium } from '../main/adapters/media/catalogue/create.ts';
import { temporaryMemory, verifyMedium } from '../main/adapters/media/medium/medium.ts';
import { formatSecretKey, generateKeyPair } from '../main/adapters/media/catalogue/minisign.ts';
import { readOva } from '../main/adapters/media/image/ova-reader.ts';
import { writeLargeOva } from './large-ova.ts';

const reader = fileURLToPath(new URL('read-peak.ts', import.meta.url));
const gigabytes = Number(process.argv[2] ?? '8');
const folder = mkdtempSync(path.join(tmpdir(), 'edge-bench-media-'));

type Work = () => unknown;

async function seconds(work: Work): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

const roundsOfAll = 3;

/**
 * The best time of each command, in seconds. The commands take turns in each round, so that another load
 * of the machine slows all of them down.
 */
async function best<Name extends string>(works: Readonly<Record<Name, Work>>): Promise<Record<Name, number>> {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, Infinity])) as Record<Name, number>;
  for (let round = 0; round < roundsOfAll; round++) {
    for (const name of names) times[name] = Math.min(times[name], await seconds(works[name]));
  }
  return times;
}

function run(program: string, ...args: readonly string[]): void {
  const done = spawnSync(program, args, { stdio: 'ignore' });
  if (done.status !== 0) throw new Error(`${program} failed`);
}

const times = (ratio: number, what: string): string => `${ratio.toFixed(2)} x ${what}`;

const row = (what: string, time: number, gb: number, ...ratios: readonly string[]): void =>
  console.log(
    `${what.padEnd(46)} ${time.toFixed(2).padStart(7)} s ${(gb / time).toFixed(2).padStart(6)} GB/s  ${ratios.join(', ')}`,
  );

async function oneImage(): Promise<void> {
  const file = path.join(folder, 'one.ova');
  await writeLargeOva(file, gigabytes * 1e9);
  const gb = statSync(file).size / 1e9;
  const { openssl, sum, two, one } = await best({
    openssl: () => run('openssl', 'dgst', '-sha256', file),
    sum: () => run('sha256sum', file),
    two: async () => unwrap(await readOva(file)),
    one: async () => unwrap(await readOva(file, { threads: 1 })),
  });
  const ratios = (time: number): string[] => [times(openssl / time, 'openssl'), times(sum / time, 'sha256sum')];
  row('openssl dgst -sha256', openssl, gb);
  row('sha256sum', sum, gb);
  row('one image, two hash threads', two, gb, ...ratios(two));
  row('one image, one hash thread', one, gb, ...ratios(one));
  const peak = execFileSync(process.execPath, [reader, file], { encoding: 'utf8' });
  console.log(`peak memory of a process that reads it: ${peak.trim()} MB`);
  rmSync(file);
}

async function fourImages(): Promise<void> {
  const names = ['logs', 'core', 'api', 'backup'];
  const files = names.map((name) => path.join(folder, `${name}.ova`));
  for (const file of files) await writeLargeOva(file, (gigabytes / 4) * 1e9);
  const pair = generateKeyPair();
  unwrap(
    await createMedium({
      folder,
      secretKeyText: await formatSecretKey(pair.secretKey),
      release: '1',
      created: '2026-11-20T10:00:00Z',
      expires: '2027-11-20T10:00:00Z',
    }),
  );
  const verify = async (concurrency: number, memory = temporaryMemory()): Promise<void> => {
    unwrap(
      await verifyMedium({
        folder,
        trustedKeys: [{ name: 'bench', publicKeyText: pair.publicKey }],
        nowIso: '2026-12-01T00:00:00Z',
        memory,
        concurrency,
      }),
    );
  };
  const memory = temporaryMemory();
  await verify(availableParallelism(), memory);
  const gb = files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e9;
  const { sums, openssl, inTurn, twoThreads, atOnce, again } = await best({
    sums: () => run('sha256sum', ...files),
    openssl: () => run('openssl', 'dgst', '-sha256', ...files),
    // Otherwise the read would also run on the other core.
    inTurn: () => run('taskset', '-c', '0', process.execPath, reader, '--threads=0', ...files),
    twoThreads: () => verify(1),
    atOnce: () => verify(availableParallelism()),
    again: () => verify(availableParallelism(), memory),
  });
  row('sha256sum, four files in turn', sums, gb);
  row('openssl dgst -sha256, four files in turn', openssl, gb);
  row('four images in turn, on one core', inTurn, gb, times(sums / inTurn, 'sha256sum'));
  row('four images in turn, on all cores', twoThreads, gb, times(inTurn / twoThreads, 'in turn on one core'));
  row(
    'four images at once',
    atOnce,
    gb,
    times(inTurn / atOnce, 'in turn on one core'),
    times(openssl / atOnce, 'openssl'),
    times(sums / atOnce, 'sha256sum'),
  );
  row('the same medium again, unchanged', again, gb);
}

console.log(`${cpus().length} x ${cpus()[0]?.model ?? ''}, Node ${process.version}, ${gigabytes} GB`);
try {
  await oneImage();
  await fourImages();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
