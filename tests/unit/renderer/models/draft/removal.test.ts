import { describe, expect, it, vi } from 'vitest';
import { countdown } from '../../../../../renderer/models/countdown.ts';
import { canPutBack, lostEntries, putBack, takeOut } from '../../../../../renderer/models/draft/removal.ts';
import { createFieldEdits, undoOf } from '../../../../../renderer/models/draft/undo-keys.ts';

const site = () => ({
  datacentres: [
    { name: 'dc1', vsphere: { endpoints: [{ url: 'https://a' }] } },
    { name: 'dc2', vsphere: { endpoints: [{ url: 'https://b' }] } },
  ],
  network: { interDatacentreRttMs: 3, ntp: ['a', 'b', 'a'] },
});

describe('removed parts of a draft', () => {
  it('comes back where it was, with everything that went with it, and leaves later changes alone', () => {
    const draft = site();
    const removed = takeOut(draft, [{ path: 'datacentres', index: 0 }, { path: 'network.interDatacentreRttMs' }]);
    expect(draft).toEqual({ datacentres: [site().datacentres[1]], network: { ntp: ['a', 'b', 'a'] } });
    draft.network.ntp = ['c'];
    putBack(draft, removed);
    expect(draft).toEqual({ ...site(), network: { interDatacentreRttMs: 3, ntp: ['c'] } });
  });

  it('does not come back twice, nor over a newer value', () => {
    const draft = site();
    const removed = takeOut(draft, [{ path: 'network.interDatacentreRttMs' }]);
    expect(canPutBack(draft, removed)).toBe(true);
    draft.network.interDatacentreRttMs = 5;
    expect(canPutBack(draft, removed)).toBe(false);
    putBack(draft, removed);
    expect(draft.network.interDatacentreRttMs).toBe(5);
    const again = site();
    const item = takeOut(again, [{ path: 'datacentres', index: 1 }]);
    putBack(again, item);
    expect(canPutBack(again, item)).toBe(false);
    putBack(again, item);
    expect(again).toEqual(site());
  });

  it('may be one of two equal items, and the last of a list', () => {
    const draft: Record<string, unknown> = { contacts: [{ role: 'network' }, { role: 'network' }] };
    const one = takeOut(draft, [{ path: 'contacts', index: 1 }]);
    expect(canPutBack(draft, one)).toBe(true);
    const other = takeOut(draft, [{ path: 'contacts', index: 0 }]);
    expect(draft).toEqual({});
    putBack(draft, other);
    putBack(draft, one);
    expect(draft['contacts']).toHaveLength(2);
  });

  it('is found in a list that was typed over, unless an entry was replaced', () => {
    expect(lostEntries('ntp', ['a', 'b', 'a'], ['a', 'b'])).toEqual([{ path: 'ntp', index: 2, value: 'a', copies: 2 }]);
    expect(lostEntries('ntp', ['a', 'b'], undefined).map(({ value }) => value)).toEqual(['a', 'b']);
    expect(lostEntries('ntp', ['a', 'b'], ['a', 'c'])).toEqual([]);
    expect(lostEntries('ntp', undefined, ['a'])).toEqual([]);
  });
});

describe('the time of an offer', () => {
  it('pauses while the user reads it and then continues', () => {
    vi.useFakeTimers();
    const done = vi.fn();
    const timer = countdown(20_000, done);
    vi.advanceTimersByTime(15_000);
    timer.pause();
    vi.advanceTimersByTime(60_000);
    timer.resume();
    timer.resume();
    vi.advanceTimersByTime(4_999);
    expect(done).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(done).toHaveBeenCalledOnce();
    vi.useRealTimers();
  });
});

describe('undo by keyboard', () => {
  const key = { key: 'z', ctrlKey: true, metaKey: false, shiftKey: false, altKey: false };

  it('has the keys of each system', () => {
    expect(undoOf(key, false)).toBe('undo');
    expect(undoOf({ ...key, key: 'Z', shiftKey: true }, false)).toBe('redo');
    expect(undoOf({ ...key, key: 'y' }, false)).toBe('redo');
    expect(undoOf({ ...key, ctrlKey: false, metaKey: true }, true)).toBe('undo');
    expect(undoOf(key, true)).toBeUndefined();
    expect(undoOf({ ...key, altKey: true }, false)).toBeUndefined();
    expect(undoOf({ ...key, key: 'a' }, false)).toBeUndefined();
  });

  it('belongs to a text field while it has edits of its own', () => {
    const edits = createFieldEdits();
    edits.focused('abc');
    expect(edits.has('undo', 'abc')).toBe(false);
    edits.typed('insertText');
    expect(edits.has('undo', 'abcd')).toBe(true);
    edits.typed('historyUndo');
    expect(edits.has('undo', 'abc')).toBe(false);
    expect(edits.has('redo', 'abc')).toBe(true);
    edits.typed('insertText');
    expect(edits.has('redo', 'abcx')).toBe(false);
    edits.focused('other');
    expect(edits.has('undo', 'other')).toBe(false);
  });
});
