import { describe, expect, it } from 'vitest';
import { catalogueRow } from '../../../../core/plan/footprint/catalogue.ts';
import { checkDraft } from '../../../../core/preflight/check-site.ts';
import { proposalsFor } from '../../../../renderer/models/footprint-proposals.ts';
import { disksWith, serverSizes } from '../../../../renderer/models/server-sizes.ts';

const proposalsOf = (draft: Readonly<Record<string, unknown>>) => proposalsFor(checkDraft(draft).sized);

describe('disks of an override', () => {
  const row = catalogueRow('all-in-one'); // 64, 512+, 512+

  it('gives the disks before the raised one their minimum', () => {
    expect(disksWith(row, [], 2, 1024)).toEqual([64, 512, 1024]);
    expect(disksWith(row, [64, 600], 2, 1024)).toEqual([64, 600, 1024]);
  });

  it('leaves nothing behind when a wish is taken back', () => {
    expect(disksWith(row, [64, 512, 1024], 2, undefined)).toBeUndefined();
    expect(disksWith(row, [64, 600, 1024], 2, undefined)).toEqual([64, 600]);
  });

  it('keeps what is no number, so that a rule can say what is wrong with it', () => {
    expect(disksWith(row, [], 1, '5x')).toEqual([64, '5x']);
  });
});

describe('servers whose size can be raised', () => {
  const needed = proposalsOf({
    sizing: { registeredUsers: 4000, concurrentUsers: 800 },
    datacentres: [{}],
  })?.needed;
  if (needed === undefined) throw new Error('the sizing should be complete');

  it('are those of the footprint', () => {
    expect(serverSizes(needed, []).map(({ row, quantity }) => [row.component, quantity])).toEqual([
      ['edge-gw', 2],
      ['logs', 1],
      ['backup', 1],
      ['metrics', 1],
      ['stun-turn', 1],
      ['conferencing', 1],
      ['all-in-one', 1],
      ['object-storage', 1],
    ]);
  });

  it('and those that only the site file names, to be taken out', () => {
    expect(serverSizes(needed, ['core']).find(({ row }) => row.component === 'core')?.quantity).toBe(0);
  });
});
