/**
 * Commands that write, on a disk that fails at one call after the other: full, broken, read-only, over its quota, or a
 * write that takes only half. `npm test` tries a sample, the environment variable EDGE_DEEP=1 all of them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixedSeed, randomNumbers } from '../../fixtures/random-numbers.ts';
import { type FaultReport, type FaultTask, faultWays } from './fault-report.ts';

const deep = process.env.EDGE_DEEP === '1';
const canPreload = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;
if (!canPreload) process.stderr.write('Skipped, the faulty disk is a library that gcc makes for Linux\n');

/** Points of the sample per command. */
const sample: Readonly<Record<string, number>> = {
  'site save': 12,
  plan: 10,
  worksheet: 5,
  'secret set': 14,
  'media verify': 10,
  'handover create': 12,
  summary: 3,
  'deploy again': 4,
  deploy: 0,
  // Last, since its medium has no NOC.
  'media create': 10,
};

/** The sample of `npm test` is the same on every machine. */
const seed = Number(process.env.EDGE_SEED ?? fixedSeed);

function tasks(): FaultTask[] {
  const random = randomNumbers(seed);
  return Object.entries(sample).flatMap(([name, many]): FaultTask[] => {
    if (deep) return [{ name, points: name.startsWith('deploy') || name === 'summary' ? 'turns' : 'each' }];
    const points = Array.from({ length: many }, (_, index) => ({
      share: (index + random()) / many,
      ...(faultWays[Math.floor(random() * faultWays.length)] ?? { errno: 28, lasts: false }),
    }));
    return many === 0 ? [] : [{ name, points }];
  });
}

/** Failure codes of a fault; each failure names the file or folder. */
const typed = /^(files\.[a-z-]+|secrets\.vault-unusable|media\.file-unwritable|handover\.folder|summary\.pdf)$/;

describe.skipIf(!canPreload)('a failing disk', () => {
  let folder: string;
  let reports: FaultReport[];

  beforeAll(
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'edge-faults-'));
      const at = (name: string): string => join(folder, name);
      const library = at('disk-faults.so');
      const source = join(import.meta.dirname, 'disk-faults.c');
      const made = spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, source, '-ldl']);
      if (made.status !== 0) throw new Error(made.stderr.toString());
      await mkdir(at('disk'));
      await writeFile(at('control'), Buffer.alloc(20));
      const child = spawn(process.execPath, [join(import.meta.dirname, 'fault-worker.ts')], {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          ...process.env,
          TMPDIR: at('disk'),
          LD_PRELOAD: library,
          EDGE_FAULT_FOLDER: at('disk'),
          EDGE_FAULT_CONTROL: at('control'),
          EDGE_FAULT_REPORT: at('report.json'),
          EDGE_FAULT_TASKS: JSON.stringify(tasks()),
        },
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      if (code !== 0) throw new Error(`the worker ended with ${String(code)}`);
      reports = JSON.parse(await readFile(at('report.json'), 'utf8')) as FaultReport[];
    },
    deep ? 3_600_000 : 180_000,
  );
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(Object.keys(sample).filter((name) => deep || sample[name] !== 0))(
    `leaves the old content or the new, no other file, and is named: %s (seed ${seed})`,
    (name) => {
      const own = reports.filter((one) => one.name === name);
      expect(own.length).toBeGreaterThan(0);
      const hit = own.filter(({ fired }) => fired > 0);
      process.stderr.write(`${name}: ${own[0]?.of} calls, ${own.length} tried, ${hit.length} hit\n`);
      // A partial write needs a write; every other fault occurs.
      expect(own.filter(({ errno, fired }) => errno !== 0 && fired === 0)).toEqual([]);
      for (const { nth, errno, lasts, fired, code, said, torn, left } of own) {
        const where = `${name}, call ${nth}, errno ${errno}${lasts ? ' from then on' : ''}: ${said}`;
        expect(torn, where).toEqual([]);
        expect(left, where).toEqual([]);
        if (errno === 0 || fired === 0) {
          expect(code, where).toBe(0);
          continue;
        }
        if (code === 0) continue;
        const { error } = JSON.parse(said) as { error: { code: string; detail: string; remedy: string } };
        expect(error.code, where).toMatch(typed);
        expect(error.detail, where).toMatch(/\/|catalogue\.json/);
        expect(code, where).toBe(error.code === 'secrets.vault-unusable' ? 2 : 1);
      }
    },
  );
});
