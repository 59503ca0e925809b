import { describe, expect, it } from 'vitest';
import { comparedInWords, comparePlans, type PlannedVersion } from '../../../../core/plan/comparison.ts';
import { siteDifferences } from '../../../../core/plan/diff.ts';
import type { SiteInput } from '../../../../core/site/schema.ts';
import { planOf, plainInput, plainSite, sampleNames, sampleSite } from '../../../fixtures/sample-sites.ts';
import { english } from '../../../fixtures/words.ts';

const version = (changes: Partial<SiteInput> = {}): PlannedVersion => {
  const site = plainSite(changes);
  return { site, plan: planOf(site) };
};

const wordsOf = (before: PlannedVersion, after: PlannedVersion): Record<string, string[]> =>
  Object.fromEntries(
    comparePlans(before, after).groups.map(({ group, differences }) => [
      group,
      differences.map((one) => comparedInWords(english, one)),
    ]),
  );

describe('two versions of a site', () => {
  it('that are equal differ in nothing', () => {
    expect(comparePlans(version(), version())).toEqual({ groups: [], totals: [], newReasons: [], moves: 0 });
  });

  it('tell a field of the file by its title and path, and what it means for servers and totals', () => {
    const after = version({ footprint: { options: ['datalake', 'message-bus'] } });
    const comparison = comparePlans(version(), after);
    expect(wordsOf(version(), after)['file']).toEqual([
      'Optional servers (footprint.options) is now datalake, message-bus.',
    ]);
    expect(wordsOf(version(), after)['servers']).toHaveLength(2);
    expect(comparison.totals).toContainEqual({ name: 'vms', from: 9, to: 11 });
    // The technical overview: Datalake 1 vCPU and 4 GB, admin message bus 2 vCPU and 8 GB.
    expect(comparison.totals).toContainEqual({ name: 'vcpu', from: 34, to: 37 });
    expect(comparison.totals).toContainEqual({ name: 'memoryGb', from: 102, to: 114 });
    expect(comparison.moves).toBe(0);
  });

  it('tell what touches servers that may exist', () => {
    const network = { ...plainInput.network, lan: { cidr: '10.30.0.0/24' } };
    const after = version({ network });
    const { moves, groups, totals } = comparePlans(version(), after);
    expect(groups.map(({ group }) => group)).toEqual(['file', 'edge', 'servers', 'vips', 'firewall']);
    expect(moves).toBeGreaterThan(9);
    expect(totals).toEqual([]);
  });

  it('say why the footprint is another one', () => {
    const site = {
      sizing: { registeredUsers: 9000, concurrentUsers: 1500 },
      network: { lan: { cidr: '10.20.0.0/24' }, wan: { cidr: '203.0.113.0/27', gateway: '203.0.113.1' } },
    };
    const comparison = comparePlans(version(), version(site));
    expect(comparison.newReasons).toEqual(expect.arrayContaining(['concurrent-above-small', 'registered-above-small']));
    expect(wordsOf(version(), version(site))['edge']).toContain('The large footprint instead of the small one.');
    expect(comparison.totals).toContainEqual({ name: 'vms', from: 9, to: 27 });
  });

  it('take a list of plain values as one field', () => {
    const ntp = (...names: string[]) => plainSite({ network: { ...plainInput.network, ntp: names } });
    expect(siteDifferences(ntp('a', 'b'), ntp('b'))).toEqual([
      { kind: 'field-changed', params: { field: 'network.ntp', from: 'a, b', to: 'b' }, moves: false },
    ]);
    expect(siteDifferences(ntp(), ntp('a')).map(({ kind }) => kind)).toEqual(['field-added']);
    expect(siteDifferences(ntp('a'), ntp()).map(({ kind }) => kind)).toEqual(['field-removed']);
  });

  it('compare data centres and hosts by their names, whatever their place, and tell an order that differs', () => {
    const [dc1, dc2, dc3] = ['dc1', 'dc2', 'dc3'].map((name) => ({ name, vsphere: { endpoints: [{ url: name }] } }));
    const kinds = (...lists: readonly (readonly unknown[])[]): string[] => {
      const [before, after] = lists.map((datacentres) => ({ datacentres }));
      return siteDifferences(before, after).map((one) => comparedInWords(english, one));
    };
    expect(kinds([dc1, dc2], [dc2])).toEqual(['Data centres (datacentres): dc1 is no longer there.']);
    expect(kinds([dc2], [dc1, dc2])).toEqual(['Data centres (datacentres): dc1 is new.']);
    expect(kinds([dc1, dc2, dc3], [dc2, dc1, dc3])).toEqual([
      'Data centres (datacentres): the order is dc2, dc1, dc3 instead of dc1, dc2, dc3.',
    ]);
    expect(kinds([dc1], [{ ...dc1, name: 'paris' }])).toEqual([
      expect.stringMatching(/\(datacentres\.0\.name\) is paris instead of dc1\.$/),
    ]);
    expect(kinds([dc1], [{ ...dc1, vsphere: { endpoints: [{ url: 'dc1' }, { url: 'esx2' }] } }])).toEqual([
      expect.stringMatching(/\(datacentres\.0\.vsphere\.endpoints\): esx2 is new\.$/),
    ]);
  });

  it('have words for every pair of samples, and lose no difference in the groups', () => {
    for (const one of sampleNames) {
      for (const other of sampleNames) {
        const [before, after] = [one, other].map((name) => {
          const site = sampleSite(name);
          return { site, plan: planOf(site) };
        }) as [PlannedVersion, PlannedVersion];
        const words = Object.values(wordsOf(before, after)).flat();
        for (const sentence of words) expect(sentence).not.toMatch(/[{}]|plan\.diff|site\.fields/);
        expect(words.length > 0).toBe(one !== other);
        for (const { name } of comparePlans(before, after).totals) {
          expect(english.has(`compare.total.${name}`)).toBe(true);
        }
      }
    }
  });
});
