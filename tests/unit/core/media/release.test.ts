import { describe, expect, it } from 'vitest';
import { compareReleases } from '../../../../core/media/release.ts';

describe('releases are in order', () => {
  const ascending = ['2025.12', '2026.4-rc1', '2026.4-rc2', '2026.4-rc10', '2026.4', '2026.4.1', '2026.10', '2027.1'];
  for (const [index, left] of ascending.entries()) {
    for (const right of ascending.slice(index + 1)) {
      it(`${left} before ${right}`, () => {
        expect(compareReleases(left, right)).toBeLessThan(0);
        expect(compareReleases(right, left)).toBeGreaterThan(0);
      });
    }
  }
  it('and the same release is the same', () => {
    expect(compareReleases('2026.4', '2026.4')).toBe(0);
    expect(compareReleases('2026.4.0', '2026.4')).toBe(0);
    expect(compareReleases('2026.4-rc1', '2026.4-rc1')).toBe(0);
  });
});
