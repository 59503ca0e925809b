/** `certificate request`, `certificate check`: the key stays in the secret store, the request and the answer are files. */
import { minuteInWords } from '../../core/certificate/clock.ts';
import type { CertificateReport } from '../../core/certificate/report.ts';
import { exitCodes, ok, type Result } from '../../core/base/errors.ts';
import { findingInWords } from '../../core/base/text.ts';
import type { KeyAlgorithm } from '../adapters/certificate/private-key.ts';
import { readPassphraseFile } from '../adapters/secrets/passphrase-file.ts';
import { defaultStateDir } from '../compose/services.ts';
import { type ChainOptions, checkSiteCertificate, requestCertificate } from '../runner/certificate.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings } from './context.ts';
import { readSecretValue } from '../system/prompt.ts';

export interface CertificateRequestOptions {
  readonly out: string;
  readonly algorithm?: KeyAlgorithm;
}

export async function certificateRequest(
  context: CommandContext,
  file: string,
  { out, algorithm }: CertificateRequestOptions,
): Promise<number> {
  const { secrets } = context;
  const written = await requestCertificate(secrets, file, out, algorithm);
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

export interface CertificateCheckOptions {
  /** File with the private key. */
  readonly key?: string;
  /** File with a root of the customer's own. */
  readonly trust?: string;
}

const keyPassphraseVariable = 'EDGE_KEY_PASSPHRASE_FILE';

type Secrets = Pick<ChainOptions, 'password' | 'keyPassphrase'>;

/** What each failure asks for. An empty passphrase of the key counts as unknown: the check goes on, and says so. */
async function askFor(context: CommandContext, code: string): Promise<Result<Secrets> | undefined> {
  if (code === 'certificate.password-missing') {
    const password = await readSecretValue(context.text('certificate.check.password'), 'PKCS#12', context.signal);
    return password.ok ? ok({ password: password.value }) : password;
  }
  if (code !== 'certificate.key-passphrase-missing') return undefined;
  const file = process.env[keyPassphraseVariable];
  const passphrase = file
    ? await readPassphraseFile(file, context.signal)
    : await readSecretValue(context.text('certificate.check.key-passphrase'), '--key', context.signal);
  return passphrase.ok ? ok({ keyPassphrase: passphrase.value }) : passphrase;
}

/** The check; the chain may need its password, and the key its own: each is asked for once. */
async function checkAsking(
  context: CommandContext,
  file: string,
  how: ChainOptions,
): Promise<Result<CertificateReport>> {
  const checked = await checkSiteCertificate(context.secrets, file, how);
  const answer = checked.ok ? undefined : await askFor(context, checked.failure.code);
  if (answer === undefined) return checked;
  return answer.ok ? checkAsking(context, file, { ...how, ...answer.value }) : answer;
}

/** Every finding on the chain that the site file names; exit code 2 when something stands against it. */
export async function certificateCheck(
  context: CommandContext,
  file: string,
  options: CertificateCheckOptions,
): Promise<number> {
  // A program that reads the findings finds them in both cases.
  const refused = { findings: [], blocking: 1 };
  const how: ChainOptions = {
    ...options,
    stateDir: defaultStateDir(),
    signal: context.signal,
    warn: context.warn,
  };
  const checked = await checkAsking(context, file, how);
  if (!checked.ok) return report(context, checked.failure, refused);
  const { findings, blocking, ...facts } = checked.value;
  const { value } = checked;
  print(context, { ...findingsDocument(context.text, findings), certificate: facts }, () => sayReport(context, value));
  return blocking === 0 ? 0 : exitCodes.input;
}

function sayReport({ text }: CommandContext, { leaf, chain, findings, blocking }: CertificateReport): void {
  say(paint('bold', leaf.names.join(', ') || leaf.subject));
  for (const [index, { subject }] of chain.entries()) say(`  ${'  '.repeat(index)}${subject}`);
  say(paint('dim', `  ${leaf.key}, ${leaf.signature}, ${leaf.fingerprint}`));
  sayFindings(text, findings, { all: true });
  // What was not looked at and why: a reader must not take it for checked.
  for (const one of findings.filter(({ status }) => status === 'skipped')) {
    say(`${paint('dim', '–')} ${findingInWords(text, one).message}`);
  }
  say(
    blocking === 0
      ? `${paint('green', '✓')} ${text('certificate.check.good', { until: minuteInWords(leaf.notAfter) })}`
      : `${paint('red', '✗')} ${text('certificate.check.bad', { blocking })}`,
  );
}
