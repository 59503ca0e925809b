/** The wizard as its user sees it: found by role and label, never by how it is built. English texts. */
import { expect, type Locator, type Page } from '@playwright/test';

export const stepTitles = {
  site: 'Site & footprint',
  network: 'Network',
  domain: 'Domain & certificate',
  mail: 'Mail & backup',
  infrastructure: 'Infrastructure & media',
  review: 'Review',
  deploy: 'Deploy',
  handover: 'Handover',
  summary: 'Summary',
} as const;
export type StepName = keyof typeof stepTitles;

const order = Object.keys(stepTitles) as StepName[];

interface EndpointValues {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly fingerprint?: string;
}

export class WizardPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Waits until the wizard has loaded its site. */
  async ready(): Promise<void> {
    await expect(this.steps).toBeVisible({ timeout: 30_000 });
  }

  get steps(): Locator {
    return this.page.getByRole('navigation', { name: 'Steps' });
  }

  get heading(): Locator {
    return this.page.getByRole('heading', { level: 1 });
  }

  stepButton(step: StepName): Locator {
    return this.steps.getByRole('button', { name: stepTitles[step] });
  }

  async goTo(step: StepName): Promise<void> {
    await this.stepButton(step).click();
    await this.expectStep(step);
  }

  async next(): Promise<void> {
    await this.page.getByRole('button', { name: 'Next', exact: true }).click();
  }

  async back(): Promise<void> {
    await this.page.getByRole('button', { name: 'Back', exact: true }).click();
  }

  async expectStep(step: StepName): Promise<void> {
    await expect(this.heading).toContainText(`Step ${order.indexOf(step) + 1} of ${order.length}`);
    await expect(this.heading).toContainText(stepTitles[step]);
    await expect(this.stepButton(step)).toHaveAttribute('aria-current', 'step');
  }

  /** A field by its label; `within` narrows to a section, e.g. the LAN's VLAN. */
  field(label: string, within?: string): Locator {
    const scope = within === undefined ? this.page.getByRole('main') : this.section(within);
    // Optional fields say so in their label.
    const escaped = label.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    return scope.getByLabel(new RegExp(`^\\s*${escaped}(?: \\(optional\\))?\\s*$`));
  }

  section(title: string): Locator {
    return this.page.getByRole('region', { name: title, exact: true });
  }

  async fill(label: string, value: string, within?: string): Promise<void> {
    const field = this.field(label, within);
    await field.fill(value);
    await field.blur();
  }

  async choose(option: string): Promise<void> {
    await this.page.getByRole('radio', { name: option }).check();
  }

  /** Waits until the draft is on disk, and returns the displayed path. */
  async saved(): Promise<string> {
    const status = this.page.getByText(/^Saved to /);
    await expect(status).toBeVisible({ timeout: 15_000 });
    return ((await status.textContent()) ?? '').replace(/^Saved to /, '').trim();
  }

  async fillSite(values: { customer: string; name: string; registered: number; concurrent: number }): Promise<void> {
    await this.goTo('site');
    await this.fill('Customer', values.customer);
    await this.fill('Site name', values.name);
    await this.fill('Registered users', String(values.registered));
    await this.fill('Concurrent users', String(values.concurrent));
  }

  /** Answers the question that locks a name of a deployed site. */
  async changeName(label: string): Promise<void> {
    const field = this.page.locator('.site-field').filter({ has: this.page.getByLabel(label, { exact: true }) });
    await field.getByRole('button', { name: 'Change the name…' }).click();
    const question = this.page.getByRole('dialog');
    await expect(question.getByRole('button', { name: /^Keep the name/ })).toBeFocused();
    await question.getByRole('button', { name: 'Plan a second edge' }).click();
    await expect(this.field(label)).toBeEditable();
  }

  /** The card of one footprint option on the first step. */
  proposal(option: 'small' | 'large'): Locator {
    return this.section('Footprint').locator(`[data-option="${option}"]`);
  }

  /** Adds a data centre on the first step. */
  async addDatacentre(): Promise<void> {
    await this.section('Data centres').getByRole('button', { name: 'Add a data centre' }).click();
  }

  /** Adds a contact on the first step. */
  async addContact(name: string): Promise<void> {
    await this.section('Contacts').getByRole('button', { name: 'Add a contact' }).click();
    await this.fill('Name', name, 'Contacts');
  }

  /** The bar that undoes the last removal. */
  get undoBar(): Locator {
    return this.page.locator('.undo-bar');
  }

  /** Opens another site file by the menu. */
  async openFile(folder: string, name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Site file' }).click();
    await this.page.getByRole('listitem').filter({ hasText: 'Open a site file…' }).click();
    const picker = this.page.getByRole('dialog', { name: 'Open a site file' });
    await picker.getByLabel('Folder', { exact: true }).fill(folder);
    await picker.getByRole('button', { name: 'Open', exact: true }).click();
    await picker.getByRole('button', { name, exact: true }).click();
  }

  /** A figure of a server that can be raised, e.g. `Memory in GB, Logs`. */
  serverSize(figure: string): Locator {
    return this.section('Footprint').getByLabel(new RegExp(`^\\s*${figure}, at least `));
  }

  async fillNetwork(values: { lan: string; wan: string; wanGateway: string; dns: string; ntp: string }): Promise<void> {
    await this.goTo('network');
    await this.fill('LAN network', values.lan);
    await this.fill('WAN network', values.wan);
    await this.fill('Gateway', values.wanGateway, 'WAN');
    await this.fill('DNS forwarders', values.dns);
    await this.fill('Time servers', values.ntp);
  }

  async fillDomain(fqdn: string): Promise<void> {
    await this.goTo('domain');
    await this.fill('Domain name of the edge', fqdn);
  }

  async fillMail(values: {
    server: string;
    from: string;
    backup: string;
    path: string;
    location: string;
  }): Promise<void> {
    await this.goTo('mail');
    await this.choose('Our own mail relay');
    await this.fill('Mail server', values.server);
    await this.fill('Sender address', values.from);
    await this.choose('SFTP');
    await this.fill('Server', values.backup, 'Second backup');
    await this.fill('Path or bucket', values.path);
    await this.fill('Where it stands', values.location);
  }

  /** Card of vSphere host `number` (from 1) of the first data centre that has that many. */
  endpoint(number: number): Locator {
    return this.page.getByRole('group', { name: `vSphere host or vCenter ${number}`, exact: true }).first();
  }

  trustButton(number: number): Locator {
    return this.endpoint(number).getByRole('button', { name: 'Trust this certificate' });
  }

  /** Confirms the compared fingerprint. */
  async trustCertificate(number: number): Promise<void> {
    await this.endpoint(number)
      .getByRole('checkbox', { name: /^I compared/ })
      .check();
    await this.trustButton(number).click();
  }

  /** Address, account, certificate (compared with `fingerprint` when given), password; then asks for the connection. */
  async tryEndpoint(number: number, values: EndpointValues): Promise<Locator> {
    const card = this.endpoint(number);
    if (!(await card.isVisible())) await this.page.getByRole('button', { name: 'Add a host' }).click();
    await card.getByLabel('Address', { exact: true }).fill(values.url);
    await card.getByLabel('Account', { exact: true }).fill(values.username);
    await card.getByRole('button', { name: /certificate/i }).click();
    await expect(this.trustButton(number)).toBeVisible({ timeout: 15_000 });
    if (values.fingerprint !== undefined) await expect(card).toContainText(values.fingerprint);
    await this.trustCertificate(number);
    const change = card.getByRole('button', { name: 'Change' });
    if (await change.isVisible()) await change.click();
    await card.getByLabel('Password of this account').fill(values.password);
    await card.getByRole('button', { name: 'Store', exact: true }).click();
    await expect(card.getByText(/stored in/)).toBeVisible({ timeout: 15_000 });
    await card.getByRole('button', { name: 'Connect', exact: true }).click();
    return card;
  }

  async connectEndpoint(number: number, values: EndpointValues): Promise<void> {
    const card = await this.tryEndpoint(number, values);
    await expect(card.getByText(/^Connected: /)).toBeVisible({ timeout: 60_000 });
  }

  async fillVsphereNames(values: { standard: string; premium: string; lan: string; wan: string }): Promise<void> {
    await this.fill('Standard datastore', values.standard);
    await this.fill('Premium datastore', values.premium);
    await this.fill('Port group for the LAN', values.lan);
    await this.fill('Port group for the WAN', values.wan);
  }

  get media(): Locator {
    return this.section('Medium');
  }

  async lookAtMedia(): Promise<void> {
    await this.media.getByRole('button', { name: 'Look at it' }).click();
  }

  async chooseMedia(folder: string): Promise<void> {
    await this.media.getByLabel('Folder', { exact: true }).fill(folder);
    await this.lookAtMedia();
    await expect(this.media.getByText('Signed by', { exact: true })).toBeVisible({ timeout: 30_000 });
  }

  async startMediaVerification(): Promise<void> {
    await this.media.getByRole('button', { name: 'Verify every image' }).click();
  }

  /** Waits for the evidence and returns it. */
  async verifyMedia(): Promise<string> {
    await this.startMediaVerification();
    const evidence = this.media.getByRole('status').filter({ hasText: 'Every image is genuine and complete' });
    await expect(evidence).toBeVisible({ timeout: 120_000 });
    return (await evidence.textContent()) ?? '';
  }

  /** The row of one image or server in the medium's table. */
  mediaRow(text: string): Locator {
    return this.media.getByRole('table', { name: 'Images for the planned servers' }).getByRole('row').filter({
      hasText: text,
    });
  }

  /** The text of the medium's refusal. */
  get mediaRefusal(): Locator {
    return this.media.getByRole('alert');
  }

  /** Opens the details for ALE, and returns them. */
  async textForAle(): Promise<string> {
    await this.mediaRefusal.getByText('What ALE will want to know').click();
    const text = this.mediaRefusal.locator('pre');
    await expect(text).toBeVisible();
    return (await text.textContent()) ?? '';
  }

  /** Makes the certificate request and gives the path of its file and its text. */
  async requestCertificate(): Promise<{ path: string; pem: string }> {
    await this.goTo('domain');
    await this.page.getByRole('button', { name: 'Make the request' }).click();
    const card = this.page.locator('[data-certificate-request]');
    await expect(card).toBeVisible({ timeout: 60_000 });
    const path = ((await card.locator('dd').first().textContent()) ?? '').trim();
    return { path, pem: ((await card.locator('pre').textContent()) ?? '').trim() };
  }

  /** Checks the chain in `file` and returns the wizard's result. */
  async checkCertificate(file: string): Promise<string> {
    await this.goTo('domain');
    await this.fill('Certificate chain', file);
    await this.page.getByRole('button', { name: 'Check the certificate' }).click();
    const card = this.page.locator('[data-certificate-check]');
    await expect(card).toBeVisible({ timeout: 60_000 });
    return (await card.textContent()) ?? '';
  }

  /** Writes a paper from the Review step and gives the paths of its files. */
  async writePaper(button: 'Worksheet to print' | 'Write the plan’s files'): Promise<string[]> {
    await this.goTo('review');
    await this.page.getByRole('button', { name: button }).click();
    const files = this.page.locator('[data-papers]').getByRole('listitem');
    await expect(files.first()).toBeVisible({ timeout: 60_000 });
    return (await files.allTextContents()).map((one) => one.trim());
  }

  /** Runs preflight on Review and waits for its end; gives the readiness that is then shown. */
  async runChecks(): Promise<string> {
    await this.goTo('review');
    await this.page.getByRole('button', { name: /^Run checks/ }).click();
    await expect(this.page.getByRole('button', { name: 'Run checks again' })).toBeVisible({ timeout: 180_000 });
    return (
      (await this.page
        .getByRole('status')
        .filter({ hasText: /ready|fix/i })
        .first()
        .textContent()) ?? ''
    );
  }

  get deployButton(): Locator {
    return this.page.getByRole('button', { name: /^Deploy \d+ VMs$/ });
  }

  async startDeployment(): Promise<void> {
    await this.goTo('review');
    await this.deployButton.click();
    await this.expectStep('deploy');
  }

  /** Waits for the end of a run and returns the sentence with its outcome. */
  async waitForOutcome(timeout = 300_000): Promise<string> {
    const outcome = this.page
      .getByRole('status')
      .filter({ hasText: /^(?:Deployed|Nothing to do|The deployment did not finish|Nothing was deployed|Stopped)/ });
    await expect(outcome).toBeVisible({ timeout });
    return (await outcome.textContent()) ?? '';
  }

  /** The row of one VM on the Deploy step, by its full name. */
  vm(name: string): Locator {
    return this.page.getByRole('table', { name: 'Servers' }).getByRole('row').filter({ hasText: name });
  }

  async cancelDeployment(): Promise<void> {
    await this.page.getByRole('button', { name: 'Cancel…' }).click();
    await this.page.getByRole('button', { name: 'Stop the deployment' }).click();
  }

  /** Retries after a failure, or resumes after a cancellation. */
  async retry(): Promise<void> {
    const before = await this.currentRun();
    await this.page.getByRole('button', { name: /^(?:Retry|Go on)$/ }).click();
    await expect(async () => expect(await this.currentRun()).not.toBe(before)).toPass({ timeout: 15_000 });
  }

  /** Identity of the run that the Deploy step shows. */
  async currentRun(): Promise<string | null> {
    const run = this.page.locator('[data-run]');
    return (await run.count()) === 0 ? null : run.getAttribute('data-run');
  }

  /** Gives the twelve digits of the confirmation code and the bundle's path. */
  async createHandover(): Promise<{ code: string; bundlePath: string }> {
    await this.goTo('handover');
    const create = this.page.getByRole('button', { name: 'Create bundle', exact: true });
    if (await create.isVisible()) await create.click();
    const section = this.section('Confirmation code');
    await expect(section).toBeVisible({ timeout: 60_000 });
    const code = ((await section.locator('[data-confirmation-code]').textContent()) ?? '').replaceAll(/\D/g, '');
    const bundlePath = ((await this.page.locator('[data-bundle-path]').textContent()) ?? '').trim();
    return { code, bundlePath };
  }

  /** Returns the paths of the written files. */
  async createSummary(): Promise<string[]> {
    await this.goTo('summary');
    await this.page.getByRole('button', { name: /^Write summary$|^Write it again$/ }).click();
    const files = this.section('Summary files').getByRole('listitem').locator('code');
    await expect(files.first()).toBeVisible({ timeout: 120_000 });
    return (await files.allTextContents()).map((one) => one.trim());
  }
}
