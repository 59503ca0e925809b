import { describe, expect, it } from 'vitest';
import type { Owner } from '../../../../../core/platform/inventory.ts';
import { addressesOf, annotationOf, ownerOf, tagKeys, tagOf } from '../../../../../core/platform/vsphere/tags.ts';

const owner: Owner = {
  site: 'acme',
  component: 'edge-gw',
  machine: 'acme-edge-gw-1',
  stage: 'configured',
  plan: 'digest',
  image: 'sha',
  nics: ['wan', '', 'lan'],
  addresses: ['10.20.0.2', '10.20.0.1'],
};

describe('the owner of a VM', () => {
  it.each<[string, Owner]>([
    ['whole', owner],
    ['just created', { ...owner, stage: 'created' }],
    ['of an earlier version, without addresses', { site: 'a', component: 'b', machine: 'c', stage: 'configured' }],
  ])('comes back from its tag: %s', (_what, one) => {
    expect(ownerOf({ annotation: '', extraConfig: tagOf(one) })).toEqual(one);
  });

  it('is read from the annotation while the tag is missing', () => {
    const { site, component, machine } = owner;
    expect(ownerOf({ annotation: annotationOf(owner), extraConfig: {} })).toEqual({ site, component, machine });
  });

  it('has the keys and values that earlier versions wrote', () => {
    expect(tagOf({ ...owner, stage: 'created' })).toMatchObject({
      'rainbow-edge.site': 'acme',
      'rainbow-edge.vm': 'acme-edge-gw-1',
      'rainbow-edge.stage': 'imported',
      'rainbow-edge.nics': 'wan,,lan',
      'rainbow-edge.addresses': '10.20.0.2,10.20.0.1',
    });
    expect(annotationOf(owner)).toBe('rainbow-edge-installer site=acme vm=acme-edge-gw-1 component=edge-gw');
  });

  it('is undefined without tag and annotation', () => {
    expect(ownerOf({ annotation: 'a database', extraConfig: { 'guestinfo.x': 'y' } })).toBeUndefined();
  });
});

describe('the addresses of a VM', () => {
  const environment = `<?xml version="1.0"?><Environment xmlns:oe="http://schemas.dmtf.org/ovf/environment/1"><PropertySection>
   <Property oe:key="hostname" oe:value="x"/><Property oe:value="10.20.0.7" oe:key="lan_ip"></Property>
   <Property oe:key="lan_gateway" oe:value="10.20.0.1"/></PropertySection></Environment>`;

  it('are read from the tag', () => {
    const extraConfig = { [tagKeys.addresses]: '10.20.0.2, 10.20.0.1,10.20.0.2,x' };
    expect(addressesOf({ annotation: '', extraConfig })).toEqual(['10.20.0.2', '10.20.0.1']);
  });

  it('are read from the import: properties on vCenter, environment on ESXi', () => {
    const properties = { hostname: 'x', wan_ip: '203.0.113.2,203.0.113.3' };
    expect(addressesOf({ annotation: '', extraConfig: {}, properties })).toEqual(['203.0.113.2', '203.0.113.3']);
    const extraConfig = { 'guestinfo.ovfEnv': environment };
    expect(addressesOf({ annotation: '', extraConfig })).toEqual(['10.20.0.7', '10.20.0.1']);
  });
});
