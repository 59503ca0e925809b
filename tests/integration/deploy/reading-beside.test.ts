/**
 * A large medium is read while VMs are deployed: real images, larger than the bytes that are read before the first
 * upload.
 */
import { open, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeLargeOva } from '../../../bench/large-ova.ts';
import { exitCodes } from '../../../core/base/errors.ts';
import type { RunEvent } from '../../../core/run/event.ts';
import { createMedium } from '../../../main/adapters/media/catalogue/create.ts';
import { formatSecretKey } from '../../../main/adapters/media/catalogue/minisign.ts';
import { keptMedia } from '../../../main/records/kept-media.ts';
import { keptRuns } from '../../../main/records/journal.ts';
import { keptVms, type Laboratory, openLaboratory, run, type RunEnd, value } from './laboratory.ts';

/** Large enough that the first uploads start while it is read. */
const largeBytes = 2e9;

let lab: Laboratory;
const inMedia = (name: string): string => join(lab.media, name);

/** The image of the All-in-One, which is deployed last, becomes a large one. */
async function enlarge(): Promise<void> {
  await writeLargeOva(inMedia('all-in-one.ova'), largeBytes);
  const now = Date.now();
  const seconds = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
  value(
    await createMedium({
      folder: lab.media,
      secretKeyText: await formatSecretKey(lab.signingKey),
      release: '2026.5',
      created: seconds(now - 60_000),
      expires: seconds(now + 9e9),
    }),
  );
}

beforeAll(async () => {
  lab = await openLaboratory();
  await enlarge();
});
afterAll(() => lab?.close());

const sequenceOf = (events: readonly RunEvent[], is: (event: RunEvent) => boolean): number =>
  events.find(is)?.sequence ?? Number.NaN;
const verified = (file: string) => (event: RunEvent) => event.kind === 'image-verified' && event.image.file === file;
const imported = (vm: string) => (event: RunEvent) =>
  event.kind === 'operation-started' && event.operation === 'create-machine' && event.vm === vm;
const readingEnds = (event: RunEvent): boolean => event.kind === 'stage-finished' && event.stage === 'images';
const mediaFinding = (events: readonly RunEvent[]): string[] =>
  events.flatMap((event) =>
    event.kind === 'findings'
      ? event.findings.filter(({ rule }) => rule === 'infrastructure.media').map(({ status }) => status)
      : [],
  );

async function flip(name: string, at: number): Promise<void> {
  const handle = await open(inMedia(name), 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  await handle.close();
}

const names = async (): Promise<string[]> =>
  (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat().map(({ name }) => name);

describe('a large medium with one bad image at its end', () => {
  let end: RunEnd;
  beforeAll(async () => {
    const { size } = await stat(inMedia('all-in-one.ova'));
    await flip('all-in-one.ova', size - 5000);
    end = await run(lab, { readFirst: 0 });
    await flip('all-in-one.ova', size - 5000);
  });

  it('is refused as altered, with the exit code of a trust failure', () => {
    if (end.result.ok) throw new Error('it went through');
    const { kind, code, params } = end.result.failure;
    expect([code, params['file'], exitCodes[kind]]).toEqual(['media.image-altered', 'all-in-one.ova', 4]);
    expect(mediaFinding(end.events)).toEqual(['pending', 'fail']);
  });

  it('is not uploaded beyond its proven images: the bad image gets no lease, and each started VM is complete', async () => {
    expect(end.events.some(imported('lab-all-in-one-1'))).toBe(false);
    const begun = new Set(end.events.flatMap((event) => (event.kind === 'operation-started' ? [event.vm] : [])));
    expect(begun.size).toBeGreaterThan(0);
    const vms = (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat();
    expect(new Set(vms.map(({ name }) => name))).toEqual(begun);
    expect(vms.every(({ poweredOn }) => poweredOn)).toBe(true);
  });

  it('leaves evidence of the proven images, and names the unproven ones', async () => {
    const media = await keptMedia(lab.stateDir, 'lab');
    const proven = new Map(media?.images.map(({ file, verifiedAt }) => [file, verifiedAt !== undefined]));
    expect(proven.get('edge-gw.ova')).toBe(true);
    expect(proven.get('all-in-one.ova')).toBe(false);
  });
});

describe('a large medium that is sound', () => {
  let end: RunEnd;
  beforeAll(async () => {
    end = await run(lab, { readFirst: 0 });
  });

  it('is deployed completely after the interruption', async () => {
    expect(end.result).toEqual({ ok: true, value: 'done' });
    expect((await names()).toSorted()).toHaveLength(9);
    expect(mediaFinding(end.events)).toEqual(['pending', 'pass']);
    const [last] = value(await keptRuns(lab.stateDir, 'lab')).slice(-1);
    expect(last?.state.findings.filter(({ rule }) => rule === 'infrastructure.media')).toMatchObject([
      { status: 'pass' },
    ]);
  });

  it('is still being read when the first upload starts', () => {
    const first = end.events.find((event) => event.kind === 'operation-started');
    expect(first?.sequence).toBeLessThan(sequenceOf(end.events, readingEnds));
  });

  it('has each image proven before its upload starts', () => {
    const imports = end.events.filter(
      (event) => event.kind === 'operation-started' && event.operation === 'create-machine',
    );
    expect(imports.length).toBeGreaterThan(0);
    for (const event of imports) {
      const file = 'vm' in event ? event.vm.replace(/^lab-(.*)-\d+$/, '$1.ova') : '';
      expect(sequenceOf(end.events, verified(file)), file).toBeLessThan(event.sequence);
    }
  });

  it('is not read a second time', async () => {
    const again = await run(lab, { readFirst: 0 });
    expect(again.result).toEqual({ ok: true, value: 'nothing-to-do' });
    // No image is unread, so it no longer counts as a large medium.
    expect(mediaFinding(again.events)).toEqual(['pass']);
  });
});

describe('a large medium that is stopped', () => {
  it('stops at once, including the reading', async () => {
    // Touches the images, so that they must be read again.
    await utimes(inMedia('all-in-one.ova'), new Date(), new Date());
    const stop = new AbortController();
    const end = await run(lab, {
      readFirst: 0,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === 'stage-started' && event.stage === 'preflight') stop.abort();
      },
    });
    expect(end.result).toMatchObject({ failure: { kind: 'cancelled' } });
    expect(end.events.at(-1)).toMatchObject({ kind: 'run-finished', outcome: 'cancelled' });
    expect(end.events.some(verified('all-in-one.ova'))).toBe(false);
  });
});
