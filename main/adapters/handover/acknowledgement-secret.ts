/**
 * The secret of ALE's answer code: 32 random bytes, known to this laptop's secret store and to the readers of the
 * bundle.
 */
import { randomBytes } from 'node:crypto';
import { type Result, capture, fail, failure, unwrap } from '../../../core/base/errors.ts';

/** The methods of the secret store that are used. */
interface Store {
  check(): Promise<Result<void>>;
  get(name: string): Promise<Result<string | undefined>>;
  set(name: string, value: string): Promise<Result<void>>;
}

export const acknowledgementSecretName = (site: string): string => `handover/${site}`;

/**
 * The site's secret in base64, generated if it is missing. Every bundle of the site holds the same; the code differs by
 * the bundle. Fails with `handover.secret-not-kept` and as the store does.
 */
export function ensureAcknowledgementSecret(store: Store, site: string): Promise<Result<string>> {
  const name = acknowledgementSecretName(site);
  return capture(async () => {
    const stored = unwrap(await store.get(name));
    if (stored !== undefined) return stored;
    unwrap(await store.check());
    const made = randomBytes(32).toString('base64');
    unwrap(await store.set(name, made));
    if (unwrap(await store.get(name)) !== made)
      unwrap(fail(failure('operation', 'handover.secret-not-kept', { name })));
    return made;
  });
}
