/**
 * The medium in the wizard: its contents, missing images, refusals with reasons, and the evidence that it is genuine.
 */
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import { fillSiteAndNetwork, fillSmallSite, type Laptop, test } from './edge.ts';
import { certifyImage, flipBit, removeSignature, signAsStranger, takeAway } from './medium.ts';
import { WizardPage } from './pages/wizard.ts';

/** At the medium, with a plan and no infrastructure: the small footprint needs 8 of the 20 images. */
async function openAtMedia(laptop: Laptop): Promise<WizardPage> {
  const wizard = new WizardPage(await laptop.open());
  await fillSiteAndNetwork(wizard, 'acme-metz');
  await wizard.goTo('infrastructure');
  return wizard;
}

async function expectAccessible({ page }: WizardPage): Promise<void> {
  const builder = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']);
  const { violations } = await builder.setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual(
    [],
  );
}

test('the contents of a medium, missing images for this plan, and the signer of an image', async ({ laptop }) => {
  await certifyImage(laptop, 'backup.ova');
  const putBack = await takeAway(join(laptop.media, 'metrics.ova'));
  const wizard = await openAtMedia(laptop);
  await wizard.chooseMedia(laptop.media);

  await expect(wizard.media).toContainText('2026.4');
  await expect(wizard.media).toContainText('signing-key');
  await expect(wizard.mediaRow('all-in-one.ova')).toContainText('All-in-One');
  await expect(wizard.mediaRow('all-in-one.ova')).toContainText(/\d MB.*present, not verified yet/);
  await expect(wizard.mediaRow('pbx-gateway.ova')).toBeHidden();
  await expect(wizard.media).toContainText(/not needed for this plan: .*Cloud PBX Gateway/);

  await expect(wizard.mediaRow('Metrics & Monitoring')).toContainText('missing: file not there or incomplete');
  const lacking = wizard.media.getByRole('status').filter({ hasText: 'Planned servers without an image: 1' });
  await expect(lacking).toContainText('Metrics & Monitoring');
  await expect(lacking).toContainText('metrics.ova');
  await expectAccessible(wizard);

  await putBack();
  await wizard.lookAtMedia();
  await expect(lacking).toBeHidden();
  await wizard.verifyMedia();
  const signer = wizard.media.locator('[data-image-signers]');
  await expect(signer).toContainText('Release signing');
  await expect(signer).toContainText('Image Publishing CA');
  await expect(signer).toContainText(/Fingerprint\s*(?:[0-9A-F]{2}:){7}[0-9A-F]{2}…/);
  await expect(signer).toContainText('backup.ova');
  await expect(signer).toContainText('is not known here');
  await expectAccessible(wizard);
});

test('one wrong bit is refused in plain words; the repaired medium is genuine, and no image is read twice', async ({
  laptop,
}) => {
  const image = join(laptop.media, 'object-storage.ova');
  await flipBit(image);
  const wizard = new WizardPage(await laptop.open());
  await fillSmallSite(wizard, laptop, 'acme-metz');
  await wizard.startMediaVerification();

  await expect(wizard.mediaRefusal).toContainText('object-storage.ova', { timeout: 60_000 });
  await expect(wizard.mediaRefusal).toContainText('somebody exchanged it');
  await expect(wizard.mediaRefusal).toContainText('Nothing of it was used');
  await expect(wizard.mediaRow('object-storage.ova')).toContainText('refused');
  await expect(wizard.mediaRow('all-in-one.ova')).toContainText('verification not finished');
  const text = await wizard.textForAle();
  for (const part of [
    'Site: ACME SA, acme-metz',
    `Folder: ${laptop.media}`,
    'Release: 2026.4',
    'Signature by: signing-key',
    'Tool: Rainbow Edge Installer',
    '[media.image-altered]',
    'file: object-storage.ova',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).toMatch(/Time \(UTC\): \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/);
  await wizard.mediaRefusal.getByRole('button', { name: 'Copy for ALE' }).click();
  await expect(wizard.mediaRefusal.getByRole('button', { name: 'Copied' })).toBeVisible();
  await expectAccessible(wizard);

  await wizard.saved();
  expect(await wizard.runChecks()).toMatch(/fix/i);
  await expect(wizard.page.getByText('The medium was refused (media.image-altered).').first()).toBeVisible();
  await expect(wizard.deployButton).toBeDisabled();

  await flipBit(image);
  await wizard.goTo('infrastructure');
  expect(await wizard.verifyMedia()).toMatch(/Release 2026\.4, signed by signing-key.*read just now/is);
  await expect(wizard.mediaRefusal).toBeHidden();
  await expect(wizard.mediaRow('object-storage.ova')).toContainText(/verified at \d/);
  expect(await wizard.verifyMedia()).toContain('Nothing had to be read again');
  await expect(wizard.mediaRow('object-storage.ova')).toContainText(/verified earlier at \d.*not read again/);

  await wizard.runChecks();
  await expect(wizard.deployButton).toBeEnabled();
});

test('an unsigned medium and one with an unknown signer are refused with different texts', async ({ laptop }) => {
  await signAsStranger(laptop.media);
  const wizard = await openAtMedia(laptop);
  await wizard.field('Folder').fill(laptop.media);
  await wizard.lookAtMedia();
  await expect(wizard.mediaRefusal).toContainText('a key that this installer does not know');
  expect(await wizard.textForAle()).toContain('[media.signature-unknown-key]');
  await expect(wizard.media.getByRole('table')).toBeHidden();

  await removeSignature(laptop.media);
  await wizard.startMediaVerification();
  await expect(wizard.mediaRefusal).toContainText('Without one, anybody could have made this disk');
  expect(await wizard.textForAle()).toContain('[media.unsigned]');
  await expectAccessible(wizard);
});
