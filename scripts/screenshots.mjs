/**
 * `npm run screenshots`: the README's pictures, from a real run: the demo is deployed, its wizard opened, its summary
 * printed. Needs Chromium and pdftoppm.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inCheckout, node24 } from './checkout.mjs';
import { childEnvironment, run } from './child.mjs';
import { Problem, runScript } from './problem.mjs';
import { setup } from './setup.mjs';

const pictures = inCheckout('docs', 'images');
const size = { width: 1280, height: 860 };

async function must(what, command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Problem(`${what} failed: ${output.trim().split('\n').at(-1)}`);
}

/** Starts the demo's wizard, calls `use` with its address, and ends it. */
async function withWizard(folder, use) {
  const wizard = spawn(node24, ['main/cli.ts', 'demo', '--wizard', '--json', '--dir', folder], {
    cwd: inCheckout(),
    env: childEnvironment({ LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8', EDGE_ELECTRON: '' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const line = await new Promise((resolve, reject) => {
      createInterface({ input: wizard.stdout }).once('line', resolve);
      wizard.once('exit', () => reject(new Problem('The wizard did not start.')));
    });
    await use(JSON.parse(line).url);
  } finally {
    wizard.kill('SIGINT');
    await new Promise((resolve) => (wizard.exitCode === null ? wizard.once('exit', resolve) : resolve()));
  }
}

async function photograph(url) {
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({
    executablePath: process.env.EDGE_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-quic'],
  });
  try {
    const page = await browser.newPage({ viewport: size, colorScheme: 'light', locale: 'en-US' });
    await page.goto(url);
    const steps = page.getByRole('navigation', { name: 'Steps' });
    for (const [title, file] of [
      ['Network', 'wizard-network.png'],
      ['Review', 'wizard-review.png'],
      ['Deploy', 'wizard-deploy.png'],
    ]) {
      await steps.getByRole('button', { name: title }).click();
      if (title === 'Review') {
        await page.getByRole('button', { name: /^Run checks/ }).click();
        await page.getByRole('button', { name: 'Run checks again' }).waitFor({ timeout: 120_000 });
        await page.evaluate(() => document.querySelector('main')?.scrollTo(0, 0));
      }
      await page.evaluate(() => document.fonts.ready);
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(pictures, file) });
    }
  } finally {
    await browser.close();
  }
}

await runScript(async () => {
  await setup({ quiet: true });
  const folder = mkdtempSync(join(tmpdir(), 'edge-screenshots-'));
  mkdirSync(pictures, { recursive: true });
  try {
    await must('The demo', node24, ['main/cli.ts', 'demo', '--dir', folder]);
    await withWizard(folder, photograph);
    const summary = join(folder, 'out', 'summary-acme-paris.pdf');
    const pages = ['-r', '80', '-f', '1', '-l', '2', '-png', summary, join(pictures, 'summary-page')];
    await must('The summary as a picture', 'pdftoppm', pages);
    await must(
      'Naming the pictures',
      'sh',
      ['-c', 'for f in summary-page-0*.png; do [ -e "$f" ] && mv "$f" "summary-page-${f#summary-page-0}"; done; true'],
      { cwd: pictures },
    );
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
