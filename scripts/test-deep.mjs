/**
 * `npm run test:deep -- --only faults,guests`: the long tests that `npm test` runs a sample of. The last line is
 * `N passed, N failed`.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { filesUnder, inCheckout, node24, toolScript } from './checkout.mjs';
import { run } from './child.mjs';
import { Problem, runScript } from './problem.mjs';
import { setup } from './setup.mjs';
import { step } from './step-line.mjs';
import { canInstall, installPackages, missingPackages } from './system-packages.mjs';
import { closingLines, countRun, countVitest } from './test-report.mjs';

const results = inCheckout('build', 'test-results-deep');
const minute = 60_000;

/**
 * `files` chooses the test files of a suite, which run whole with EDGE_DEEP=1. `obstacle` says why a suite cannot run
 * on this machine.
 */
const suites = [
  { name: 'faults', files: /(?:faults|ssh[/\\]apply-cut|gateway[/\\]hostile)[^/\\]*\.test\.ts$/ },
  {
    name: 'guests',
    files: /deep[/\\]guests[/\\][^/\\]*\.test\.ts$/,
    config: 'tests/deep/guests/vitest.config.ts',
    obstacle: guestsObstacle,
    limit: 90 * minute,
  },
];
/** Planned suites, for a sentence in place of "unknown". */
const planned = new Set(['engine']);

/** The reason why virtual machines in network namespaces cannot run, or undefined. Installs packages if possible. */
async function guestsObstacle() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'it needs Linux on x86-64';
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces and file owners';
  if (!existsSync('/dev/net/tun')) return '/dev/net/tun is missing';
  if ((await run('unshare', ['--net', '--mount', 'true'])).code !== 0) return 'network namespaces are not allowed';
  const missing = await missingPackages(['guests']);
  if (missing.length === 0) return undefined;
  const list = missing.map(({ name }) => name).join(', ');
  if (!canInstall()) return `packages are missing: ${list}`;
  await step('packages', async () => {
    await installPackages(missing);
    return { note: `installed ${list}` };
  });
  return undefined;
}

function chosenSuites(args) {
  const names = args[0] === '--only' ? args.slice(1).flatMap((arg) => arg.split(',')) : [];
  const known = suites.map(({ name }) => name);
  const missing = names.find((name) => planned.has(name));
  if (missing !== undefined) {
    throw new Problem(`The suite "${missing}" is planned and has no tests yet. There is: ${known.join(', ')}.`);
  }
  if (names.length === 0 || names.some((name) => !known.includes(name))) {
    throw new Problem(`Usage: npm run test:deep -- --only ${known.join(',')}`);
  }
  return suites.filter(({ name }) => names.includes(name));
}

async function runSuite({ name, files, config, limit = 120 * minute }) {
  const chosen = [...filesUnder(inCheckout('tests'))].filter((path) => files.test(path));
  const report = `${results}/${name}.json`;
  let result;
  let counts;
  await step(name, async () => {
    result = await run(
      node24,
      [
        toolScript('vitest'),
        'run',
        ...(config === undefined ? [] : ['--config', inCheckout(config)]),
        ...chosen,
        '--reporter=verbose',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ],
      { env: { EDGE_DEEP: '1' }, log: `${results}/${name}.log`, limit },
    );
    counts = countRun(report, countVitest, result.code);
    return { ok: counts.failed === 0, note: `${counts.passed} passed, ${counts.failed} failed` };
  });
  const said = stripVTControlCharacters(result.output)
    .split('\n')
    .filter((line) => /^[a-z ]+: \d+ of \d+, seed|^guests: /.test(line));
  const lines = counts.failed === 0 ? closingLines(result.output) : result.output.trimEnd().split('\n').slice(-400);
  for (const line of [...said, ...lines]) console.log(`  ${line}`);
  return counts;
}

await runScript(async () => {
  const chosen = chosenSuites(process.argv.slice(2));
  await setup({ quiet: true, only: ['machine', 'dependencies', 'vsphere'] });
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  let passed = 0;
  let failed = 0;
  let ran = 0;
  for (const suite of chosen) {
    const obstacle = await suite.obstacle?.();
    if (obstacle !== undefined) {
      console.log(`Skipped ${suite.name}: ${obstacle}.`);
      continue;
    }
    ran += 1;
    const counts = await runSuite(suite);
    passed += counts.passed;
    failed += counts.failed;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && (passed > 0 || ran === 0) ? 0 : 1;
});
