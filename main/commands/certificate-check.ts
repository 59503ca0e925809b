/** `certificate check`: every finding on the chain that the site file names. */
import { minuteInWords } from '../../core/certificate/clock.ts';
import type { CertificateReport } from '../../core/certificate/report.ts';
import { exitCodes, ok, type Result } from '../../core/base/errors.ts';
import { findingInWords } from '../../core/base/text.ts';
import { readPassphraseFile } from '../adapters/secrets/passphrase-file.ts';
import { defaultStateDir } from '../compose/services.ts';
import { type ChainOptions, checkSiteCertificate } from '../runner/certificate.ts';
import { readSecretValue } from '../system/prompt.ts';
import type { Flag } from './command.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings } from './context.ts';

export interface CertificateCheckOptions {
  /** File with the private key. */
  readonly key?: string;
  /** File with the customer's own root. */
  readonly trust?: string;
}

export const flags = ({ one }: Flag) => [
  one('--key <file>', 'certificate-key'),
  one('--trust <file>', 'certificate-trust'),
];

const keyPassphraseVariable = 'EDGE_KEY_PASSPHRASE_FILE';

type Secrets = Pick<ChainOptions, 'password' | 'keyPassphrase'>;

/** The prompt for each failure. An empty key passphrase counts as unknown: the check continues and reports that. */
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

/** Runs the check. Asks once each for the password of the chain and of the key, if they need one. */
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

/** Every finding on the chain that the site file names; exit code 2 if one blocks. */
export async function run(context: CommandContext, file: string, options: CertificateCheckOptions): Promise<number> {
  // JSON contains the findings in both cases.
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
  // Names skipped checks with the reason, so that they do not appear as passed.
  for (const one of findings.filter(({ status }) => status === 'skipped')) {
    say(`${paint('dim', '–')} ${findingInWords(text, one).message}`);
  }
  say(
    blocking === 0
      ? `${paint('green', '✓')} ${text('certificate.check.good', { until: minuteInWords(leaf.notAfter) })}`
      : `${paint('red', '✗')} ${text('certificate.check.bad', { blocking })}`,
  );
}
