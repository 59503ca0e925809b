/** The draft and its file, with the real API on a real folder. Typed text is never lost. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientContext, ClientLink } from '@orpc/client';
import { createRouterClient } from '@orpc/server';
import { createPinia, setActivePinia } from 'pinia';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from 'vue';
import { createApi } from '../../../../main/api/api.ts';
import { createSession, type Session } from '../../../../main/api/session.ts';
import { composeSecrets, composeServices, composeText, findRoot } from '../../../../main/compose/services.ts';
import { ok } from '../../../../core/base/errors.ts';
import type { Services } from '../../../../main/runner/services.ts';
import { connectionKey } from '../../../../renderer/client/injection.ts';
import { createSwitchboard } from '../../../../renderer/client/link.ts';
import { versionDifferences } from '../../../../renderer/models/differences.ts';
import { useDraft } from '../../../../renderer/stores/draft.ts';
import { usePapers } from '../../../../renderer/stores/papers.ts';

/** The browser's storage of one address. */
class Shelf {
  readonly #items = new Map<string, string>();
  get length(): number {
    return this.#items.size;
  }
  key = (index: number): string | null => [...this.#items.keys()][index] ?? null;
  getItem = (key: string): string | null => this.#items.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.#items.set(key, value);
  removeItem = (key: string): void => void this.#items.delete(key);
}

let folder: string;
let file: string;
let services: Services;
let session: Session;

const yaml = (customer: string): string =>
  `# by hand\napiVersion: edge-site/v1\nsite:\n  name: acme\n  customer: ${customer}\n`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-draft-'));
  const text = await composeText('en');
  const composed = await composeServices({
    root: findRoot(import.meta.dirname),
    text,
    stateDir: join(folder, 'state'),
    secrets: composeSecrets(join(folder, 'vault'), () => Promise.resolve(ok('passphrase'))),
    trust: [],
    warn: () => undefined,
  });
  if (!composed.ok) throw new Error(composed.failure.code);
  services = composed.value;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function newSession(): Promise<Session> {
  return createSession({
    services: () => Promise.resolve(services),
    language: 'en',
    host: 'browser',
    demo: false,
    homeFolder: folder,
    sitePath: file,
    findings: [],
  });
}

beforeEach(async () => {
  const own = await mkdtemp(join(folder, 'site-'));
  file = join(own, 'acme.yaml');
  await writeFile(file, yaml('ACME'));
  session = await newSession();
  Object.defineProperty(globalThis, 'localStorage', { value: new Shelf(), configurable: true });
});
afterEach(() => Reflect.deleteProperty(globalThis, 'localStorage'));

/** A loaded page with a connection that can break. `loseAnswers`: calls arrive, their answers do not. */
async function openPage() {
  const router = createRouterClient(createApi(session).router, { context: {} });
  const wire = { losesAnswers: false };
  const link: ClientLink<ClientContext> = {
    async call(path, input) {
      const procedure = path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], router);
      const answer = await (procedure as (given: unknown) => Promise<unknown>)(input);
      if (wire.losesAnswers) throw new Error('the connection broke');
      return answer;
    },
  };
  const board = createSwitchboard();
  const pinia = createPinia();
  createApp({}).provide(connectionKey, board.connection).use(pinia);
  setActivePinia(pinia);
  const draft = useDraft(pinia);
  board.connected(link);
  await draft.load();
  return { draft, wire, lose: () => board.disconnected('lost'), comeBack: () => board.connected(link) };
}

const onDisk = (): Promise<string> => readFile(file, 'utf8');
const asideOf = async (): Promise<string[]> => {
  const names = (await readdir(join(file, '..'))).filter((name) => /^acme\.bak-\d{8}-\d{6}(-\d+)?\.yaml$/.test(name));
  return Promise.all(names.map((name) => readFile(join(file, '..', name), 'utf8')));
};
const settled = async (draft: { save(): Promise<void> }): Promise<void> => draft.save();

