/**
 * `npm run check`: format, lint, idioms, types, layering and cycles, dead code, and the Go sources. Zero warnings.
 * `npm run check -- format lint` runs just these parts.
 */
import { existsSync } from 'node:fs';
import { inCheckout, node24, toolScript } from './checkout.mjs';
import { run } from './child.mjs';
import { Problem, runScript } from './problem.mjs';
import { step } from './step-line.mjs';

const cruised = ['core', 'main', 'preload', 'renderer', 'packages', 'tools', 'tests', 'bench'];
const tool = (name, bin, ...args) => run(node24, [toolScript(name, bin), ...args]);

/** gofmt lists badly formatted files but exits with 0. */
async function goFormat() {
  const result = await run('gofmt', ['-l', 'tools']);
  return result.output.trim() === '' ? result : { code: 1, output: `Run gofmt -w on:\n${result.output}` };
}

const parts = [
  { name: 'format', work: () => tool('oxfmt', 'oxfmt', '--check') },
  { name: 'lint', work: () => tool('oxlint', 'oxlint', '--max-warnings=0') },
  { name: 'idioms', work: () => run(node24, [inCheckout('scripts', 'check-idioms.mjs')]) },
  { name: 'types', work: () => tool('vue-tsc', 'vue-tsc', '--noEmit', '-p', 'tsconfig.json') },
  {
    name: 'layering',
    work: () =>
      tool(
        'dependency-cruiser',
        'depcruise',
        '--config',
        '.dependency-cruiser.cjs',
        '--output-type',
        'err-long',
        ...cruised.filter((folder) => existsSync(inCheckout(folder))),
      ),
  },
  { name: 'dead code', work: () => tool('knip', 'knip', '--treat-config-hints-as-errors') },
  { name: 'go format', work: goFormat },
  { name: 'go vet', work: () => run('go', ['vet', './...'], { cwd: inCheckout('tools', 'vsphere') }) },
];

await runScript(async () => {
  const wanted = process.argv.slice(2);
  const known = parts.map((part) => part.name);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Problem(`There is no check "${unknown.join('", "')}". There are: ${known.join(', ')}.`);
  if (!existsSync(node24)) throw new Problem('The dependencies are missing. Run "npm run setup" first.');

  let failed = 0;
  for (const { name, work } of parts.filter((part) => wanted.length === 0 || wanted.includes(part.name))) {
    let output = '';
    const fine = await step(name, async () => {
      const result = await work();
      output = result.output;
      return { ok: result.code === 0, note: result.code === 0 ? 'clean' : `exit code ${result.code}` };
    });
    if (fine) continue;
    failed += 1;
    console.log(output.trimEnd());
  }
  console.log(failed === 0 ? 'All checks are clean.' : `${failed} of the checks found something.`);
  return failed === 0 ? 0 : 1;
});
