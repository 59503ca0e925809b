/**
 * The vault's file: age with a passphrase (scrypt), inside it one JSON document. The standard `age -d` opens it too.
 */
import { Decrypter, Encrypter } from 'age-encryption';
import { z } from 'zod';
import { type Result, fail, failure, ok } from '../../../core/base/errors.ts';
import { passphraseIdentity, passphraseRecipient } from './native-scrypt.ts';

const magic = 'age-encryption.org/v1\n';

const contentSchema = z.object({
  format: z.literal('edge-vault/v1'),
  secrets: z.record(z.string(), z.string().min(1)),
});

export type Secrets = ReadonlyMap<string, string>;

/** As the age tool has it: log2 of scrypt's cost, 256 MiB of memory. */
const usualWorkFactor = 18;

/** Encrypts all secrets. `workFactor`: log2 of scrypt's cost. */
export async function sealSecrets(
  secrets: Secrets,
  passphrase: string,
  workFactor: number = usualWorkFactor,
): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(passphraseRecipient(passphrase, workFactor));
  const document = { format: 'edge-vault/v1', secrets: Object.fromEntries(secrets) };
  return encrypter.encrypt(`${JSON.stringify(document, null, 2)}\n`);
}

/** The library's error for a wrong passphrase. Every other error means damage. */
const noMatch = /no identity matched/;

async function decrypt(path: string, bytes: Uint8Array, passphrase: string): Promise<Result<string>> {
  const head = Buffer.from(bytes.subarray(0, magic.length)).toString('latin1');
  if (head !== magic) return fail(failure('input', 'secrets.vault-not-age', { path }));
  if (
    !Buffer.from(bytes.subarray(magic.length, magic.length + 10))
      .toString('latin1')
      .startsWith('-> scrypt ')
  ) {
    return fail(failure('input', 'secrets.vault-not-passphrase', { path }));
  }
  const decrypter = new Decrypter();
  decrypter.addIdentity(passphraseIdentity(passphrase));
  try {
    return ok(await decrypter.decrypt(bytes, 'text'));
  } catch (error) {
    const wrong = error instanceof Error && noMatch.test(error.message);
    return fail(failure('input', wrong ? 'secrets.vault-passphrase' : 'secrets.vault-damaged', { path }));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Opens the vault's bytes. Failures of kind `input`: `secrets.vault-not-age`, `secrets.vault-not-passphrase` (age, but
 * for a key), `secrets.vault-passphrase` (the wrong one), `secrets.vault-damaged`, `secrets.vault-foreign` (something
 * else is inside). `path` is for the message.
 */
export async function openSecrets(path: string, bytes: Uint8Array, passphrase: string): Promise<Result<Secrets>> {
  const text = await decrypt(path, bytes, passphrase);
  if (!text.ok) return text;
  const content = contentSchema.safeParse(parse(text.value));
  if (!content.success) return fail(failure('input', 'secrets.vault-foreign', { path }));
  return ok(new Map(Object.entries(content.data.secrets)));
}
