import { describe, expect, it } from 'vitest';
import { differenceInWords, planDifferences, siteDifferences } from '../../../../core/plan/diff.ts';
import type { SiteInput } from '../../../../core/site/schema.ts';
import { planOf, plainSite, sampleNames, sampleSite } from '../../../fixtures/sample-sites.ts';
import { english } from '../../../fixtures/words.ts';

const sentences = (before: Partial<SiteInput>, after: Partial<SiteInput>): string[] =>
  planDifferences(planOf(plainSite(before)), planOf(plainSite(after))).map((one) => differenceInWords(english, one));

describe('planDifferences', () => {
  it('finds nothing between equal sites', () => {
    for (const name of sampleNames)
      expect(planDifferences(planOf(sampleSite(name)), planOf(sampleSite(name)))).toEqual([]);
  });

  it('tells an option that is added, without moving anything', () => {
    const differences = planDifferences(
      planOf(plainSite()),
      planOf(plainSite({ footprint: { options: ['datalake'] } })),
    );
    expect(differences.map((one) => differenceInWords(english, one))).toEqual([
      'New server datalake-1 in dc1: 1 vCPU, 4 GB of memory, 10.20.0.10.',
    ]);
    expect(differences.every(({ moves }) => !moves)).toBe(true);
  });

  it('tells sizes, addresses, the WireGuard port and the domain', () => {
    const network = { lan: { cidr: '10.20.0.0/24' }, wan: { cidr: '203.0.113.0/28', gateway: '203.0.113.1' } };
    const after = {
      footprint: { overrides: { logs: { vcpu: 8, disks: [2048] } } },
      network: { ...network, wireguard: { port: 4500 }, addresses: { 'backup-1': '10.20.0.99' } },
    };
    expect(sentences({}, after)).toEqual([
      'logs-1: 8 vCPU instead of 4.',
      'logs-1: disks of 2048 P GB instead of 1024 P GB.',
      'backup-1: address 10.20.0.99 instead of 10.20.0.8.',
      'The firewall opens udp 4500 from Internet to 203.0.113.2.',
      'The firewall opens udp 4500 from Internet to 203.0.113.3.',
      'The firewall no longer opens udp 51820 from Internet to 203.0.113.2.',
      'The firewall no longer opens udp 51820 from Internet to 203.0.113.3.',
    ]);
    expect(sentences({}, { domain: { fqdn: 'edge.new.com' } })[0]).toBe(
      'The domain name is edge.new.com instead of edge.acme.example.',
    );
  });

  it('has words for every pair of samples', () => {
    for (const one of sampleNames) {
      for (const other of sampleNames) {
        const all = [
          ...planDifferences(planOf(sampleSite(one)), planOf(sampleSite(other))),
          ...siteDifferences(sampleSite(one), sampleSite(other)),
        ];
        for (const difference of all) expect(differenceInWords(english, difference)).not.toMatch(/[{}]|plan\.diff/);
        expect(all.length === 0).toBe(one === other);
      }
    }
  });
});

describe('siteDifferences', () => {
  it('names fields that changed, came or went', () => {
    const after = plainSite({
      backup: { type: 'nfs', host: 'backup.example', path: '/rainbow', location: 'Lyon', port: 2049 },
      media: '../media',
    });
    expect(siteDifferences(plainSite(), after).map((one) => differenceInWords(english, one))).toEqual([
      'backup.type is nfs instead of sftp.',
      'backup.port is now 2049.',
      'media is now ../media.',
    ]);
    expect(siteDifferences(after, plainSite()).map(({ kind }) => kind)).toContain('field-removed');
  });
});
