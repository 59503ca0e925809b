/** State that another version wrote, or that is damaged: it does not stop the work, and each file is named. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure, Result } from '../../../../core/base/errors.ts';
import type { MediaFacts } from '../../../../core/media/facts.ts';
import type { RunEvent } from '../../../../core/run/event.ts';
import { openSite, saveSite } from '../../../../main/api/site-files.ts';
import { unsavedOf } from '../../../../main/api/unsaved.ts';
import { deployedFrom } from '../../../../main/records/deployed-sites.ts';
import { mediaMemory } from '../../../../main/records/media-memory.ts';
import { keepHandover, type KeptHandover, keptHandover } from '../../../../main/records/kept-handover.ts';
import { keepMedia, keptMedia } from '../../../../main/records/kept-media.ts';
import { keptRuns } from '../../../../main/records/journal.ts';
import { lockSite } from '../../../../main/records/site-lock.ts';
import { largestState } from '../../../../main/records/state-file.ts';

const site = 'acme';
let stateDir = '';
let warned: Failure[] = [];
const warn = (reason: Failure): void => void warned.push(reason);
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'edge-odd-'));
  warned = [];
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.failure.code);
  return result.value;
};

const time = '2026-11-22T10:00:00.000Z';

const media: MediaFacts = {
  folder: '/media',
  release: '2026.4',
  created: time,
  expires: time,
  catalogueSha256: '0'.repeat(64),
  signer: 'ale',
  keyId: 'E7620F1842B4E81F',
  signed: { catalogue: '{}', signature: 's', publicKey: 'p' },
  verifiedAt: time,
  toolVersion: '1.0.0',
  clockSuspect: false,
  images: [
    {
      components: ['logs'],
      file: 'logs.ova',
      sizeBytes: 1024,
      sha256: '1'.repeat(64),
      networks: ['LAN'],
      nics: ['LAN'],
      diskCapacityBytes: [1024],
      properties: [],
      verifiedAt: time,
      reused: false,
    },
  ],
  peers: [],
  recipients: ['age1x'],
};

const handover: KeptHandover = {
  createdAt: time,
  bundleFile: '/out/handover-acme.age',
  textFile: '/out/handover-acme.txt',
  qrPayload: 'q',
  sha256: '2'.repeat(64),
  confirmationCode: 'ABCD',
  recipients: ['age1x'],
  gateways: [],
};

const memory = { signers: { k: { release: '2026.4', created: time } }, newestSignedTime: time, verified: [] };
const started: RunEvent = { kind: 'run-started', site, stages: ['deploy'], run: 'r1', sequence: 1, at: time };

/** Each kind of state: its file, a good content, and how it is read and written. */
const kinds = [
  {
    name: 'media.json',
    good: media,
    read: () => keptMedia(stateDir, site, warn),
    write: async () => value(await keepMedia(stateDir, site, media)),
  },
  {
    name: 'handover.json',
    good: handover,
    read: () => keptHandover(stateDir, site, warn),
    write: async () => value(await keepHandover(stateDir, site, handover)),
  },
  {
    name: '../../media-memory.json',
    good: memory,
    read: async () => {
      const { signers } = await mediaMemory(stateDir, warn).load();
      return Object.keys(signers).length === 0 ? undefined : memory;
    },
    write: () => mediaMemory(stateDir, warn).save(memory),
  },
] as const;

const pathOf = (name: string): string => join(stateDir, 'sites', site, name);

/** Replacements of a state file. */
const oddities: readonly (readonly [what: string, make: (path: string, good: string) => Promise<unknown>])[] = [
  ['nothing at all', (path) => writeFile(path, '')],
  ['null', (path) => writeFile(path, 'null')],
  ['a list', (path) => writeFile(path, '[]')],
  ['a number', (path) => writeFile(path, '7')],
  ['an empty object', (path) => writeFile(path, '{}')],
  ['a truncated file', (path, good) => writeFile(path, good.slice(0, -9))],
  ['another version', (path, good) => writeFile(path, good.replaceAll('"2026-11-22T10:00:00.000Z"', '1795341600000'))],
  ['binary', (path) => writeFile(path, Buffer.from([0xff, 0xfe, 0, 1, 2, 0x80]))],
  [
    'a huge file',
    async (path, good) => {
      await writeFile(path, good);
      await truncate(path, largestState + 1);
    },
  ],
  ['a folder', (path) => mkdir(join(path, 'below'), { recursive: true })],
  ['a link to itself', (path) => symlink(path, path)],
  ...(process.platform === 'win32'
    ? []
    : ([['a named pipe', async (path: string) => spawnSync('mkfifo', [path])]] as const)),
];

describe.each(kinds)('$name', ({ name, good, read, write }) => {
  const path = (): string => pathOf(name);

  it('is read back as written, without a warning', async () => {
    expect(await read()).toBeUndefined();
    await mkdir(dirname(pathOf('x')), { recursive: true });
    await write();
    expect(await read()).toEqual(good);
    expect(warned).toEqual([]);
  });

  it.each(oddities)('counts as none if it is %s, is named, and does not block a write', async (_what, make) => {
    await mkdir(dirname(pathOf('x')), { recursive: true });
    await make(path(), JSON.stringify(good));
    expect(await read()).toBeUndefined();
    expect(warned.map(({ code, params }) => [code, params.path])).toEqual([['files.state-ignored', path()]]);
    await write();
    expect(await read()).toEqual(good);
  });
});