describe('a lost connection', () => {
  it('is shown, keeps edits in the browser, and saves them after a reconnect', async () => {
    const { draft, lose, comeBack } = await openPage();
    lose();
    draft.set('site.customer', 'typed while lost');
    await settled(draft);
    expect(draft.status).toBe('offline');
    expect(draft.text()).toContain('typed while lost');
    expect(localStorage.length).toBe(1);
    comeBack();
    await settled(draft);
    expect(draft.status).toBe('saved');
    expect(await onDisk()).toBe(yaml('typed while lost'));
    expect(localStorage.length).toBe(0);
  });

  it('blocks actions on a file without the edits', async () => {
    const { draft, lose } = await openPage();
    lose();
    draft.set('site.customer', 'not in the file');
    const papers = usePapers();
    await papers.writeWorksheet();
    expect([papers.written, papers.busy, draft.status]).toEqual([undefined, undefined, 'offline']);
  });

  it('is distinguished from a browser without storage', async () => {
    Reflect.deleteProperty(globalThis, 'localStorage');
    const { draft, lose } = await openPage();
    lose();
    draft.set('site.customer', 'x');
    expect([draft.status, draft.keptHere]).toEqual(['offline', false]);
  });

  it('during a successful save is not a conflict', async () => {
    const { draft, wire, lose, comeBack } = await openPage();
    draft.set('site.customer', 'sent');
    wire.losesAnswers = true;
    await settled(draft);
    expect(draft.status).toBe('failed');
    lose();
    expect(draft.status).toBe('offline');
    draft.set('site.partner', 'later');
    wire.losesAnswers = false;
    comeBack();
    await settled(draft);
    await settled(draft);
    expect([draft.status, draft.choice]).toEqual(['saved', undefined]);
    expect(await onDisk()).toMatch(/customer: sent\n {2}partner: later/);
  });

  it('leaves its edits to the next page, which continues with them', async () => {
    const first = await openPage();
    first.lose();
    first.draft.set('site.customer', 'left behind');
    const { draft } = await openPage();
    expect(draft.choice).toMatchObject({ kind: 'unsaved', mine: { site: { customer: 'left behind' } } });
    expect(draft.get('site.customer')).toBe('ACME');
    await draft.settle('mine');
    expect(await onDisk()).toBe(yaml('left behind'));
    expect(localStorage.length).toBe(0);
    expect(await asideOf()).toEqual([]);
    draft.undo();
    expect(draft.get('site.customer')).toBe('ACME');
  });

  it('leaves edits that can be discarded, and are a file then', async () => {
    const first = await openPage();
    first.lose();
    first.draft.set('site.customer', 'left behind');
    const { draft } = await openPage();
    await draft.settle('file');
    expect(await onDisk()).toBe(yaml('ACME'));
    expect(await asideOf()).toEqual([yaml('left behind')]);
    expect((await openPage()).draft.choice).toBeUndefined();
  });

  it('keeps the file that was changed meanwhile when its edits win', async () => {
    const first = await openPage();
    first.lose();
    first.draft.set('site.customer', 'left behind');
    await writeFile(file, yaml('changed meanwhile'));
    const { draft } = await openPage();
    await draft.settle('mine');
    expect(await onDisk()).toBe(yaml('left behind'));
    expect(await asideOf()).toEqual([yaml('changed meanwhile')]);
  });

  it('stores no field that is named like a secret', async () => {
    await writeFile(file, `${yaml('ACME')}mail:\n  password: C4n4ry\n`);
    const { draft, lose } = await openPage();
    lose();
    draft.set('site.customer', 'x');
    expect(localStorage.getItem(localStorage.key(0) ?? '')).toContain('customer');
    expect(localStorage.getItem(localStorage.key(0) ?? '')).not.toContain('C4n4ry');
  });
});

describe('a file that cannot be written', () => {
  it('leaves its edits with main for the next session at another address', async () => {
    const { draft } = await openPage();
    const away = `${join(file, '..')}-away`;
    await rename(join(file, '..'), away);
    await writeFile(join(file, '..'), 'no folder');
    draft.set('site.customer', 'not written');
    await settled(draft);
    expect(draft.status).toBe('failed');
    await rm(join(file, '..'));
    await rename(away, join(file, '..'));
    Object.defineProperty(globalThis, 'localStorage', { value: new Shelf(), configurable: true });
    session = await newSession();
    const next = await openPage();
    expect(next.draft.choice).toMatchObject({ kind: 'unsaved', mine: { site: { customer: 'not written' } } });
    await next.draft.settle('mine');
    expect(await onDisk()).toBe(yaml('not written'));
    expect((await openPage()).draft.choice).toBeUndefined();
  });

  it('can be saved elsewhere; a folder that fails changes nothing', async () => {
    const { draft } = await openPage();
    draft.set('site.customer', 'moved');
    expect(await draft.saveTo(join(folder, 'nowhere'))).toBe(false);
    expect([draft.path, draft.notice?.kind]).toEqual([file, 'move-failed']);
    const other = join(file, '..', 'other');
    await mkdir(other);
    expect(await draft.saveTo(other)).toBe(true);
    expect(draft.path).toBe(join(other, 'acme.yaml'));
    expect(await readFile(join(other, 'acme.yaml'), 'utf8')).toBe(yaml('moved'));
  });
});

