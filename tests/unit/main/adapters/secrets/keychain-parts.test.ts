import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  itemBytes,
  joinParts,
  partAccounts,
  readHead,
  splitValue,
} from '../../../../../main/adapters/secrets/keychain-parts.ts';

const name = 'certificate/edge.acme.example';

describe('long values in the keychain', () => {
  it('are not cut if they fit one item', () => {
    expect(splitValue(name, 'x'.repeat(itemBytes), '0011aabb')).toBeUndefined();
  });

  it('are cut if they look like a head, so that they are not mistaken for one', () => {
    const value = `edge-parts/v1 0011aabb 1 ${'0'.repeat(64)}`;
    expect(splitValue(name, value, '0011aabb')?.parts).toHaveLength(1);
  });

  it('are joined unchanged, from items that Windows accepts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: itemBytes + 1, maxLength: 9000 }), (value) => {
        const split = splitValue(name, value, '0011aabb');
        const head = readHead(split?.head ?? '');
        if (split === undefined || head === undefined) throw new Error('not cut');
        expect(split.parts.map(([account]) => account)).toEqual(partAccounts(name, head));
        expect(Math.max(...split.parts.map(([, content]) => Buffer.byteLength(content)))).toBeLessThanOrEqual(2560);
        const contents = split.parts.map(([, content]) => content);
        expect(joinParts(head, contents)).toBe(value);
        expect(joinParts(head, [null, ...contents.slice(1)])).toBeUndefined();
        expect(joinParts(head, contents.toReversed())).toBe(contents.length === 1 ? value : undefined);
        expect(joinParts(head, contents.slice(1))).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });
});
