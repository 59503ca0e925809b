/** The deployment summary of a site, from this computer's records and the current inventory. It may be incomplete. */
import { join } from 'node:path';
import { ok, type Result } from '../../core/base/errors.ts';
import { evidenceFolder } from '../../core/media/proof.ts';
import { isOfPlan, type RunState } from '../../core/run/state.ts';
import type { Finding } from '../../core/base/findings.ts';
import type { RunRecord, TakeoverRecord } from '../../core/run/record.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { makeFolder } from '../system/files/inputs.ts';
import type { OpenedEndpoint } from './endpoints.ts';
import { keptHandover } from '../records/kept-handover.ts';
import { keptMedia } from '../records/kept-media.ts';
import { type KeptTakeover, keptTakeover } from '../records/kept-takeover.ts';
import { keptRuns } from '../records/journal.ts';
import { reconcileSite } from './inventory.ts';
import { preflightSite } from './preflight.ts';
import { writeMediaProof } from '../records/media-proof.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

/** The seal deletes the passwords, so their absence is no fault after it. */
const isOpenAfterSeal = ({ rule }: Finding): boolean => rule !== 'infrastructure.password';

/** The record of the takeover; none before ALE has answered, unless the site was sealed without an answer. */
function takeoverOf(taken: KeptTakeover): { takeover?: TakeoverRecord } {
  const { answer, confirmedAt, keysDeletedAt, sealedAt, machines } = taken;
  if (answer === undefined && sealedAt === undefined) return {};
  const sealedVms = Object.values(machines).filter(({ stage }) => stage === 'sealed').length;
  return { takeover: { answeredAt: answer?.at, confirmedAt, keysDeletedAt, sealedAt, sealedVms } };
}

/**
 * Composes the record; `run` replaces its unfinished entry in the journal. Fails only if the journals cannot be listed.
 */
export async function recordOf(
  services: Services,
  planned: PlannedSite,
  endpoints: readonly OpenedEndpoint[],
  { run, signal }: { readonly run?: RunState; readonly signal?: AbortSignal } = {},
): Promise<Result<RunRecord>> {
  const { site, plan } = planned;
  const name = site.site.name;
  const runs = await keptRuns(services.stateDir, name, services.warn);
  if (!runs.ok) return runs;
  const [media, handover, taken] = await Promise.all([
    keptMedia(services.stateDir, name, services.warn),
    keptHandover(services.stateDir, name, services.warn),
    keptTakeover(services.stateDir, name, services.warn),
  ]);
  const reading = media === undefined ? undefined : { facts: media };
  const { facts, findings } = await preflightSite(services, planned, endpoints, { media: reading, signal });
  const newest = run ?? runs.value.at(-1)?.state;
  // Runs and handovers of an earlier plan are left out.
  const last = newest !== undefined && isOfPlan(newest, planned.planDigest) ? newest : undefined;
  const reconciled = await reconcileSite(services, planned, facts.endpoints ?? [], media?.images ?? []);
  return ok({
    tool: { name: services.name, version: services.version },
    now: facts.now,
    site,
    siteFile: { path: planned.path, sha256: planned.digest },
    plan,
    planDigest: planned.planDigest,
    ...(last === undefined ? {} : { run: last }),
    earlierRuns: runs.value.map(({ state }) => state).filter((state) => state.run !== last?.run),
    operations: runs.value.flatMap(({ operations }) => operations),
    endpoints: facts.endpoints ?? [],
    ...(reconciled.ok ? { reconciliation: reconciled.value } : {}),
    ...(media === undefined ? {} : { media }),
    findings: [...planned.findings, ...(taken.sealedAt === undefined ? findings : findings.filter(isOpenAfterSeal))],
    ...(handover !== undefined && isOfPlan(handover, planned.planDigest) ? { handover } : {}),
    ...takeoverOf(taken),
  });
}

/**
 * Writes PDF, HTML, JSON and CSV into `outDir`, which is created if missing, and returns their paths, the PDF first. A
 * folder with the evidence of the medium is written beside them. Fails with `files.*`.
 */
export async function createSummary(
  services: Services,
  planned: PlannedSite,
  endpoints: readonly OpenedEndpoint[],
  { outDir, signal, run }: { readonly outDir: string; readonly signal: AbortSignal; readonly run?: RunState },
): Promise<Result<readonly string[]>> {
  const record = await recordOf(services, planned, endpoints, { signal, ...(run === undefined ? {} : { run }) });
  if (!record.ok) return record;
  const made = await makeFolder(outDir);
  if (!made.ok) return made;
  // Loaded on use: PDF and drawing are half of the code.
  const { writeSummary } = await import('../adapters/pdf/write-summary.ts');
  const written = await writeSummary({
    record: record.value,
    outDir,
    text: services.text,
    writeFile: writeFileAtomic,
    signal,
  });
  if (!written.ok) return written;
  const { media } = record.value;
  if (media === undefined) return ok(written.value.files);
  const proof = await writeMediaProof(join(outDir, evidenceFolder(planned.site.site.name)), media);
  return proof.ok ? ok(written.value.files) : proof;
}
