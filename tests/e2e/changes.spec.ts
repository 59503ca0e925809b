/** A change resets the checks that depend on it. These tests deploy nothing. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { fillSmallSite, test } from './edge.ts';
import { WizardPage } from './pages/wizard.ts';

test('a change resets the checks that depend on it', async ({ laptop }) => {
  const page = await laptop.open();
  const wizard = new WizardPage(page);
  await fillSmallSite(wizard, laptop, 'acme-paris');
  const [first, second] = laptop.hosts;
  if (first === undefined || second === undefined) throw new Error('two hosts');
  const card = wizard.endpoint(1);
  const connect = card.getByRole('button', { name: 'Connect', exact: true });
  const connected = card.getByText(/^Connected: /);

  await test.step('the medium: verified, then an image is gone', async () => {
    await wizard.verifyMedia();
    await wizard.goTo('review');
    await expect(wizard.stepButton('infrastructure')).toContainText('(complete)');
    expect(await wizard.runChecks()).toMatch(/^Ready to deploy/);

    const image = join(laptop.media, 'edge-gw.ova');
    await rename(image, `${image}.away`);
    await wizard.goTo('infrastructure');
    await wizard.lookAtMedia();
    await expect(wizard.media.getByText(/edge-gw\.ova for edge-gw is missing/)).toBeVisible();
    await wizard.goTo('review');
    await expect(wizard.stepButton('infrastructure')).toContainText('(needs attention)');
    await expect(wizard.deployButton).toBeDisabled();
    await rename(`${image}.away`, image);
    // The checks read the medium again.
    expect(await wizard.runChecks()).toMatch(/^Ready to deploy/);
  });

  await test.step('a password that is being typed, stored, and wrong', async () => {
    await wizard.goTo('infrastructure');
    await expect(connected).toBeVisible();
    await card.getByRole('button', { name: 'Change' }).click();
    await card.getByLabel('Password of this account').fill('not the password');
    await expect(connect).toBeDisabled();
    await expect(card.getByText('Store the new password first.')).toBeVisible();
    await card.getByRole('button', { name: 'Store', exact: true }).click();
    await expect(card.getByText(/stored in/)).toBeVisible();
    await expect(connected).toBeHidden();
    await wizard.goTo('review');
    await expect(page.getByText('Something changed since the checks: run them again.')).toBeVisible();
    await wizard.goTo('infrastructure');
    await connect.click();
    await expect(card.getByRole('alert')).toBeVisible();
    await expect(connected).toBeHidden();
  });

  await test.step('another certificate than the one that was trusted', async () => {
    await card.getByLabel('Address', { exact: true }).fill(second.url);
    await expect(card.getByRole('alert')).toBeHidden();
    await card.getByRole('button', { name: 'Compare certificate again' }).click();
    const question = card.getByRole('group', { name: 'This is not the certificate that was trusted before' });
    await expect(question).toContainText(first.fingerprint);
    await expect(question).toContainText(second.fingerprint);
    await expect(question).toContainText(/\d+ of 32 groups differ/);
    await expect(question.getByRole('button', { name: 'Do not trust' })).toBeFocused();
    await expect(wizard.trustButton(1)).toBeDisabled();
    await page.keyboard.press('Enter');
    await expect(card.getByText('Call the administrator of this host', { exact: false })).toBeVisible();
    await expect(connect).toBeEnabled();

    await card.getByRole('button', { name: 'Compare certificate again' }).click();
    await wizard.trustCertificate(1);
    await expect(question).toBeHidden();
    await connect.click();
    await expect(connected).toBeVisible();
    // The same host in another card has the same secret.
    const other = wizard.endpoint(2);
    await expect(other.getByText(/^Connected: /)).toBeVisible();
    await other.getByRole('button', { name: 'Change' }).click();
    await other.getByLabel('Password of this account').fill('not the password');
    await other.getByRole('button', { name: 'Store', exact: true }).click();
    await expect(other.getByText(/stored in/)).toBeVisible();
    await expect(other.getByText(/^Connected: /)).toBeHidden();
    await expect(connected).toBeHidden();
  });
});
