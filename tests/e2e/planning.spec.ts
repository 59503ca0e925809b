/** The planning half: navigation without loss, findings at their fields, and the links from Review to them. */
import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import { test } from './edge.ts';
import { type StepName, stepTitles, WizardPage } from './pages/wizard.ts';

test('entered values stay, through steps and a reload', async ({ laptop }) => {
  const page = await laptop.open();
  const wizard = new WizardPage(page);
  await wizard.ready();
  await wizard.fillSite({ customer: 'Café Ærø', name: 'cafe', registered: 300, concurrent: 100 });
  await wizard.next();
  await wizard.expectStep('network');
  await wizard.fill('LAN network', '10.30.0.0/24');
  await wizard.back();
  await wizard.expectStep('site');
  await expect(wizard.field('Customer')).toHaveValue('Café Ærø');
  const path = await wizard.saved();
  await expect.poll(() => readFile(path, 'utf8')).toContain('10.30.0.0/24');

  await page.reload();
  await wizard.ready();
  await wizard.goTo('site');
  await expect(wizard.field('Customer')).toHaveValue('Café Ærø');
  await wizard.goTo('network');
  await expect(wizard.field('LAN network')).toHaveValue('10.30.0.0/24');
});

test('a finding is shown at its field, and Review links to it', async ({ laptop }) => {
  const wizard = new WizardPage(await laptop.open());
  await wizard.ready();
  await wizard.goTo('network');
  await wizard.fill('LAN network', '010.20.0.0/24');
  await expect(wizard.field('LAN network')).toHaveAccessibleDescription(/starts with 0/);
  await wizard.goTo('review');
  await expect(wizard.deployButton).toBeHidden();
  await wizard.page
    .getByRole('button', { name: /Go to Network/ })
    .first()
    .click();
  await wizard.expectStep('network');
});

test('every step has no accessibility violation', async ({ laptop }) => {
  const page = await laptop.open();
  const wizard = new WizardPage(page);
  await wizard.ready();
  for (const step of Object.keys(stepTitles) as StepName[]) {
    await wizard.goTo(step);
    const builder = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']);
    const { violations } = await builder.setLegacyMode().analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
    expect(found, stepTitles[step]).toEqual([]);
  }
});
