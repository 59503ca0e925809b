import { describe, expect, it } from 'vitest';
import type { CapacityBar } from '../../../../core/documents/drawing/capacity.ts';
import { layoutOf } from '../../../../core/platform/layout.ts';
import type { EndpointInventory } from '../../../../core/platform/inventory.ts';
import { datacentresOf, inventoriesIn, pinnedIn, verdictOf } from '../../../../renderer/models/capacity.ts';

const url = 'https://esx1.acme.example';
const draft = {
  datacentres: [
    { name: 'north', platform: 'kvm' },
    {
      name: 'south',
      platform: 'vsphere',
      vsphere: { endpoints: [{ url, username: 'root', fingerprint: 'SHA256:AA' }] },
    },
  ],
};
const inventory: EndpointInventory = {
  datacentre: '',
  endpointIndex: 0,
  url,
  fingerprint: '',
  certificate: { subject: '', notBefore: '', notAfter: '' },
  product: '',
  version: '',
  kind: 'esxi',
  writable: true,
  hosts: [],
  storage: [],
  networks: [],
  machines: [],
};
const bar = (resource: CapacityBar['resource'], capacity: number, used: number, planned: number): CapacityBar => ({
  id: '',
  datacentre: '',
  url,
  name: '',
  resource,
  unit: resource === 'vcpu' ? 'vcpu' : 'bytes',
  capacity,
  used,
  planned,
  free: capacity - used - planned,
  estimated: false,
});

describe('capacity of a draft', () => {
  it('puts an inventory where the draft has its endpoint', () => {
    const found = inventoriesIn(draft, (one) => (one.url === url && one.username === 'root' ? inventory : undefined));
    expect(found.map(({ datacentre, endpointIndex }) => [datacentre, endpointIndex])).toEqual([['south', 0]]);
    expect(inventoriesIn(draft, () => undefined)).toEqual([]);
  });

  it('asks only endpoints whose certificate was compared', () => {
    expect(pinnedIn(draft)).toEqual([{ url, username: 'root', fingerprint: 'SHA256:AA' }]);
    expect(
      pinnedIn({ datacentres: [{ platform: 'vsphere', vsphere: { endpoints: [{ url, username: 'root' }] } }] }),
    ).toEqual([]);
  });

  it('does with a draft that has no storage yet, and leaves out what is set up by hand', () => {
    expect(datacentresOf(draft).map((one) => [one.name, layoutOf(one)?.storage.standard])).toEqual([
      ['north', undefined],
      ['south', ''],
    ]);
  });

  it('lets vCPU be shared up to four a thread, memory never', () => {
    expect(verdictOf(bar('vcpu', 8, 4, 4))).toBe('done');
    expect(verdictOf(bar('vcpu', 8, 4, 28))).toBe('warn');
    expect(verdictOf(bar('vcpu', 8, 5, 28))).toBe('fail');
    expect(verdictOf(bar('memory', 8, 5, 4))).toBe('fail');
  });
});
