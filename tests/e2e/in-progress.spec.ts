/** A deployment in progress: reload of the window, stop and resumption. */
import { expect } from '@playwright/test';
import { fillSmallSite, test } from './edge.ts';
import { WizardPage } from './pages/wizard.ts';

// On a busy machine the reload takes some seconds; the deployment must still be in progress after it.
test.use({ uploadRate: '64KiB' });

test('a reload shows the run again; a stopped run resumes', async ({ laptop }) => {
  const page = await laptop.open();
  const wizard = new WizardPage(page);
  await fillSmallSite(wizard, laptop, 'acme-lyon');
  await wizard.saved();
  await wizard.startDeployment();
  await expect(wizard.vm('acme-lyon-edge-gw-1')).toBeVisible({ timeout: 60_000 });

  await page.reload();
  await wizard.ready();
  if (!(await wizard.heading.textContent())?.includes('Deploy')) await wizard.goTo('deploy');
  await expect(wizard.vm('acme-lyon-edge-gw-1')).toBeVisible({ timeout: 60_000 });

  await wizard.cancelDeployment();
  expect(await wizard.waitForOutcome()).toMatch(/^Stopped/);
  const stopped = await laptop.inventory();
  expect(stopped.length).toBeLessThan(9);

  await wizard.retry();
  expect(await wizard.waitForOutcome()).toMatch(/^Deployed/);
  const names = (await laptop.inventory()).map(({ name }) => name);
  expect(names).toHaveLength(9);
  expect(new Set(names).size).toBe(9);
});
