import { describe, expect, it } from 'vitest';
import { checkDraft } from '../../../../core/preflight/check-site.ts';
import { proposalsFor } from '../../../../renderer/models/footprint-proposals.ts';

const proposalsOf = (draft: Readonly<Record<string, unknown>>) => proposalsFor(checkDraft(draft).sized);

const draft = (registeredUsers: number, concurrentUsers: number, footprint: Record<string, unknown> = {}) => ({
  sizing: { registeredUsers, concurrentUsers },
  footprint,
  datacentres: [{ name: 'dc1', platform: 'vsphere' }],
});

describe('the two footprints side by side', () => {
  it('gives the totals of the technical overview for both', () => {
    const proposals = proposalsOf(draft(4000, 800));
    expect(proposals?.both.map(({ option, totals }) => [option, totals])).toMatchObject([
      ['small', { vms: 9, vcpu: 34, memoryGb: 102, diskGb: 7680, premiumGb: 2048 }],
      ['large', { vms: 27, vcpu: 107, memoryGb: 522, diskGb: 17_664, premiumGb: 3584 }],
    ]);
  });

  it('proposes by the users, and lets a wish count', () => {
    expect(proposalsOf(draft(4000, 800))?.current.option).toBe('small');
    expect(proposalsOf(draft(40_000, 5000))?.both.find(({ proposed }) => proposed)?.option).toBe('large');
    expect(proposalsOf(draft(4000, 800, { option: 'large' }))?.current.option).toBe('large');
  });

  it('says what rules the small one out', () => {
    const small = proposalsOf(draft(6000, 1500))?.both.find(({ option }) => option === 'small');
    expect(small?.ruledOutBy).toEqual(['concurrent-above-small', 'registered-above-small']);
  });

  it('stays while an override is being typed, and tells what is needed without any', () => {
    const overrides = { logs: { memoryGb: 64 }, backup: { vcpu: 'tw' } };
    const proposals = proposalsOf(draft(4000, 800, { overrides }));
    const memory = (of: 'current' | 'needed'): number | undefined =>
      proposals?.[of].components.find(({ row }) => row.component === 'logs')?.memoryGb;
    expect([memory('current'), memory('needed')]).toEqual([64, 32]);
    expect(proposals?.current.components.map(({ row }) => row.component)).toContain('backup');
  });

  it('waits for the numbers of users', () => {
    expect(proposalsOf({})).toBeUndefined();
    expect(proposalsOf({ sizing: { registeredUsers: 'many', concurrentUsers: 5 } })).toBeUndefined();
  });
});
