/** The site as it is being written: one reactive draft, saved as the site file by itself. */
import { defineStore } from 'pinia';
import { nextTick, reactive, ref, shallowRef, watch } from 'vue';
import type { OpenSite } from '../../core/contract.ts';
import type { Failure, Result } from '../../core/errors.ts';
import type { Finding } from '../../core/findings.ts';
import { asked } from '../client/failures.ts';
import { useClient } from '../client/injection.ts';
import { debounce } from '../draft/debounce.ts';
import { putAt, valueAt } from '../draft/path.ts';
import { draftOf, type SiteDraft, textOf } from './site-text.ts';

const autosaveDelay = 600;

/** `new`: nothing was written yet. `conflict`: somebody else changed the file; its user decides. `unreadable`: it cannot be edited here. */
export type SaveStatus = 'loading' | 'new' | 'saved' | 'unsaved' | 'saving' | 'conflict' | 'failed' | 'unreadable';

/** A path in `folder` that nothing has yet: `acme-paris.yaml`, `acme-paris-2.yaml`, ... */
function freePath(folder: string, name: string, taken: readonly string[]): string {
  const separator = folder.includes('\\') ? '\\' : '/';
  const names = new Set(taken);
  let file = `${name}.yaml`;
  for (let number = 2; names.has(file); number += 1) file = `${name}-${number}.yaml`;
  return `${folder.replace(/[\\/]$/, '')}${separator}${file}`;
}

const newDraft = (): SiteDraft => ({
  apiVersion: 'edge-site/v1',
  datacentres: [{ name: 'dc1', platform: 'vsphere', vsphere: { endpoints: [{ url: 'https://' }] } }],
});

export const useDraft = defineStore('draft', () => {
  const client = useClient();
  const data = reactive<SiteDraft>({});
  const status = ref<SaveStatus>('loading');
  const path = ref<string>();
  const failure = shallowRef<Failure>();
  /** Why the file on disk cannot be edited here, with line and column. */
  const unreadable = shallowRef<readonly Finding[]>([]);
  /** Counts changes, so that others can tell whether what they know is still about this draft. */
  const revision = ref(0);
  let onDisk: { text: string; digest: string } | undefined;
  let lastSave: Promise<void> = Promise.resolve();
  let filling = false;

  /** Reads the reactive draft: whoever computes from it follows every change. */
  const plain = (): SiteDraft => JSON.parse(JSON.stringify(data)) as SiteDraft;

  function fill(draft: SiteDraft): void {
    filling = true;
    for (const key of Object.keys(data)) delete data[key];
    Object.assign(data, { apiVersion: 'edge-site/v1' }, draft);
    revision.value += 1;
    void nextTick(() => {
      filling = false;
    });
  }

  function take(result: Result<OpenSite>): void {
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
    onDisk = result.value;
    path.value = result.value.path;
    failure.value = undefined;
    fill(read.draft);
    status.value = 'saved';
  }

  async function write(digest: string | undefined): Promise<void> {
    const before = revision.value;
    const text = textOf(plain(), onDisk?.text);
    if (text === onDisk?.text && digest !== undefined) {
      status.value = 'saved';
      return;
    }
    status.value = 'saving';
    const result = await asked(
      client.site.save({
        text,
        ...(path.value === undefined ? {} : { path: path.value }),
        ...(digest === undefined ? {} : { digest }),
      }),
    );
    if (!result.ok) {
      failure.value = result.failure;
      status.value = result.failure.code === 'common.site-changed' ? 'conflict' : 'failed';
      return;
    }
    onDisk = result.value;
    path.value = result.value.path;
    failure.value = undefined;
    status.value = revision.value === before ? 'saved' : 'unsaved';
  }

  async function writeUnsaved(): Promise<void> {
    if (status.value !== 'unsaved' && status.value !== 'failed') return;
    await write(onDisk?.digest);
    // Something was typed while it was being written.
    if (status.value === 'unsaved') await writeUnsaved();
  }

  /** Writes what is unsaved; resolves when the file on disk is this draft, or when `status` says why not. */
  function save(): Promise<void> {
    autosave.cancel();
    lastSave = lastSave.then(writeUnsaved);
    return lastSave;
  }

  const autosave = debounce(() => void save(), autosaveDelay);

  watch(
    data,
    () => {
      if (filling) return;
      revision.value += 1;
      if (status.value === 'conflict' || status.value === 'unreadable') return;
      if (status.value !== 'saving') status.value = 'unsaved';
      autosave();
    },
    { deep: true },
  );

  return {
    data,
    status,
    path,
    failure,
    unreadable,
    revision,
    plain,
    save,
    get: (at: string): unknown => valueAt(data, at),
    set: (at: string, value: unknown): void => putAt(data, at, value),
    async load(): Promise<void> {
      const result = await asked(client.site.current());
      if (result.ok && result.value === null) {
        fill(newDraft());
        status.value = 'new';
      } else {
        take(result as Result<OpenSite>);
      }
    },
    async open(file: string): Promise<void> {
      take(await asked(client.site.open({ path: file })));
    },
    /** Writes this draft into another folder, beside whatever is there, and goes on with that file. */
    async saveTo(folder: string): Promise<void> {
      await save();
      const listing = await asked(client.files.list({ folder }));
      if (!listing.ok) {
        failure.value = listing.failure;
        status.value = 'failed';
        return;
      }
      const siteName = valueAt(data, 'site.name');
      const name = typeof siteName === 'string' && siteName !== '' ? siteName : 'edge-site';
      path.value = freePath(
        listing.value.folder,
        name,
        listing.value.entries.map((entry) => entry.name),
      );
      onDisk = undefined;
      await write(undefined);
    },
    /** Ends a conflict: the file wins, or this draft does. */
    async settle(winner: 'file' | 'mine'): Promise<void> {
      if (winner === 'mine' || path.value === undefined) await write(undefined);
      else take(await asked(client.site.open({ path: path.value })));
    },
  };
});
