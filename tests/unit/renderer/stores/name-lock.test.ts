import { expect, it } from 'vitest';
import type { DeployedSite } from '../../../../core/preflight/facts.ts';
import { nameLock } from '../../../../renderer/stores/name-lock.ts';

const deployed: DeployedSite = {
  site: 'acme-two',
  fqdn: 'edge.acme.example',
  datacentres: ['dc1', 'dc2'],
  vms: 9,
  planDigest: 'd',
  siteFile: '/site.yaml',
  at: '2026-11-22T10:00:00.000Z',
};

it.each([
  ['site.name', 'acme-two', 'site'],
  ['site.name', 'acme-three', 'renamed'],
  ['site.name', undefined, 'renamed'],
  ['datacentres.0.name', 'dc1', 'datacentre'],
  ['datacentres.12.name', 'dc2', 'datacentre'],
  ['datacentres.1.name', 'dc3', undefined],
  ['site.customer', 'acme-two', undefined],
  ['site.contacts.0.name', 'dc1', undefined],
])('of a deployed site %s = %s is locked as %s', (path, value, lock) => {
  expect(nameLock(deployed, path, value)).toBe(lock);
  expect(nameLock(null, path, value)).toBeUndefined();
});
