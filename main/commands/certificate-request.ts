/** `certificate request`: the key goes into the secret store, the request into a file. */
import { requestCertificate } from '../runner/certificate.ts';
import type { Flag } from './command.ts';
import { type CommandContext, paint, print, report, say } from './context.ts';

export interface CertificateRequestOptions {
  readonly out: string;
  /** A key of RSA. Default: ECDSA. */
  readonly rsa?: boolean;
}

export const flags = ({ needed, one }: Flag) => [needed('--out <folder>', 'out'), one('--rsa', 'rsa')];

export async function run(
  context: CommandContext,
  file: string,
  { out, rsa = false }: CertificateRequestOptions,
): Promise<number> {
  const { secrets } = context;
  const written = await requestCertificate(secrets, file, out, rsa ? 'rsa-3072' : undefined);
  if (!written.ok) return report(context, written.failure);
  const { path, fqdn, names, key } = written.value;
  const { backend } = secrets;
  print(context, { path, fqdn, names, key: { ...key, backend } }, () => {
    const words = { name: key.secret, backend, algorithm: key.algorithm, path, names: names.join(', ') };
    say(`${paint('green', '✓')} ${context.text('certificate.request.written', words)}`);
    say(`  ${context.text(key.created ? 'certificate.request.key-made' : 'certificate.request.key-reused', words)}`);
    say(`  ${paint('cyan', '→')} ${context.text('certificate.request.next', words)}`);
  });
  return 0;
}
