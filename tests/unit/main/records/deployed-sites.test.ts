import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { planDigestOf } from '../../../../core/plan/digest.ts';
import { deployedFrom, forgetDeployed, keepDeployed, releaseNames } from '../../../../main/records/deployed-sites.ts';
import { plainSite, planOf } from '../../../fixtures/sample-sites.ts';

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'edge-deployed-'));
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

const plain = plainSite();
const keep = (path: string, name: string, at = '2026-11-22T10:00:00Z') => {
  const site = { ...plain, site: { ...plain.site, name } };
  const plan = planOf(site);
  return keepDeployed(stateDir, { path, site, plan, planDigest: planDigestOf(plan) }, new Date(at));
};
const fqdn = plain.domain.fqdn;
const from = async (path: string, site: string, domain = fqdn) =>
  (await deployedFrom(stateDir, path, { site, fqdn: domain }))?.site;

it('a file is recognised by its path, also after its site was renamed', async () => {
  await keep('/sites/a.yaml', 'acme-two');
  expect(await deployedFrom(stateDir, '/sites/a.yaml', { site: 'acme-three', fqdn })).toMatchObject({
    site: 'acme-two',
    datacentres: plain.datacentres.map(({ name }) => name),
    vms: planOf(plain).vms.length,
    siteFile: '/sites/a.yaml',
  });
});

it('a moved file is recognised by site name and domain together', async () => {
  await keep('/sites/a.yaml', 'acme-two');
  expect(await from('/elsewhere/a.yaml', 'acme-two')).toBe('acme-two');
  expect(await from('/elsewhere/a.yaml', 'acme-three')).toBeUndefined();
  // Two customers may choose the same site name.
  expect(await from('/elsewhere/a.yaml', 'acme-two', 'edge.other.example')).toBeUndefined();
});

it('the newest deployment from a file counts', async () => {
  await keep('/sites/a.yaml', 'acme-two', '2026-11-22T10:00:00Z');
  await keep('/sites/a.yaml', 'acme-three', '2026-11-23T10:00:00Z');
  expect(await from('/sites/a.yaml', 'acme-two')).toBe('acme-three');
});

it('a released file describes another edge until it is deployed again', async () => {
  await keep('/sites/a.yaml', 'acme-two');
  expect((await releaseNames(stateDir, '/sites/a.yaml')).ok).toBe(true);
  expect(await from('/sites/a.yaml', 'acme-two')).toBeUndefined();
  expect(await from('/elsewhere/a.yaml', 'acme-two')).toBe('acme-two');
  await keep('/sites/a.yaml', 'acme-two');
  expect(await from('/sites/a.yaml', 'acme-two')).toBe('acme-two');
});

it('after a rollback, and for a record in another format, no site is deployed', async () => {
  await keep('/sites/a.yaml', 'acme-two');
  await writeFile(join(stateDir, 'sites', 'acme-two', 'deployed.json'), '{"site":"acme-two"}');
  expect(await from('/sites/a.yaml', 'acme-two')).toBeUndefined();
  await keep('/sites/a.yaml', 'acme-two');
  await forgetDeployed(stateDir, 'acme-two');
  expect(await from('/sites/a.yaml', 'acme-two')).toBeUndefined();
  expect(await from('/sites/none.yaml', 'none')).toBeUndefined();
});
