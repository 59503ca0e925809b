/** The newest handover, shown again without writing a new one (each bundle has its own code). */
import type { HandoverWritten } from '../../core/contract.ts';
import { ok, type Result } from '../../core/base/errors.ts';
import { qrSvg } from '../../core/handover/qr.ts';
import { readableHandover } from '../records/kept-handover.ts';
import type { Services } from '../runner/services.ts';
import { readPlannedSite } from '../runner/site-input.ts';

/**
 * The last handover; null if none was written, or if its files are gone or altered. Fails as `readPlannedSite` does.
 */
export async function lastHandover(services: Services, sitePath: string): Promise<Result<HandoverWritten | null>> {
  const planned = await readPlannedSite(sitePath);
  if (!planned.ok) return planned;
  const kept = await readableHandover(services.stateDir, planned.value.site.site.name, services.warn);
  if (kept === undefined) return ok(null);
  const { bundleFile: bundlePath, textFile: textPath, sha256, confirmationCode, recipients, planDigest } = kept;
  return ok({
    ...(planDigest === undefined ? {} : { planDigest }),
    bundlePath,
    textPath,
    sha256,
    confirmationCode,
    publicText: kept.publicText,
    recipients,
    qrSvg: qrSvg(kept.qrPayload),
  });
}
