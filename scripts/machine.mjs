/** Prerequisites of the machine: each missing one is reported in one sentence with its remedy. */
import { readFileSync, statfsSync } from 'node:fs';
import { inCheckout, root } from './checkout.mjs';
import { run } from './child.mjs';
import { Problem } from './problem.mjs';

const oldestNode = 20;
const neededGiB = 2;
const bytesPerGiB = 1024 ** 3;

const numbers = (version) => version.split('.').map(Number);

/** Whether version `a` is older than `b`, both like `1.25.0`. */
function older(a, b) {
  const [left, right] = [numbers(a), numbers(b)];
  for (let index = 0; index < right.length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function checkNode() {
  if (Number.parseInt(process.versions.node, 10) >= oldestNode) return;
  throw new Problem(
    `This is Node ${process.versions.node}. Install Node ${oldestNode} or later, then run the command again.`,
  );
}

async function checkGo() {
  const wanted = /^go (\S+)$/m.exec(readFileSync(inCheckout('tools', 'vsphere', 'go.mod'), 'utf8'))?.[1] ?? '1.25';
  const short = wanted.split('.').slice(0, 2).join('.');
  const remedy = `Install Go ${short} or later from your package manager or https://go.dev/dl, then run the command again.`;
  const { code, output } = await run('go', ['env', 'GOVERSION']);
  if (code === 127) throw new Problem(`Go was not found. ${remedy}`);
  const found = /go(\d[\d.]*)/.exec(output)?.[1];
  if (code !== 0 || found === undefined) throw new Problem(`Go does not answer (${output.trim()}). ${remedy}`);
  if (older(found, wanted)) throw new Problem(`This is Go ${found}. ${remedy}`);
}

function checkDisk() {
  const { bavail, bsize } = statfsSync(root);
  const free = (bavail * bsize) / bytesPerGiB;
  if (free >= neededGiB) return;
  throw new Problem(
    `Only ${free.toFixed(1)} GiB are free on the disk of ${root}. Free at least ${neededGiB} GiB, then run the command again.`,
  );
}

/** Throws a {@link Problem} for the first missing prerequisite. */
export async function checkMachine() {
  checkNode();
  checkDisk();
  await checkGo();
}
