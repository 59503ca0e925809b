import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type History, historyOf, record, redo, undo } from '../../../../../renderer/models/draft/history.ts';

const type = (history: History, texts: readonly string[], field = 'name', start = 0, pause = 100): History =>
  texts.reduce((now, text, index) => record(now, text, { field, now: start + index * pause }), history);

const undone = (history: History): History => undo(history)?.history ?? history;

describe('the history of a draft', () => {
  it('takes one field back as far as the last pause in typing', () => {
    const first = type(historyOf(''), ['a', 'ab', 'abc']);
    const second = type(first, ['abcd', 'abcde'], 'name', 5_000);
    expect(undone(second).present).toBe('abc');
    expect(undone(undone(second)).present).toBe('');
    expect(undo(undone(undone(second)))).toBeUndefined();
  });

  it('keeps two fields apart, and a removal from what was changed just before', () => {
    const fields = record(record(historyOf(''), 'a', { field: 'one', now: 1 }), 'ab', { field: 'other', now: 2 });
    expect(undone(fields).present).toBe('a');
    const removals = ['b', 'c', 'd'].reduce(
      (now, text) => record(now, text, { field: 'list', now: 3, alone: true }),
      historyOf('a'),
    );
    expect(undone(removals).present).toBe('c');
    const typedAfter = record(removals, 'e', { field: 'list', now: 3 });
    expect(undone(typedAfter).present).toBe('d');
  });

  it('names the field of a change, going back and forth', () => {
    const history = record(historyOf(''), 'a', { field: 'network.ntp', now: 1 });
    expect(undo(history)?.field).toBe('network.ntp');
    expect(redo(undone(history))).toMatchObject({ field: 'network.ntp', history: { present: 'a' } });
  });

  it('counts the own undo of a text field as an undo', () => {
    const typed = type(historyOf(''), ['abc', 'abcdef'], 'name', 0, 5_000);
    const back = record(typed, '', { field: 'name', now: 20_000 });
    expect(undo(back)).toBeUndefined();
    expect(redo(back)?.history.present).toBe('abc');
  });

  it('drops redo after another change', () => {
    const history = undone(type(historyOf(''), ['a']));
    expect(redo(record(history, 'b', { field: 'other', now: 9_000 }))).toBeUndefined();
  });

  it('is bounded', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `v${index}`);
    expect(type(historyOf(''), many, 'name', 0, 5_000).past).toHaveLength(200);
    const large = Array.from({ length: 30 }, (_, index) => `${index}`.padEnd(1_000_000));
    expect(type(historyOf(''), large, 'name', 0, 5_000).past.length).toBeLessThan(21);
  });

  it('leads to the first version by undo and to the last by redo, whatever was done', () => {
    const change = fc.record({
      text: fc.string(),
      field: fc.constantFrom('a', 'b'),
      wait: fc.nat(3_000),
      alone: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        let now = 0;
        let history = historyOf('start');
        for (const { text, field, wait, alone } of changes) {
          now += wait;
          history = record(history, text, { field, now, alone });
        }
        const last = history.present;
        for (let step = undo(history); step !== undefined; step = undo(history)) ({ history } = step);
        expect(history.present).toBe('start');
        const versions = history.future.length;
        for (let step = redo(history); step !== undefined; step = redo(history)) ({ history } = step);
        if (versions > 0 && changes.at(-1)?.text === last) expect(history.past.length).toBe(versions);
      }),
    );
  });
});
