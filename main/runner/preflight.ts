/** The facts of a preflight and the findings of its rules, for wizard, command, run and summary. */
import { type Failure, ok, type Result } from '../../core/base/errors.ts';
import { blockingCount, type Finding } from '../../core/base/findings.ts';
import type { MediaReading } from '../../core/media/facts.ts';
import type { PreflightFacts } from '../../core/preflight/facts.ts';
import { infrastructureRules } from '../../core/preflight/infrastructure-rules.ts';
import { applyRules } from '../../core/preflight/rule.ts';
import { keepMedia } from '../records/kept-media.ts';
import { decisiveAmong, type OpenedEndpoint, withEndpoints } from './endpoints.ts';
import { gatherFacts } from './inventory.ts';
import { seenMedia, verifySiteMedium } from './media.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

export interface Preflight {
  readonly facts: PreflightFacts;
  /** Findings on the infrastructure. Findings on the site file are part of the planned site. */
  readonly findings: readonly Finding[];
  /** Number of findings that block. */
  readonly blocking: number;
  /** A more specific failure than "preflight blocks": untrusted medium, or a disk of this computer. */
  readonly decisive: Failure | undefined;
}

export interface PreflightHow {
  /** Facts of the medium; undefined: its rule stays open. */
  readonly media: MediaReading | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads the endpoints, the secret store and this computer's records, and applies the rules. */
export async function preflightSite(
  services: Services,
  planned: PlannedSite,
  endpoints: readonly OpenedEndpoint[],
  { media, signal }: PreflightHow,
): Promise<Preflight> {
  const gathered = await gatherFacts(services, planned, endpoints, signal);
  const facts: PreflightFacts = { ...gathered, ...(media === undefined ? {} : { media }) };
  const { site, plan } = planned;
  const findings = applyRules(infrastructureRules, { site, plan, facts });
  return { facts, findings, blocking: blockingCount(findings), decisive: decisiveAmong(facts.endpoints) };
}

/** Opens the endpoints and runs the preflight; findings on the site file come first. */
export async function preflightOf(services: Services, planned: PlannedSite, how: PreflightHow): Promise<Preflight> {
  const found = await withEndpoints(services, planned.site, (endpoints) =>
    preflightSite(services, planned, endpoints, how),
  );
  const findings = [...planned.findings, ...found.findings];
  return { ...found, findings, blocking: blockingCount(findings) };
}

/** The findings on the medium alone. */
export function mediaFindings(services: Services, { site, plan }: PlannedSite, media: MediaReading): Finding[] {
  const rows = infrastructureRules.filter(({ id }) => id === 'infrastructure.media');
  return applyRules(rows, { site, plan, facts: { now: services.now().toISOString(), media } });
}

/**
 * Proves the medium and keeps the evidence. A refused medium is a value for a rule. Fails with `files.*` if the
 * evidence cannot be kept.
 */
export async function seeMedium(
  services: Services,
  planned: PlannedSite,
  signal: AbortSignal,
  onProgress: Parameters<typeof verifySiteMedium>[3],
): Promise<Result<MediaReading>> {
  const medium = await verifySiteMedium(services, planned, signal, onProgress);
  if (medium.ok) {
    const kept = await keepMedia(services.stateDir, planned.site.site.name, medium.value.facts);
    if (!kept.ok) return kept;
  }
  return ok(seenMedia(medium));
}
