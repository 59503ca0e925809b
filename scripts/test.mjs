/**
 * `npm test`: set-up, system packages, then every suite. `npm test -- --only unit,integration` runs just these.
 * The last line is `N passed, N failed`, over all runners.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { buildTestCommandLine } from './build-main.mjs';
import { compileCache, inCheckout, node24, toolScript } from './checkout.mjs';
import { run } from './child.mjs';
import { inKeyringSession } from './keyring-session.mjs';
import { packageForTests } from './package.mjs';
import { Problem, runScript } from './problem.mjs';
import { setup } from './setup.mjs';
import { printLine, step } from './step-line.mjs';
import { canInstall, installPackages, missingPackages } from './system-packages.mjs';
import { addCounts, closingLines, countPlaywright, countRun, countVitest } from './test-report.mjs';

const results = inCheckout('build', 'test-results');
const minute = 60_000;

const reportOf = (suite) => `${results}/${suite}.json`;
const logOf = (suite) => `${results}/${suite}.log`;

/** Vitest's projects have the names of the suites. */
const vitest = (suite) => () =>
  run(
    node24,
    [
      toolScript('vitest'),
      'run',
      `--project=${suite}`,
      '--reporter=default',
      '--reporter=json',
      ...(suite === 'integration' ? ['--maxWorkers=3'] : []),
      `--outputFile.json=${reportOf(suite)}`,
    ],
    { log: logOf(suite), limit: 20 * minute },
  );

const playwrightCommand = (project) => [
  node24,
  toolScript('@playwright/test', 'playwright'),
  'test',
  `--project=${project}`,
];

const playwright = (suite, command, variables) =>
  inKeyringSession(command, (program, args, session) =>
    run(program, args, {
      env: { ...session, ...variables, EDGE_E2E_REPORT: reportOf(suite) },
      log: logOf(suite),
      limit: 25 * minute,
    }),
  );

/** Chromium without a window takes half the processor time if it is the build without a user interface. */
function findChromium() {
  const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];
  const known = names.map((name) => `/usr/bin/${name}`);
  const path = process.env['EDGE_CHROMIUM'] ?? known.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Problem('No Chromium was found: install it, or name one in EDGE_CHROMIUM.');
  return path;
}

function inBrowser() {
  return playwright('browser', playwrightCommand('chromium'), { EDGE_CHROMIUM: findChromium() });
}

async function inElectron() {
  const { program, release, signer } = await packageForTests();
  const display = ['xvfb-run', '--auto-servernum', '--server-args=-screen 0 1400x1000x24'];
  return playwright('electron', [...display, ...playwrightCommand('electron')], {
    EDGE_CHROMIUM: findChromium(),
    EDGE_PACKAGED: program,
    EDGE_PACKAGED_RELEASE: release,
    EDGE_PACKAGED_SIGNER: signer,
  });
}

/**
 * `setup` names the parts of the set-up that a suite uses. The suites of a lane run one after the other, the lanes side
 * by side: many tests wait for timers, hosts and pages.
 */
const suites = [
  { name: 'unit', lane: 'parts', start: vitest('unit'), count: countVitest, setup: ['machine', 'dependencies'] },
  {
    name: 'integration',
    lane: 'parts',
    start: vitest('integration'),
    count: countVitest,
    setup: ['machine', 'dependencies', 'vsphere'],
  },
  {
    name: 'browser',
    lane: 'wizard',
    start: inBrowser,
    count: countPlaywright,
    setup: ['machine', 'dependencies', 'vsphere', 'renderer'],
  },
  {
    name: 'electron',
    lane: 'wizard',
    start: inElectron,
    count: countPlaywright,
    setup: ['machine', 'dependencies', 'vsphere'],
  },
];

/**
 * Builds the Debian root of the test bed in time for the tests that use it; they print the reason if it cannot be
 * built.
 */
const prepareTestBed = () => run(node24, ['tests/testbed/play.ts', '--prepare'], { limit: 10 * minute });

function chosenSuites(args) {
  if (args.length === 0) return suites;
  const names = args[0] === '--only' ? args.slice(1).flatMap((arg) => arg.split(',')) : [];
  const known = suites.map(({ name }) => name);
  if (names.length === 0 || names.some((name) => !known.includes(name))) {
    throw new Problem(`Usage: npm test [-- --only ${known.join(',')}]`);
  }
  return suites.filter(({ name }) => names.includes(name));
}

/** Installs missing packages if possible. Returns the suites that cannot run on this machine, each with its reason. */
async function preparePackages(names) {
  const missing = await missingPackages(names);
  if (missing.length === 0) return new Map();
  const list = missing.map(({ name }) => name).join(', ');
  if (canInstall()) {
    await step('packages', async () => {
      await installPackages(missing);
      return { note: `installed ${list}` };
    });
    return new Map();
  }
  console.log('System packages are missing, and only root on Debian can have them installed from here:');
  for (const { name, why, uses = [], without } of missing) {
    const partly = uses.filter((suite) => names.includes(suite));
    const effect = without ?? `tests of ${partly.join(', ')} that use it skip themselves`;
    console.log(`  ${name}: ${why}${partly.length === 0 ? '' : `; ${effect}`}`);
  }
  const blocked = new Map();
  for (const name of names) {
    const lacking = missing.filter(({ needs = [] }) => needs.includes(name)).map((entry) => entry.name);
    if (lacking.length > 0) blocked.set(name, `needs ${lacking.join(', ')}`);
  }
  return blocked;
}

const nothing = { passed: 0, failed: 0, skipped: 0 };

async function runSuite({ name, start, count }) {
  let result;
  let counts = { ...nothing, failed: 1 };
  await step(name, async () => {
    try {
      result = await start();
      counts = countRun(reportOf(name), count, result.code);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      result = { code: 1, output: error.message };
    }
    const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
    return { ok: counts.failed === 0, note: `${counts.passed} passed, ${counts.failed} failed${skipped}` };
  });
  const lines = counts.failed === 0 ? closingLines(result.output) : result.output.trimEnd().split('\n').slice(-400);
  for (const line of lines) printLine(`  ${line}`);
  return counts;
}

/** Runs suites one after the other and adds their counts. A suite in `blocked` is left out with its reason. */
async function runLane(lane, blocked) {
  let total = nothing;
  for (const suite of lane) {
    const reason = blocked.get(suite.name);
    if (reason === undefined) total = addCounts(total, await runSuite(suite));
    else printLine(`- ${suite.name.padEnd(14)} skipped: ${reason}`);
  }
  return total;
}

// The suites start the command line some hundred times, so Node's compile cache is on.
process.env['NODE_COMPILE_CACHE'] ??= compileCache;

await runScript(async () => {
  const chosen = chosenSuites(process.argv.slice(2));
  const wantedParts = new Set(chosen.flatMap((suite) => suite.setup));
  await setup({ quiet: true, only: [...wantedParts] });
  if (chosen.some(({ name }) => name !== 'unit')) process.env['EDGE_COMMAND_LINE'] = await buildTestCommandLine();
  const blocked = await preparePackages(chosen.map(({ name }) => name));

  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const usesTestBed = chosen.some(({ name }) => name === 'integration' && !blocked.has(name));
  const bed = usesTestBed ? prepareTestBed() : undefined;
  const lanes = ['parts', 'wizard'].map((name) => chosen.filter(({ lane }) => lane === name));
  const counts = await Promise.all(lanes.map((lane) => runLane(lane, blocked)));
  await bed;
  const total = counts.reduce(addCounts, nothing);
  if (total.skipped > 0) console.log(`${total.skipped} tests skipped themselves; the reasons are above.`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
});
