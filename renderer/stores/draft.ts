/** The reactive draft of the site, saved automatically as the site file. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { OpenSite, SeenSite, UnsavedEdits } from '../../core/contract.ts';
import type { Failure, Result } from '../../core/base/errors.ts';
import type { Finding } from '../../core/base/findings.ts';
import { asked } from '../client/failures.ts';
import { useConnection } from '../client/injection.ts';
import type { ConnectionState } from '../client/link.ts';
import { debounce } from '../models/debounce.ts';
import { createEditing } from '../models/draft/editing.ts';
import {
  allKept,
  forgetEdits,
  keepEdits,
  keptEdits,
  noShelf,
  type Shelf,
  withoutSecrets,
} from '../models/draft/kept-edits.ts';
import { valueAt } from '../models/draft/path.ts';
import { type Choice, meet, worthOffering } from '../models/draft/versions.ts';
import { draftOf, freePath, newDraft, textOf } from '../models/draft/site-text.ts';

const autosaveDelay = 600;
/** A save without an answer within this time, in ms, counts as failed. */
const answerTime = 20_000;

/**
 * `new`: nothing is written yet. `offline`: not saved, the connection is lost. `conflict`: another writer changed the
 * file, the user decides. `unreadable`: the wizard cannot edit the file.
 */
export type SaveStatus =
  | 'loading'
  | 'new'
  | 'saved'
  | 'unsaved'
  | 'saving'
  | 'offline'
  | 'conflict'
  | 'failed'
  | 'unreadable';

const settled: ReadonlySet<SaveStatus> = new Set(['loading', 'new', 'saved', 'unreadable']);

/** A notice about this file, and the failure of another file. */
export type Notice =
  | { readonly kind: 'reread' | 'reread-other-page' | 'set-aside'; readonly path: string }
  | { readonly kind: 'move-failed'; readonly path: string; readonly failure: Failure }
  | {
      readonly kind: 'open-failed';
      readonly path: string;
      readonly failure?: Failure;
      readonly unreadable: readonly Finding[];
    };

/** The browser may refuse all storage. */
function browserShelf(): Shelf {
  try {
    return globalThis.localStorage ?? noShelf;
  } catch {
    return noShelf;
  }
}

