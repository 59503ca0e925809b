/** What core says about a draft. */
import { type Finding, isBlocking } from '../../core/base/findings.ts';
import type { Plan } from '../../core/plan/model.ts';
import { makePlan } from '../../core/plan/make-plan.ts';
import { checkDraft, type CheckedSite } from '../../core/preflight/check-site.ts';
import type { Site } from '../../core/site/schema.ts';
import { valueAt } from './draft/path.ts';
import { completed, fillers } from './stand-ins.ts';
import type { SiteDraft } from './draft/site-text.ts';

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapAt = (value: unknown): Record<string, unknown> => (isMap(value) ? value : {});

function vsphereFrame(value: unknown): Record<string, unknown> {
  const vsphere = mapAt(value);
  return {
    ...vsphere,
    endpoints: vsphere['endpoints'] ?? [{}],
    datastores: mapAt(vsphere['datastores']),
    networks: mapAt(vsphere['networks']),
  };
}

function datacentreFrame(value: unknown): unknown {
  if (!isMap(value)) return value;
  return value['platform'] === 'vsphere' ? { ...value, vsphere: vsphereFrame(value['vsphere']) } : value;
}

/**
 * The draft with its empty sections put in, so that what is missing is told field by field and not as a missing section
 * that no field shows.
 */
export function framed(draft: SiteDraft): SiteDraft {
  const network = mapAt(draft['network']);
  const datacentres = Array.isArray(draft['datacentres']) ? draft['datacentres'] : [{ platform: 'vsphere' }];
  return {
    ...draft,
    site: mapAt(draft['site']),
    sizing: mapAt(draft['sizing']),
    datacentres: datacentres.map(datacentreFrame),
    network: { ...network, lan: mapAt(network['lan']), wan: mapAt(network['wan']) },
    domain: mapAt(draft['domain']),
    mail: mapAt(draft['mail']),
    backup: mapAt(draft['backup']),
  };
}

/** The plan as it would be without pins: the table of addresses stays there to correct a pin that allows no plan. */
function planWithoutPins(site: Site): Plan | undefined {
  const plan = makePlan({ ...site, network: { ...site.network, addresses: {} } });
  return plan.ok ? plan.value : undefined;
}

export interface CheckedDraft extends CheckedSite {
  /** The plan as far as it is known: missing while users or networks are. */
  readonly outline?: Plan;
}

const outlineSteps: ReadonlySet<string> = new Set(['site', 'network']);

/** Findings on a draft whose shape is not complete, beyond those on its shape. */
function judgedAhead(draft: SiteDraft, shape: readonly Finding[]): CheckedDraft {
  const malformed = shape.filter(isBlocking).map(({ path }) => path);
  const [one, other] = fillers.map((filler) => checkDraft(completed(draft, malformed, filler)));
  const shared = new Set(other?.findings.map((finding) => JSON.stringify(finding)));
  const certain = (one?.findings ?? []).filter(
    (finding) =>
      (isBlocking(finding) || finding.status === 'warn') &&
      valueAt(draft, finding.path) !== undefined &&
      !malformed.includes(finding.path) &&
      shared.has(JSON.stringify(finding)),
  );
  const known = !shape.some((finding) => isBlocking(finding) && outlineSteps.has(finding.step));
  return {
    findings: [...shape, ...certain],
    ...(known && one?.plan !== undefined ? { outline: one.plan } : {}),
  };
}

/** Judges a draft, complete or not. */
export function checkSiteDraft(draft: SiteDraft): CheckedDraft {
  const checked = checkDraft(framed(draft));
  if (checked.site === undefined) return judgedAhead(draft, checked.findings);
  const outline = checked.plan ?? planWithoutPins(checked.site);
  return { ...checked, ...(outline === undefined ? {} : { outline }) };
}
