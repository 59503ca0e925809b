/** The facts of a preflight and what the rules say of them. Wizard, command, run and summary all ask here. */
import { type Failure, ok, type Result } from '../../core/base/errors.ts';
import { blockingCount, type Finding } from '../../core/base/findings.ts';
import type { MediaReading } from '../../core/media/facts.ts';
import type { Facts } from '../../core/preflight/facts.ts';
import { infrastructureRules } from '../../core/preflight/infrastructure-rules.ts';
import { applyRules } from '../../core/preflight/rule.ts';
import { keepMedia } from '../records/kept-media.ts';
import { decisiveAmong, type OpenedEndpoint, withEndpoints } from './endpoints.ts';
import { gatherFacts } from './inventory.ts';
import { seenMedia, verifySiteMedium } from './media.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

export interface Preflight {
  readonly facts: Facts;
  /** On the infrastructure. Those on the site file are the planned site's. */
  readonly findings: readonly Finding[];
  /** Number of findings that block. */
  readonly blocking: number;
  /** Says more than "preflight blocks": a matter of trust, or a disk of this computer. */
  readonly decisive: Failure | undefined;
}

export interface PreflightHow {
  /** What is known of the medium; undefined: its rule stays open. */
  readonly media: MediaReading | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the endpoints, the secret store and this computer's records, and applies the rules. */
export async function preflightSite(
  services: Services,
  planned: PlannedSite,
  endpoints: readonly OpenedEndpoint[],
  { media, signal }: PreflightHow,
): Promise<Preflight> {
  const gathered = await gatherFacts(services, planned, endpoints, signal);
  const facts: Facts = { ...gathered, ...(media === undefined ? {} : { media }) };
  const { site, plan } = planned;
  const findings = applyRules(infrastructureRules, { site, plan, facts });
  return { facts, findings, blocking: blockingCount(findings), decisive: decisiveAmong(facts.endpoints) };
}

/** The same with the endpoints opened for it, and the findings on the site file first. */
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
 * Proves the medium and keeps the evidence. A refused medium is a value: a rule judges it. Fails with `files.*` where the
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