describe('a journal', () => {
  const path = (): string => pathOf(join('runs', 'r1.ndjson'));
  beforeEach(() => mkdir(dirname(path()), { recursive: true }));
  const states = async () => value(await keptRuns(stateDir, site, warn)).map(({ state }) => state);
  const finished: RunEvent = { kind: 'run-finished', outcome: 'done', run: 'r1', sequence: 99, at: time };

  it.each<readonly [string, string]>([
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '3'],
    ['no JSON', '\0\0\0'],
    ['an unknown kind', JSON.stringify({ ...started, kind: 'run-paused', sequence: 5 })],
    ['a missing field', JSON.stringify({ ...started, sequence: 5, stages: undefined })],
    ['a wrong type', JSON.stringify({ ...finished, sequence: 'five' })],
    ['a wrong time', JSON.stringify({ ...finished, sequence: 5, at: 'yesterday' })],
    ['work that is null', JSON.stringify({ ...started, kind: 'work-planned', sequence: 5, work: [null], drift: [] })],
    ['findings without a rule', JSON.stringify({ ...started, kind: 'findings', stage: 'check', findings: [{}] })],
  ])('with a line that is %s loses only this line', async (_what, line) => {
    await writeFile(path(), `${JSON.stringify(started)}\n${line}\n${JSON.stringify(finished)}\n`);
    expect(await states()).toMatchObject([{ run: 'r1', outcome: 'done', stages: [{ stage: 'deploy' }] }]);
    expect(warned.map(({ params }) => params.path)).toEqual([path()]);
  });

  it.each(oddities.filter(([what]) => what !== 'nothing at all'))(
    'counts as none if it is %s, and the others are read',
    async (_what, make) => {
      await make(path(), `${JSON.stringify(finished)}\n`);
      await writeFile(pathOf(join('runs', 'r2.ndjson')), `${JSON.stringify({ ...started, run: 'r2' })}\n`);
      expect((await states()).map(({ run }) => run)).toContain('r2');
      expect(warned.every(({ params }) => params.path === path())).toBe(true);
    },
  );

  it('is appended to after a torn line; a file in place of the folder is no error', async () => {
    await appendFile(path(), `${JSON.stringify(started)}\n{"kind":"run-fin`);
    expect(await states()).toMatchObject([{ run: 'r1', outcome: 'failed' }]);
    expect(warned).toEqual([]);
    await rm(dirname(path()), { recursive: true });
    await writeFile(dirname(path()), '');
    expect(await states()).toEqual([]);
    expect(warned.map(({ params }) => params.path)).toEqual([dirname(path())]);
  });
});

describe('the lock of a site', () => {
  it.each(oddities.filter(([what]) => what !== 'a link to itself' && what !== 'a named pipe'))(
    'counts as none if it is %s, and is named',
    async (_what, make) => {
      await mkdir(dirname(pathOf('lock')), { recursive: true });
      await make(pathOf('lock'), '{"pid":1,"at":"2026-11-22T10:00:00.000Z","key":"k"}'.replace('"key":"k"', '"key":7'));
      const unlock = value(await lockSite(stateDir, site, warn));
      expect(warned.map(({ params }) => params.path)).toEqual([pathOf('lock')]);
      expect(JSON.parse(await readFile(pathOf('lock'), 'utf8'))).toMatchObject({ pid: process.pid });
      await unlock();
    },
  );
});

describe('the draft of the wizard', () => {
  const draft = (): string => join(stateDir, 'drafts', 'edge-site.yaml');
  // Only the fields of a session that are used: its services and its path.
  const session = () =>
    ({
      sitePath: undefined,
      writers: new Map(),
      lastSave: Promise.resolve(),
      services: () => ({ stateDir, warn }),
    }) as unknown as Parameters<typeof openSite>[0];

  it.each(oddities.filter(([what]) => ['binary', 'a huge file', 'a folder', 'a link to itself'].includes(what)))(
    'counts as none if it is %s, is named, and does not block a write',
    async (_what, make) => {
      await mkdir(dirname(draft()), { recursive: true });
      await make(draft(), 'site: {}\n');
      const ours = session();
      expect(await openSite(ours, draft(), { orNone: true })).toEqual({ ok: true, value: null });
      expect(warned.map(({ code, params }) => [code, params.path])).toEqual([['files.state-ignored', draft()]]);
      expect(await saveSite(ours, { text: 'site:\n  name: acme\n' })).toMatchObject({ ok: true });
      expect(await openSite(session(), draft(), { orNone: true })).toMatchObject({ value: { path: draft() } });
    },
  );
});

describe('other state of this laptop', () => {
  const siteFile = '/sites/acme.yaml';
  const note = { site, fqdn: 'edge.acme.example', datacentres: ['dc1'], vms: 9, planDigest: 'd', siteFile, at: time };
  const edits = { path: siteFile, page: 'p1', text: 'site: {}\n', at: time };
  const unsaved = (): string =>
    join(stateDir, 'unsaved', `${createHash('sha256').update(siteFile).digest('hex').slice(0, 32)}.p1.json`);
  const notes = [
    ['what was deployed', () => pathOf('deployed.json'), note, () => deployedFrom(stateDir, siteFile, {}, warn)],
    ['unsaved edits', unsaved, edits, () => unsavedOf(stateDir, siteFile, warn)],
  ] as const;

  it.each(notes)('%s is read back', async (_what, path, good, read) => {
    await mkdir(dirname(path()), { recursive: true });
    await writeFile(path(), JSON.stringify(good));
    expect(await read()).toMatchObject({ at: time });
    expect(warned).toEqual([]);
  });

  it.each(notes.flatMap((row) => oddities.map(([odd, make]) => [`${row[0]}: ${odd}`, row, make] as const)))(
    '%s counts as none and is named',
    async (_what, [, path, good, read], make) => {
      await mkdir(dirname(path()), { recursive: true });
      await make(path(), JSON.stringify(good));
      expect((await read()) ?? null).toBeNull();
      expect(warned.map(({ params }) => params.path)).toEqual([path()]);
    },
  );
});
