/** What core says about a draft. */
import type { Plan } from '../../core/plan-model.ts';
import { makePlan } from '../../core/plan.ts';
import { checkDraft, type CheckedSite } from '../../core/preflight/check-site.ts';
import type { Site } from '../../core/site/schema.ts';
import type { SiteDraft } from './site-text.ts';

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
export function planWithoutPins(site: Site): Plan | undefined {
  const plan = makePlan({ ...site, network: { ...site.network, addresses: {} } });
  return plan.ok ? plan.value : undefined;
}

export const checkSiteDraft = (draft: SiteDraft): CheckedSite => checkDraft(framed(draft));
