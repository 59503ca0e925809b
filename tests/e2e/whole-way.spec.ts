/**
 * The whole wizard, from an empty laptop to the summary; then vSphere's inventory is compared with the plan, value by
 * value.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import type { PlanDocument } from '../../core/plan/export.ts';
import { fillSmallSite, type Laptop, test } from './edge.ts';
import { WizardPage } from './pages/wizard.ts';

const gib = 1024 ** 3;
const datastores = { standard: 'standard-perf', premium: 'high-perf' } as const;
const portGroups = { lan: 'EDGE-LAN', wan: 'EDGE-WAN' } as const;

async function planOf(laptop: Laptop, site: string): Promise<PlanDocument> {
  const plan = await laptop.edge('plan', site, '--json');
  expect(plan.code, plan.stderr).toBe(0);
  return JSON.parse(plan.stdout) as PlanDocument;
}

async function expectInventoryAsPlanned(laptop: Laptop, plan: PlanDocument, site: string): Promise<void> {
  const found = await laptop.inventory();
  expect(found.map(({ name }) => name).toSorted()).toEqual(plan.vms.map(({ name }) => name).toSorted());
  for (const planned of plan.vms) {
    const vm = found.find(({ name }) => name === planned.name);
    expect(
      {
        name: vm?.name,
        vcpu: vm?.numCpu,
        memoryMb: vm?.memoryMb,
        disks: vm?.disks.map(({ capacityBytes, datastore }) => ({ capacityBytes, datastore })),
        networks: vm?.nics.map(({ network }) => network),
        power: vm?.powerState,
        site: vm?.extraConfig['rainbow-edge.site'],
        component: vm?.extraConfig['rainbow-edge.component'],
      },
      planned.name,
    ).toEqual({
      name: planned.name,
      vcpu: planned.vcpu,
      memoryMb: planned.memoryGb * 1024,
      disks: planned.disks.map((disk) => ({ capacityBytes: disk.sizeGb * gib, datastore: datastores[disk.class] })),
      networks: planned.nics.map(({ network }) => portGroups[network]),
      power: 'poweredOn',
      site,
      component: planned.component,
    });
  }
}

/** Under another name the deployed site does not count, and no check shows ready. */
async function expectRenamedToCount(wizard: WizardPage, laptop: Laptop, site: string): Promise<void> {
  for (const step of ['deploy', 'handover', 'summary'] as const) {
    await expect(wizard.stepButton(step)).toContainText('(complete)');
  }
  await wizard.goTo('site');
  await expect(wizard.field('Site name')).not.toBeEditable();
  await wizard.changeName('Site name');
  await wizard.fill('Site name', 'acme-lyon');
  await wizard.saved();
  await wizard.goTo('review');
  for (const step of ['deploy', 'handover'] as const) {
    await expect(wizard.stepButton(step)).toContainText('(of an earlier plan)');
  }
  await expect(wizard.stepButton('summary')).toContainText('(out of date)');
  expect(await wizard.runChecks()).toMatch(/fix/i);
  await expect(
    wizard.page.getByText(/VMs of the site acme-paris on these hosts use planned addresses/).first(),
  ).toBeVisible();
  await expect(wizard.deployButton).toBeDisabled();
  const deployed = await laptop.edge('deploy', site, '--trust', laptop.trust, '--json');
  expect(deployed.code, deployed.stdout).toBe(3);
  expect(await laptop.inventory()).toHaveLength(9);
  await wizard.goTo('deploy');
  await expect(wizard.page.getByText('This deployment is of an earlier plan')).toBeVisible();

  await wizard.page.reload();
  await wizard.ready();
  await expect(wizard.stepButton('deploy')).not.toContainText('(complete)');
  await expect(wizard.stepButton('handover')).not.toContainText('(complete)');
  await wizard.goTo('site');
  await wizard.fill('Site name', 'acme-paris');
  for (const step of ['deploy', 'handover'] as const) {
    await expect(wizard.stepButton(step)).toContainText('(complete)');
  }
}

test('a technician installs a small edge', async ({ laptop }) => {
  const page = await laptop.open();
  const wizard = new WizardPage(page);
  await fillSmallSite(wizard, laptop, 'acme-paris');
  await wizard.verifyMedia();
  const site = await wizard.saved();

  await wizard.runChecks();
  await expect(wizard.deployButton).toHaveText(/Deploy 9 VMs/);
  await wizard.startDeployment();
  expect(await wizard.waitForOutcome()).toMatch(/^Deployed/);

  const plan = await planOf(laptop, site);
  expect(plan.totals).toMatchObject({ vms: 9, vcpu: 34, memoryGb: 102, diskGb: 7680, premiumGb: 2048 });
  await expectInventoryAsPlanned(laptop, plan, 'acme-paris');

  const { code, bundlePath } = await wizard.createHandover();
  expect(code).toMatch(/^\d{12}$/);
  const opened = await laptop.edge('handover', 'open', bundlePath, '--identity', laptop.identity);
  expect(opened.code, opened.stderr).toBe(0);
  const bundle = JSON.parse(opened.stdout) as { gateways: { vm: string; endpoint: string }[]; vms: unknown[] };
  expect(bundle.gateways.map(({ vm }) => vm)).toEqual(['acme-paris-edge-gw-1', 'acme-paris-edge-gw-2']);
  expect(bundle.vms).toHaveLength(9);

  const files = await wizard.createSummary();
  expect([...new Set(files.map((file) => file.replace(/^.*\./, '')))].toSorted()).toEqual([
    'csv',
    'html',
    'json',
    'pdf',
  ]);
  for (const file of files) expect(existsSync(file), file).toBe(true);
  const pdf = files.find((file) => file.endsWith('.pdf')) ?? '';
  const text = execFileSync('pdftotext', ['-layout', pdf, '-'], { encoding: 'utf8' });
  for (const { name } of plan.vms) expect(text).toContain(name);
  const summary = readFileSync(files.find((file) => file.endsWith('.json')) ?? '', 'utf8');
  expect(summary).not.toContain(laptop.password);

  // A second run finds nothing to do.
  await wizard.startDeployment();
  expect(await wizard.waitForOutcome()).toMatch(/^Nothing to do/);
  await expectRenamedToCount(wizard, laptop, site);
});
