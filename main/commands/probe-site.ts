/** Probes the mail relay and the backup host of a site. Only on request: planning and the demo contact no host. */
import { cancelled, fail, ok, type Result } from '../../core/base/errors.ts';
import { backupPorts, mailPorts } from '../../core/preflight/mail-probe-rules.ts';
import type { ProbeFacts } from '../../core/preflight/probe-facts.ts';
import type { Site } from '../../core/site/schema.ts';
import { probeBackup } from '../adapters/backup/probe.ts';
import { probeSmtp } from '../adapters/smtp/probe.ts';

/**
 * Probes both at the same time, only at the hosts and ports of the site file; sends neither content nor credentials.
 * Fails with `common.cancelled` only.
 * @param options.timeoutMs for each answer, ms; default 10 s
 */
export async function probeSite(
  site: Pick<Site, 'mail' | 'backup'>,
  options: { readonly signal: AbortSignal; readonly timeoutMs?: number; readonly ca?: readonly string[] },
): Promise<Result<ProbeFacts>> {
  const { mail, backup } = site;
  const [smtp, host] = await Promise.all([
    mail.mode === 'mailer' || mail.host === undefined
      ? undefined
      : probeSmtp({ host: mail.host, port: mail.port ?? mailPorts[mail.tls], tls: mail.tls }, options),
    probeBackup({ type: backup.type, host: backup.host, port: backup.port ?? backupPorts[backup.type] }, options),
  ]);
  if (options.signal.aborted) return fail(cancelled);
  if (smtp?.ok === false) return smtp;
  if (!host.ok) return host;
  return ok({ ...(smtp === undefined ? {} : { smtp: smtp.value }), backup: host.value });
}
