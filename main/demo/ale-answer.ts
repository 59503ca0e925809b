/**
 * ALE's side of the handover in the demo: opens the bundle with the sample identity and signs the answer with the
 * sample key.
 */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Result, capture, unwrap } from '../../core/base/errors.ts';
import { acknowledge } from '../../core/handover/acknowledgement.ts';
import { openBundle } from '../adapters/handover/age-bundle.ts';
import { parseSecretKey } from '../adapters/media/catalogue/minisign.ts';
import { keptHandover } from '../records/kept-handover.ts';
import { signAnswer } from '../runner/acknowledgement.ts';
import { sha256 } from '../runner/site-input.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { readInput } from '../system/files/inputs.ts';
import type { DemoFolder } from './sample-site.ts';

/**
 * Writes `ack-<site>.json` and its signature beside the bundle, as `handover acknowledge` does. The value: the path of
 * the answer. Fails as `openBundle` does, and with `files.*`.
 */
export function answerAsAle(
  { identity, signingKey }: Pick<DemoFolder, 'identity' | 'signingKey'>,
  bundleFile: string,
  now: Date,
): Promise<Result<string>> {
  return capture(async () => {
    const bytes = unwrap(await readInput(bundleFile, 'document'));
    const secretIn = async (path: string): Promise<string> => unwrap(await readInput(path, 'secret')).toString('utf8');
    const { bundle } = unwrap(await openBundle(bytes, await secretIn(identity)));
    const key = unwrap(await parseSecretKey(await secretIn(signingKey)));
    const created = now.toISOString().replace(/\.\d+Z$/, 'Z');
    const answer = signAnswer(key, acknowledge(bundle, sha256(bytes), created));
    const path = join(dirname(bundleFile), `ack-${bundle.site.name}.json`);
    unwrap(await writeFileAtomic(path, answer.document));
    unwrap(await writeFileAtomic(`${path}.minisig`, answer.signature));
    return path;
  });
}

/** ms between two looks for a new bundle. */
const lookEvery = 1000;

/**
 * Answers each new bundle of the demo's sites until `signal` aborts: for the wizard, where the user decides about the
 * time.
 */
export async function answerNewBundles(
  demo: Pick<DemoFolder, 'identity' | 'signingKey' | 'stateDir'>,
  signal: AbortSignal,
): Promise<void> {
  const answered = new Set<string>();
  while (!signal.aborted) {
    for (const site of await readdir(join(demo.stateDir, 'sites')).catch((): string[] => [])) {
      const handover = await keptHandover(demo.stateDir, site);
      if (handover === undefined || answered.has(handover.sha256)) continue;
      // A bundle that cannot be answered now is tried again.
      const answer = await answerAsAle(demo, handover.bundleFile, new Date());
      if (answer.ok) answered.add(handover.sha256);
    }
    await pause(lookEvery, undefined, { signal }).catch(() => undefined);
  }
}
