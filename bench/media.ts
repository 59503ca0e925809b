/**
 * Speed of media verification, beside `openssl dgst` and `sha256sum` on the same files in the same run.
 * `node bench/media.ts [gigabytes of the one image, default 8]`. Needs twice that in the temporary folder.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { unwrap } from '../core/errors.ts';
import { createMedium } from '../main/adapters/media/create.ts';
import { temporaryMemory, verifyMedium } from '../main/adapters/media/medium.ts';
import { formatSecretKey, generateKeyPair } from '../main/adapters/media/minisign.ts';
import { readOva } from '../main/adapters/media/ova-reader.ts';
import { writeLargeOva } from './large-ova.ts';

const gigabytes = Number(process.argv[2] ?? '8');
const folder = mkdtempSync(path.join(tmpdir(), 'edge-bench-media-'));

async function seconds(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** The best of three: the machine does other things too. */
async function best(work: () => unknown): Promise<number> {
  const runs: number[] = [];
  for (let run = 0; run < 3; run++) runs.push(await seconds(work));
  return Math.min(...runs);
}

function run(program: string, ...args: readonly string[]): void {
  const done = spawnSync(program, args, { stdio: 'ignore' });
  if (done.status !== 0) throw new Error(`${program} failed`);
}

const row = (what: string, time: number, gb: number, ratio: string): void =>
  console.log(
    `${what.padEnd(46)} ${time.toFixed(2).padStart(7)} s ${(gb / time).toFixed(2).padStart(6)} GB/s  ${ratio}`,
  );

async function oneImage(): Promise<void> {
  const file = path.join(folder, 'one.ova');
  await writeLargeOva(file, gigabytes * 1e9);
  const gb = statSync(file).size / 1e9;
  const openssl = await best(() => run('openssl', 'dgst', '-sha256', file));
  const ours = await best(async () => unwrap(await readOva(file)));
  const single = await best(async () => unwrap(await readOva(file, { threads: 1 })));
  const sum = await seconds(() => run('sha256sum', file));
  row('openssl dgst -sha256', openssl, gb, '');
  row('sha256sum', sum, gb, '');
  row(
    'one image, two hash threads',
    ours,
    gb,
    `${(openssl / ours).toFixed(2)} x openssl, ${(sum / ours).toFixed(2)} x sha256sum`,
  );
  row(
    'one image, one hash thread',
    single,
    gb,
    `${(openssl / single).toFixed(2)} x openssl, ${(sum / single).toFixed(2)} x sha256sum`,
  );
  const peak = execFileSync(process.execPath, [fileURLToPath(new URL('read-peak.ts', import.meta.url)), file], {
    encoding: 'utf8',
  });
  console.log(`peak memory of a process that reads it: ${peak.trim()} MB`);
  rmSync(file);
}

async function fourImages(): Promise<void> {
  const names = ['logs', 'core', 'api', 'backup'];
  const each = gigabytes / 4;
  for (const name of names) await writeLargeOva(path.join(folder, `${name}.ova`), each * 1e9);
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
  const memory = temporaryMemory();
  const verify = async (concurrency: number, remembered = temporaryMemory()): Promise<void> => {
    unwrap(
      await verifyMedium({
        folder,
        trustedKeys: [{ name: 'bench', publicKeyText: pair.publicKey }],
        nowIso: '2026-12-01T00:00:00Z',
        memory: remembered,
        concurrency,
      }),
    );
  };
  const gb = names.reduce((sum, name) => sum + statSync(path.join(folder, `${name}.ova`)).size, 0) / 1e9;
  const inTurn = await best(async () => {
    for (const name of names) unwrap(await readOva(path.join(folder, `${name}.ova`), { threads: 0 }));
  });
  const twoThreads = await best(() => verify(1));
  const atOnce = await best(() => verify(4));
  await verify(4, memory);
  const again = await best(() => verify(4, memory));
  row('four images in turn, all on one thread', inTurn, gb, '');
  row('four images in turn, two hash threads', twoThreads, gb, `${(inTurn / twoThreads).toFixed(2)} x in turn`);
  row('four images at once', atOnce, gb, `${(inTurn / atOnce).toFixed(2)} x in turn`);
  row('the same medium again, unchanged', again, gb, '');
}

console.log(`${cpus().length} x ${cpus()[0]?.model ?? ''}, Node ${process.version}, ${gigabytes} GB`);
try {
  await oneImage();
  await fourImages();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
