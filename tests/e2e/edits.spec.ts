/** Edits are not lost: removals are undone, edits survive a lost connection, another file and a second writer. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { test } from './edge.ts';
import { WizardPage } from './pages/wizard.ts';

async function expectAccessible(page: Page, what: string): Promise<void> {
  const builder = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']);
  const { violations } = await builder.setLegacyMode().analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect(found, what).toEqual([]);
}

/** A site file that the test changes outside the wizard. */
async function openSite(folder: string): Promise<string> {
  const own = join(folder, 'site');
  await mkdir(own);
  const path = join(own, 'acme.yaml');
  await writeFile(path, 'apiVersion: edge-site/v1\nsite:\n  name: acme\n  customer: ACME\n');
  return path;
}

test('a removal is undone, by the bar and by the keyboard', async ({ laptop }) => {
  const page = await laptop.open({ site: await openSite(laptop.folder) });
  const wizard = new WizardPage(page);
  await wizard.ready();
  await wizard.addContact('Ada');
  await page.getByRole('button', { name: 'Remove contact 1' }).click();
  await expect(wizard.undoBar).toContainText('Ada removed');
  await wizard.undoBar.getByRole('button', { name: 'Undo' }).click();
  await expect(wizard.field('Name', 'Contacts')).toHaveValue('Ada');

  // A text field undoes its own typing first.
  const customer = wizard.field('Customer');
  await customer.click();
  await customer.press('End');
  await customer.pressSequentially(' SA');
  await customer.press('ControlOrMeta+z');
  await expect(customer).not.toHaveValue('ACME SA');
  await expect(wizard.field('Name', 'Contacts')).toHaveValue('Ada');

  await wizard.addDatacentre();
  await wizard.addDatacentre();
  await wizard.goTo('infrastructure');
  await wizard.endpoint(1).getByLabel('Address', { exact: true }).fill('https://esx1.acme.example');
  await wizard.goTo('site');
  await page.getByRole('button', { name: 'Remove data centre 1' }).click();
  const question = page.getByRole('dialog', { name: 'Remove dc1?' });
  await expect(question).toContainText('https://esx1.acme.example');
  await expect(question).toContainText('dc2 becomes the primary data centre');
  await expectAccessible(page, 'removal of a data centre');
  await question.getByRole('button', { name: 'Remove dc1' }).click();
  await expect(wizard.undoBar).toContainText('dc1 removed. dc2 is now the primary data centre.');
  await expectAccessible(page, 'undo bar');
  await wizard.heading.click();
  await page.keyboard.press('ControlOrMeta+z');
  await expect(wizard.field('Name', 'Data centres').first()).toHaveValue('dc1');
  await expect(wizard.undoBar).not.toContainText('dc1 removed');
  await page.keyboard.press('ControlOrMeta+Shift+z');
  await expect(wizard.field('Name', 'Data centres').first()).toHaveValue('dc2');
});

test('two versions of the file are compared, and the discarded one is kept', async ({ laptop }) => {
  const path = await openSite(laptop.folder);
  const page = await laptop.open({ site: path });
  const wizard = new WizardPage(page);
  await wizard.ready();
  await writeFile(path, (await readFile(path, 'utf8')).replace('ACME', 'Theirs'));
  await wizard.fill('Customer', 'Mine');
  const dialog = page.getByRole('dialog', { name: 'The site file was changed outside this window' });
  await expect(dialog).toContainText('Customer (site.customer) is Mine instead of Theirs.');
  await expectAccessible(page, 'two versions');
  await dialog.getByRole('button', { name: 'Use my version' }).click();
  await expect(page.getByText(/^The other version was kept$/)).toBeVisible();
  await expect.poll(() => readFile(path, 'utf8')).toContain('Mine');
  const names = await readdir(join(path, '..'));
  const kept = names.find((name) => /^acme\.bak-.*\.yaml$/.test(name)) ?? '';
  expect(await readFile(join(path, '..', kept), 'utf8')).toContain('Theirs');

  // The wizard asks before it opens another file, since this one cannot be written.
  const folder = join(path, '..');
  await rename(folder, `${folder}-away`);
  await writeFile(folder, 'no folder');
  await wizard.fill('Customer', 'Not written');
  await expect(page.getByRole('button', { name: 'Save elsewhere…' })).toBeVisible();
  await expectAccessible(page, 'failed save');
  await writeFile(join(laptop.folder, 'other.yaml'), 'apiVersion: edge-site/v1\nsite:\n  customer: Other\n');
  await wizard.openFile(laptop.folder, 'other.yaml');
  const question = page.getByRole('dialog', { name: 'This site has unsaved changes' });
  await expectAccessible(page, 'unsaved changes');
  await question.getByRole('button', { name: 'Stay here' }).click();
  await expect(wizard.field('Customer')).toHaveValue('Not written');
  await wizard.openFile(laptop.folder, 'other.yaml');
  await question.getByRole('button', { name: 'Discard and open' }).click();
  await expect(wizard.field('Customer')).toHaveValue('Other');
  await rm(folder);
  await rename(`${folder}-away`, folder);
});

test('edits survive a lost connection and a refused page', async ({ laptop }, { project }) => {
  test.skip(project.name === 'electron', 'The window of the application has no connection that can be lost.');
  const path = await openSite(laptop.folder);
  const page = await laptop.open({ site: path });
  const wizard = new WizardPage(page);
  await wizard.ready();
  const connection = { cut: false, close: (): void => undefined };
  await page.routeWebSocket('**/rpc', (socket) => {
    if (connection.cut) return void socket.close();
    const server = socket.connectToServer();
    connection.close = () => {
      void server.close();
      void socket.close();
    };
  });
  await page.reload();
  await wizard.ready();

  connection.cut = true;
  connection.close();
  await expect(page.getByRole('alert').filter({ hasText: 'The connection to the installer is lost.' })).toBeVisible();
  await wizard.fill('Customer', 'Typed while lost');
  await expect(page.getByText('Not saved: connection lost')).toBeVisible();
  await expectAccessible(page, 'lost connection');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save a copy' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('acme.yaml');
  expect(await readFile(await download.path(), 'utf8')).toContain('customer: Typed while lost');
  connection.cut = false;
  await wizard.saved();
  expect(await readFile(path, 'utf8')).toContain('Typed while lost');

  connection.cut = true;
  connection.close();
  await wizard.fill('Customer', 'Left behind');
  await page.route('**/session', (route) => route.fulfill({ status: 401 }));
  const left = page.getByRole('region', { name: 'Unsaved changes' });
  await expect(left).toContainText('acme.yaml');
  await expectAccessible(page, 'refused page');
  await page.reload();
  await expect(left).toContainText('acme.yaml');

  connection.cut = false;
  await page.unroute('**/session');
  await page.reload();
  const offer = page.getByRole('dialog', { name: /^Unsaved changes from / });
  await expect(offer).toContainText('Customer (site.customer) is Left behind instead of Typed while lost.');
  await offer.getByRole('button', { name: 'Continue with them' }).click();
  await expect.poll(() => readFile(path, 'utf8')).toContain('Left behind');
  await expect(wizard.field('Customer')).toHaveValue('Left behind');
});
