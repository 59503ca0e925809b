/** Secrets on their way to a second laptop: the document `edge-secrets/v1`, which travels only inside an age file. */
import { z } from 'zod';
import { type Result, capture, fail, failure, ok, unwrap } from '../../../core/base/errors.ts';
import { secretNameForms } from '../../../core/site/secret-name.ts';
import { type SecretStore, checkValue } from './secret-store.ts';

const documentSchema = z.object({
  format: z.literal('edge-secrets/v1'),
  secrets: z.record(z.string(), z.string().min(1)),
});

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export interface SecretDocument {
  /** As the store names them. */
  readonly names: readonly string[];
  /** Holds the values: for the encryption only. */
  readonly text: string;
}

/**
 * The secrets of these names as one document. Fails with `secrets.name-invalid`, `secrets.export-missing` (names those
 * that the store does not have), and as the store does.
 */
export function exportSecrets(
  store: Pick<SecretStore, 'get'>,
  wanted: readonly string[],
): Promise<Result<SecretDocument>> {
  return capture(async () => {
    const names = [...new Set(wanted.map((name) => unwrap(secretNameForms(name))[0]))].toSorted();
    const secrets: Record<string, string> = {};
    for (const name of names) {
      const value = unwrap(await store.get(name));
      if (value !== undefined) secrets[name] = value;
    }
    const missing = names.filter((name) => secrets[name] === undefined);
    if (missing.length > 0) unwrap(fail(failure('input', 'secrets.export-missing', { names: missing.join(', ') })));
    return { names, text: `${JSON.stringify({ format: 'edge-secrets/v1', secrets }, null, 2)}\n` };
  });
}

/**
 * Names and values of a document. Fails with `secrets.file-foreign`, `secrets.name-invalid` and
 * `secrets.value-invalid`.
 */
function readDocument(text: string): Result<readonly (readonly [name: string, value: string])[]> {
  const parsed = documentSchema.safeParse(parseJson(text));
  if (!parsed.success) return fail(failure('input', 'secrets.file-foreign'));
  const secrets: [string, string][] = [];
  for (const [given, value] of Object.entries(parsed.data.secrets)) {
    const named = secretNameForms(given);
    if (!named.ok) return named;
    const storable = checkValue(named.value[0], value);
    if (!storable.ok) return storable;
    secrets.push([named.value[0], value]);
  }
  return ok(secrets);
}

/**
 * Stores the secrets of a document; the value: names that were stored, and names that were there already with the same
 * value. Nothing is stored where one of them has another value here. Fails with `secrets.import-differs`, as reading
 * the document does, and as the store does.
 */
export function importSecrets(
  store: Pick<SecretStore, 'check' | 'get' | 'set'>,
  text: string,
): Promise<Result<{ readonly stored: readonly string[]; readonly present: readonly string[] }>> {
  return capture(async () => {
    const secrets = unwrap(readDocument(text));
    const here = new Map<string, string | undefined>();
    for (const [name] of secrets) here.set(name, unwrap(await store.get(name)));
    const differing = secrets.filter(([name, value]) => ![undefined, value].includes(here.get(name)));
    if (differing.length > 0) {
      const names = differing.map(([name]) => name).join(', ');
      unwrap(fail(failure('input', 'secrets.import-differs', { names })));
    }
    const missing = secrets.filter(([name]) => here.get(name) === undefined);
    if (missing.length > 0) unwrap(await store.check());
    for (const [name, value] of missing) unwrap(await store.set(name, value));
    const stored = missing.map(([name]) => name);
    return { stored, present: secrets.map(([name]) => name).filter((name) => !stored.includes(name)) };
  });
}
