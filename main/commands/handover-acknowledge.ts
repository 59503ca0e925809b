/** `handover acknowledge`: ALE's side. Signs the answer to a bundle, and prints the code for the phone. */
import { join, resolve } from 'node:path';
import { decodeText } from '../../core/base/decode-text.ts';
import type { Result } from '../../core/base/errors.ts';
import { acknowledge, answerCode } from '../../core/handover/acknowledgement.ts';
import { confirmationCode } from '../../core/handover/confirmation-code.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { makeFolder, readInput } from '../system/files/inputs.ts';
import { openBundle } from '../adapters/handover/age-bundle.ts';
import { type SecretKey, parseSecretKey } from '../adapters/media/catalogue/minisign.ts';
import { signAnswer } from '../runner/acknowledgement.ts';
import { sha256 } from '../runner/site-input.ts';
import { type CommandContext, print, report, say } from './context.ts';
import type { Flag } from './command.ts';
import { readKeyPassphrase } from './key-passphrase.ts';

interface HandoverAcknowledgeOptions {
  readonly identity: string;
  readonly key: string;
  readonly out: string;
}

/** The minisign key in `file`; asks for its passphrase only if it is encrypted. */
async function readSigningKey(context: CommandContext, file: string): Promise<Result<SecretKey>> {
  const content = await readInput(file, 'secret', { typed: true, signal: context.signal });
  if (!content.ok) return content;
  const text = content.value.toString('utf8');
  const key = await parseSecretKey(text);
  if (key.ok || key.failure.code !== 'media.key-passphrase-missing') return key;
  const passphrase = await readKeyPassphrase(context, file);
  return passphrase.ok ? parseSecretKey(text, passphrase.value) : passphrase;
}

export const flags = ({ needed }: Flag) => [
  needed('--identity <file>', 'identity'),
  needed('--key <file>', 'key'),
  needed('--out <folder>', 'out'),
];

export async function run(
  context: CommandContext,
  bundleFile: string,
  { identity, key, out }: HandoverAcknowledgeOptions,
): Promise<number> {
  const { text, signal } = context;
  const bytes = await readInput(bundleFile, 'document', { typed: true, signal });
  if (!bytes.ok) return report(context, bytes.failure);
  const identityText = await readInput(identity, 'secret', { typed: true, signal });
  if (!identityText.ok) return report(context, identityText.failure);
  const opened = await openBundle(bytes.value, decodeText(identityText.value) ?? '');
  if (!opened.ok) return report(context, opened.failure);
  const signingKey = await readSigningKey(context, key);
  if (!signingKey.ok) return report(context, signingKey.failure);

  const { bundle } = opened.value;
  const bundleSha256 = sha256(bytes.value);
  const created = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const answer = signAnswer(signingKey.value, acknowledge(bundle, bundleSha256, created));
  const folder = await makeFolder(resolve(out));
  if (!folder.ok) return report(context, folder.failure);
  const acknowledgement = join(resolve(out), `ack-${bundle.site.name}.json`);
  const signature = `${acknowledgement}.minisig`;
  for (const [path, content] of [
    [acknowledgement, answer.document],
    [signature, answer.signature],
  ] as const) {
    const written = await writeFileAtomic(path, content);
    if (!written.ok) return report(context, written.failure);
  }
  const { acknowledgementSecret } = bundle;
  const code = acknowledgementSecret === undefined ? null : answerCode(acknowledgementSecret, bundleSha256);
  const own = confirmationCode(bundleSha256);
  const { keyId } = signingKey.value;
  print(
    context,
    { site: bundle.site.name, acknowledgement, signature, keyId, answerCode: code, confirmationCode: own },
    () => {
      say(text('cli.code', { code: own }));
      say(text('cli.acknowledged', { path: acknowledgement, keyId }));
      say(code === null ? text('cli.answer-code-none') : text('cli.answer-code', { code }));
    },
  );
  return 0;
}
