import { defineConfig } from '@playwright/test';

/** `npm test` runs each spec in one host, `planning` in both; with EDGE_DEEP=1 every spec runs in both. */
const isDeep = process.env['EDGE_DEEP'] === '1';

/**
 * The wizard, clicked through in both hosts. `npm test` prepares everything that is named here by a variable:
 * EDGE_CHROMIUM (a browser), EDGE_PACKAGED (the installed application, open to DevTools), EDGE_PACKAGED_RELEASE (the same
 * with the settings of the release) and EDGE_PACKAGED_SIGNER (the folder of the signer whom the first one trusts).
 */
export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '*.spec.ts',
  outputDir: 'build/test-results/e2e',
  // Each test has its own server, hosts and vault in the browser; the window's tests share one keyring.
  workers: process.argv.includes('--project=chromium') ? 2 : 1,
  fullyParallel: true,
  retries: 0,
  forbidOnly: true,
  timeout: 5 * 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: process.env['EDGE_E2E_REPORT'] ?? 'build/test-results/e2e.json' }]],
  use: {
    // A trace costs more processor time than the test; a failed test also leaves a picture.
    trace: process.env['EDGE_TRACE'] === '1' ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    viewport: { width: 1280, height: 900 },
    browserName: 'chromium',
    launchOptions: {
      executablePath: process.env['EDGE_CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    },
  },
  projects: [
    { name: 'chromium', testIgnore: ['installed.spec.ts', ...(isDeep ? [] : ['whole-way.spec.ts'])] },
    // The window has no server.
    {
      name: 'electron',
      testIgnore: [
        'foreign-server.spec.ts',
        ...(isDeep ? [] : ['changes.spec.ts', 'edits.spec.ts', 'in-progress.spec.ts', 'media.spec.ts']),
      ],
    },
  ],
});
