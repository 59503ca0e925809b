/** ALE's side of the handover in the demo: opens the bundle with the sample identity and signs the answer with the sample key. */
import { dirname, join } from 'node:path';
import { type Result, capture, unwrap } from '../../core/base/errors.ts';
import { acknowledge } from '../../core/handover/acknowledgement.ts';
import { openBundle } from '../adapters/handover/age-bundle.ts';
import { parseSecretKey } from '../adapters/media/catalogue/minisign.ts';
import { signAnswer } from '../runner/acknowledgement.ts';
import { sha256 } from '../runner/site-input.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { readInput } from '../system/files/inputs.ts';
import type { DemoFolder } from './sample-site.ts';

/**
 * Writes `ack-<site>.json` and its signature beside the bundle, as `handover acknowledge` does. The value: the path of the
 * answer. Fails as `openBundle` does, and with `files.*`.
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