export const useDraft = defineStore('draft', () => {
  const connection = useConnection();
  const { client } = connection;
  const shelf = browserShelf();
  const page = crypto.randomUUID();
  const editing = createEditing(changed);
  const status = ref<SaveStatus>('loading');
  const path = ref<string>();
  const failure = shallowRef<Failure>();
  /** Faults that make the file on disk not editable, with line and column. */
  const unreadable = shallowRef<readonly Finding[]>([]);
  const choice = shallowRef<Choice>();
  const notice = shallowRef<Notice>();
  /** Whether the browser stores unsaved edits. */
  const keptHere = ref(true);
  let onDisk: { text: string; digest: string } | undefined;
  /** Texts of the last saves without a good answer. Each may be in the file nevertheless. */
  let sent: readonly string[] = [];
  let lastSave: Promise<void> = Promise.resolve();
  let state: ConnectionState = 'connecting';

  const yaml = (): string => textOf(editing.plain(), onDisk?.text);
  const unsaved = computed(() => !settled.has(status.value));

  connection.onState((next) => {
    const isBack = next === 'open' && state !== 'open' && state !== 'connecting';
    state = next;
    const broke = status.value !== 'failed' || failure.value?.code === 'wizard.call-broken';
    if (next !== 'open' && unsaved.value && status.value !== 'conflict' && broke) status.value = 'offline';
    if (isBack && status.value === 'offline') void save();
    else if (isBack) void lookAgain();
  });

  function changed(): void {
    if (status.value === 'conflict' || status.value === 'unreadable') return;
    if (state !== 'open') status.value = 'offline';
    else if (status.value !== 'saving') status.value = 'unsaved';
    const edits = { page, text: withoutSecrets(editing.data), at: new Date().toISOString() };
    const based = onDisk === undefined ? {} : { digest: onDisk.digest };
    keptHere.value = keepEdits(shelf, path.value ?? '', { ...edits, ...based });
    autosave();
  }

  /** Records that the file on disk has this draft. */
  function isSaved(file: OpenSite): void {
    for (const one of ['', path.value ?? '', file.path]) forgetEdits(shelf, one, page);
    onDisk = file;
    sent = [];
    path.value = file.path;
    failure.value = undefined;
    status.value = 'saved';
  }

  /** Offers unsaved edits of an earlier page. */
  function offer(file: OpenSite | undefined): void {
    const worth = worthOffering(editing.plain(), keptEdits(shelf, file?.path ?? '', Date.now()), file?.unsaved);
    if (worth === undefined) return;
    const { edits, mine } = worth;
    if (mine === undefined) return void forget(file?.path, edits);
    const theirs = editing.plain();
    choice.value = { kind: 'unsaved', mine, edits, theirs, ...(file === undefined ? {} : { file }) };
  }

  async function forget(file: string | undefined, edits: UnsavedEdits): Promise<void> {
    forgetEdits(shelf, file ?? '', edits.page);
    if (file !== undefined) await asked(client.site.forget({ path: file, page: edits.page }));
  }

  function take(result: Result<OpenSite>): void {
    choice.value = undefined;
    if (!result.ok) {
      failure.value = result.failure;
      status.value = 'unreadable';
      return;
    }
    const read = draftOf(result.value.text);
    if ('unreadable' in read) {
      unreadable.value = read.unreadable;
      path.value = result.value.path;
      status.value = 'unreadable';
      return;
    }
    unreadable.value = [];
    editing.fill(read.draft);
    isSaved(result.value);
    offer(result.value);
  }

  /** The file on disk differs from the file that this page read. */
  function meetFile(file: SeenSite): void {
    const met = meet(file, { mine: editing.plain(), base: onDisk?.text, sent });
    if (met.is === 'conflict') {
      status.value = 'conflict';
      choice.value = met.choice;
    } else if (met.is === 'sent') {
      onDisk = file;
      status.value = 'unsaved';
    } else {
      if (met.is === 'newer') {
        editing.replace(met.draft);
        notice.value = { kind: file.byOtherPage ? 'reread-other-page' : 'reread', path: file.path };
      }
      isSaved(file);
    }
  }

  const look = (file: string): Promise<Result<SeenSite>> => asked(client.site.look({ path: file, page }));

  /** Checks for changes by other writers before the user changes anything. */
  async function lookAgain(): Promise<void> {
    if (path.value === undefined || state !== 'open' || choice.value !== undefined) return;
    if (status.value !== 'saved') return;
    const [before, looked] = [onDisk, await look(path.value)];
    if (status.value !== 'saved' || before !== onDisk) return;
    if (looked.ok && looked.value.digest !== onDisk?.digest) meetFile(looked.value);
    if (looked.ok || looked.failure.code !== 'files.missing') return;
    // The next save writes the file again.
    onDisk = undefined;
    failure.value = looked.failure;
    status.value = 'failed';
  }

  async function refused(reason: Failure): Promise<void> {
    failure.value = reason;
    status.value = state === 'open' ? 'failed' : 'offline';
    if (reason.code !== 'common.site-changed' || path.value === undefined) return;
    const looked = await look(path.value);
    if (!looked.ok) {
      failure.value = looked.failure;
      return;
    }
    meetFile(looked.value);
    if ((status.value as SaveStatus) === 'saved') await asked(client.site.forget({ path: path.value, page }));
  }

  /** `digest` of the file to overwrite; undefined for a missing file. */
  async function write(text: string, digest: string | undefined): Promise<boolean> {
    if (state !== 'open') {
      status.value = 'offline';
      return false;
    }
    const before = editing.revision.value;
    status.value = 'saving';
    sent = [...sent, text].slice(-5);
    const result = await asked(
      client.site.save(
        {
          text,
          page,
          ...(path.value === undefined ? {} : { path: path.value }),
          ...(digest === undefined ? {} : { digest }),
        },
        { signal: AbortSignal.timeout(answerTime) },
      ),
    );
    if (!result.ok) {
      await refused(result.failure);
      return false;
    }
    const isNewest = editing.revision.value === before;
    if (isNewest) isSaved(result.value);
    else {
      onDisk = result.value;
      sent = [];
      path.value = result.value.path;
      status.value = 'unsaved';
    }
    return isNewest;
  }

  async function writeUnsaved(): Promise<void> {
    if (status.value !== 'unsaved' && status.value !== 'failed' && status.value !== 'offline') return;
    const text = yaml();
    if (onDisk !== undefined && path.value !== undefined && text === onDisk.text) {
      isSaved({ path: path.value, ...onDisk });
      return;
    }
    await write(text, onDisk?.digest);
    // The draft changed during the save.
    if ((status.value as SaveStatus) === 'unsaved') await writeUnsaved();
  }

  /** Saves the draft. Resolves when the file on disk has this draft, or when `status` tells the reason. */
  function save(): Promise<void> {
    autosave.cancel();
    lastSave = lastSave.then(writeUnsaved);
    return lastSave;
  }

  const autosave = debounce(() => void save(), autosaveDelay);

  /** Stores a discarded version; false on failure. */
  async function setAside(text: string): Promise<boolean> {
    const kept = await asked(client.site.setAside({ text, ...(path.value === undefined ? {} : { path: path.value }) }));
    failure.value = kept.ok ? undefined : kept.failure;
    if (kept.ok) notice.value = { kind: 'set-aside', path: kept.value.path };
    return kept.ok;
  }

  return {
    get: editing.get,
    set: editing.set,
    plain: editing.plain,
    data: editing.data,
    revision: editing.revision,
    site: editing.site,
    remove: editing.remove,
    putBack: editing.putBack,
    undo: (): string | undefined => (choice.value === undefined ? editing.undo() : undefined),
    redo: (): string | undefined => (choice.value === undefined ? editing.redo() : undefined),
    status,
    unsaved,
    path,
    failure,
    unreadable,
    choice,
    notice,
    keptHere,
    save,
    lookAgain,
    /** This draft as a site file. */
    text: yaml,
    /** Unsaved edits of earlier pages at this address, each as a site file. */
    keptByOthers: () =>
      allKept(shelf, Date.now())
        .filter(({ edits }) => edits.page !== page)
        .flatMap(({ path: file, edits }) => {
          const read = draftOf(edits.text);
          return 'draft' in read ? [{ path: file, at: edits.at, text: textOf(read.draft, undefined) }] : [];
        }),
    async load(): Promise<void> {
      const result = await asked(client.site.current());
      if (result.ok && result.value === null) {
        editing.fill(newDraft());
        status.value = 'new';
        offer(undefined);
      } else {
        take(result as Result<OpenSite>);
      }
    },
    /** Switches to another file. If the wizard cannot edit that file, this site stays open. */
    async open(file: string): Promise<void> {
      const looked = await look(file);
      const read = looked.ok ? draftOf(looked.value.text) : undefined;
      const unreadableHere = read !== undefined && 'unreadable' in read ? read.unreadable : [];
      const opened = unreadableHere.length > 0 || !looked.ok ? looked : await asked(client.site.open({ path: file }));
      if (opened.ok && unreadableHere.length === 0) {
        notice.value = undefined;
        take(opened);
        return;
      }
      const reason = opened.ok ? {} : { failure: opened.failure };
      notice.value = { kind: 'open-failed', path: file, unreadable: unreadableHere, ...reason };
    },
    /** Writes this draft to a new file in another folder and switches to that file. True on success. */
    async saveTo(folder: string): Promise<boolean> {
      await save();
      const listing = await asked(client.files.list({ folder }));
      const name = valueAt(editing.data, 'site.name');
      const written = listing.ok
        ? await asked(
            client.site.save({
              path: freePath(
                listing.value.folder,
                typeof name === 'string' && name !== '' ? name : 'edge-site',
                listing.value.entries.map((entry) => entry.name),
              ),
              text: yaml(),
            }),
          )
        : listing;
      if (!written.ok) {
        notice.value = { kind: 'move-failed', path: folder, failure: written.failure };
        return false;
      }
      notice.value = undefined;
      isSaved(written.value);
      return true;
    },
    /** Discards the draft into a file, so that another site can be opened. */
    async discard(): Promise<boolean> {
      if (!(await setAside(yaml()))) return false;
      for (const one of ['', path.value ?? '']) forgetEdits(shelf, one, page);
      if (path.value !== undefined) await asked(client.site.forget({ path: path.value, page }));
      return true;
    },
    /** Resolves a conflict with the file's version or the other version. The discarded version is stored as a file. */
    async settle(winner: 'file' | 'mine'): Promise<void> {
      const chosen = choice.value;
      if (chosen === undefined) return;
      const { file, mine, edits, kind } = chosen;
      const loses = winner === 'mine' ? file?.text : textOf(mine, file?.text);
      const isOlder = winner === 'mine' && (file === undefined || file.digest === edits?.digest);
      if (!isOlder && loses !== undefined && !(await setAside(loses))) return;
      choice.value = undefined;
      if (edits !== undefined) await forget(file?.path, edits);
      if (kind === 'unsaved') {
        if (winner === 'mine') {
          editing.replace(mine);
          changed();
          await save();
        }
      } else if (winner === 'mine') {
        await write(yaml(), file?.digest);
      } else if (path.value !== undefined) {
        for (const one of ['', path.value]) forgetEdits(shelf, one, page);
        await asked(client.site.forget({ path: path.value, page }));
        take(await asked(client.site.open({ path: path.value })));
      }
    },
  };
});