describe('another file', () => {
  it('that cannot be opened leaves this site open, also for the next page', async () => {
    const { draft } = await openPage();
    const broken = join(file, '..', 'broken.yaml');
    await writeFile(broken, 'site: [');
    for (const path of [join(folder, 'missing.yaml'), broken]) {
      await draft.open(path);
      expect([draft.path, draft.status, draft.notice?.kind]).toEqual([file, 'saved', 'open-failed']);
      expect(draft.get('site.customer')).toBe('ACME');
    }
    expect((await openPage()).draft.path).toBe(file);
  });

  it('is opened after the edits of this one were discarded into a file', async () => {
    const { draft } = await openPage();
    const other = join(file, '..', 'other.yaml');
    await writeFile(other, yaml('other'));
    draft.set('site.customer', 'given up');
    expect(await draft.discard()).toBe(true);
    await draft.open(other);
    expect([draft.path, draft.status]).toEqual([other, 'saved']);
    expect(await asideOf()).toEqual([yaml('given up')]);
    expect(draft.undo()).toBeUndefined();
  });
});

describe('a second writer', () => {
  async function conflict() {
    const page = await openPage();
    await writeFile(file, yaml('theirs'));
    page.draft.set('site.customer', 'mine');
    await settled(page.draft);
    return page;
  }

  it('is a conflict with differences, and the discarded version is stored', async () => {
    const { draft } = await conflict();
    expect([draft.status, draft.choice?.kind]).toEqual(['conflict', 'changed']);
    const { theirs = {}, mine = {} } = draft.choice ?? {};
    expect(versionDifferences(theirs, mine)).toEqual([
      {
        group: 'file',
        differences: [
          { kind: 'field-changed', params: { field: 'site.customer', from: 'theirs', to: 'mine' }, moves: false },
        ],
        more: 0,
      },
    ]);
    await draft.settle('mine');
    expect(await onDisk()).toBe(yaml('mine'));
    expect(await asideOf()).toEqual([yaml('theirs')]);
    expect(draft.status).toBe('saved');
  });

  it('wins if the user chooses it, and the other version is stored', async () => {
    const { draft } = await conflict();
    await draft.settle('file');
    expect([draft.get('site.customer'), await onDisk()]).toEqual(['theirs', yaml('theirs')]);
    expect(await asideOf()).toEqual([yaml('mine')]);
    expect(draft.notice).toMatchObject({ kind: 'set-aside', path: expect.stringMatching(/acme\.bak-/) });
  });

  it('that writes again during the question causes another question', async () => {
    const { draft } = await conflict();
    await writeFile(file, yaml('theirs again'));
    await draft.settle('mine');
    expect([draft.status, draft.choice?.theirs]).toMatchObject(['conflict', { site: { customer: 'theirs again' } }]);
    expect(await onDisk()).toBe(yaml('theirs again'));
    await draft.settle('mine');
    expect(await asideOf()).toEqual(expect.arrayContaining([yaml('theirs'), yaml('theirs again')]));
  });

  it('is shown as another page of this installer', async () => {
    const [one, other] = [await openPage(), await openPage()];
    one.draft.set('site.customer', 'of the first page');
    await settled(one.draft);
    await other.draft.lookAgain();
    expect([other.draft.get('site.customer'), other.draft.notice?.kind]).toEqual([
      'of the first page',
      'reread-other-page',
    ]);
    one.draft.set('site.partner', 'first');
    other.draft.set('site.partner', 'second');
    await Promise.all([settled(one.draft), settled(other.draft)]);
    expect([one, other].flatMap(({ draft }) => draft.choice?.kind ?? [])).toEqual(['other-page']);
  });

  it('is noticed before the next change, and undo leads back', async () => {
    const { draft } = await openPage();
    await writeFile(file, yaml('edited outside'));
    await draft.lookAgain();
    expect([draft.get('site.customer'), draft.status, draft.notice?.kind]).toEqual([
      'edited outside',
      'saved',
      'reread',
    ]);
    draft.undo();
    await settled(draft);
    expect(await onDisk()).toBe(yaml('ACME'));
  });

  it('that only changes a comment causes no question', async () => {
    const { draft } = await openPage();
    await writeFile(file, `${yaml('ACME')}# seen\n`);
    draft.set('site.partner', 'x');
    draft.set('site.partner', undefined);
    await draft.lookAgain();
    await settled(draft);
    expect([draft.status, draft.choice]).toEqual(['saved', undefined]);
    expect(await onDisk()).toContain('# seen');
  });

  it('that deletes the file causes a notice; a save writes it again', async () => {
    const { draft } = await openPage();
    await rm(file);
    await draft.lookAgain();
    expect([draft.status, draft.failure?.code]).toEqual(['failed', 'files.missing']);
    await settled(draft);
    expect(draft.status).toBe('saved');
    expect(await onDisk()).toContain('ACME');
  });

  it('leaves no more than twenty versions', async () => {
    const { draft } = await openPage();
    for (let round = 0; round < 23; round += 1) {
      draft.set('site.customer', `round ${round}`);
      await draft.discard();
    }
    expect(await asideOf()).toHaveLength(20);
    expect((await asideOf()).some((text) => text.includes('round 22'))).toBe(true);
  });
});
