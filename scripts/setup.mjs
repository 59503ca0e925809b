/**
 * `npm run setup`: sets a checkout up, each part only if it is not up to date. Needs only Node 20:
 * it installs the dependencies.
 */
import { pathToFileURL } from 'node:url';
import { buildMain, buildPreload } from './build-main.mjs';
import { buildRenderer } from './build-renderer.mjs';
import { run } from './child.mjs';
import { installDependencies } from './dependencies.mjs';
import { checkMachine } from './machine.mjs';
import { Problem, runScript } from './problem.mjs';
import { step } from './step-line.mjs';

async function buildVsphere() {
  const { code, output } = await run(process.execPath, ['tools/vsphere/build.mjs']);
  if (code !== 0) throw new Problem(output.trim());
  return !output.includes('up to date');
}

/** Each part returns whether it made a change. */
const parts = {
  machine: checkMachine,
  dependencies: installDependencies,
  vsphere: buildVsphere,
  renderer: () => buildRenderer('product'),
  main: async () => [await buildMain('product'), await buildPreload()].includes(true),
};

/**
 * Brings the checkout up to date. `quiet` prints only changed parts; `only` names the parts to check, in the
 * order of {@link parts}.
 */
export async function setup({ quiet = false, only = Object.keys(parts) } = {}) {
  for (const [name, work] of Object.entries(parts)) {
    if (!only.includes(name)) continue;
    await step(name, async () => ({ note: (await work()) === true ? 'done' : 'up to date' }), { quiet });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(() => setup());
