/**
 * A site that is still being written can be judged too. What is missing or malformed is completed twice, with different
 * values: a finding that both completions share follows from what was written, whatever the rest will be.
 */
import { valueAt, putAt } from './draft/path.ts';
import type { SiteDraft } from './draft/site-text.ts';

type Tree = Record<string, unknown>;

const isMap = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

interface Filler {
  readonly whole: Tree;
  readonly datacentre: (index: number) => Tree;
  readonly endpoint: (index: number) => Tree;
}

const filler = (mark: string, lan: string, wan: string, gateway: string): Filler => ({
  whole: {
    apiVersion: 'edge-site/v1',
    site: { name: mark, customer: mark },
    sizing: { registeredUsers: 100, concurrentUsers: 10 },
    network: { lan: { cidr: lan }, wan: { cidr: wan, gateway } },
    domain: { fqdn: `edge.${mark}.example` },
    mail: { mode: 'corporate', host: `mail.${mark}.example`, from: `edge@${mark}.example` },
    backup: { type: 'sftp', host: `backup.${mark}.example`, path: `/${mark}`, location: mark },
  },
  datacentre: (index) => ({
    name: `${mark}${index + 1}`,
    platform: 'vsphere',
    vsphere: {
      datastores: { standard: `${mark}-standard`, premium: `${mark}-premium` },
      networks: { lan: `${mark}-lan`, wan: `${mark}-wan` },
    },
  }),
  endpoint: (index) => ({ url: `https://host${index + 1}.${mark}.example`, username: mark }),
});

export const fillers = [
  filler('alpha', '10.211.0.0/22', '192.0.2.0/25', '192.0.2.1'),
  filler('beta', '10.117.0.0/22', '198.51.100.0/25', '198.51.100.1'),
] as const;

const merged = (under: Tree, over: unknown): Tree => {
  const result = { ...under };
  if (!isMap(over)) return result;
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = result[key];
    result[key] = isMap(below) ? merged(below, value) : value;
  }
  return result;
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) && value.length > 0 ? value : [{}]);

/** The draft without what stands at `malformed`, and with stand-ins for everything that is then missing. */
export function completed(
  draft: SiteDraft,
  malformed: readonly string[],
  { whole, datacentre, endpoint }: Filler,
): Tree {
  const rest = structuredClone(draft);
  // From the back, so that taking an item out of a list moves no other that is still to be taken out.
  for (const path of malformed.toSorted().toReversed()) {
    if (path !== '' && valueAt(rest, path) !== undefined) putAt(rest, path, undefined);
  }
  const site = merged(whole, rest);
  site['datacentres'] = listOf(rest['datacentres']).map((one, index) => {
    const place = merged(datacentre(index), one);
    if (place['platform'] !== 'vsphere') return isMap(one) ? { name: place['name'], ...one } : place;
    const vsphere = isMap(place['vsphere']) ? place['vsphere'] : {};
    const endpoints = listOf(vsphere['endpoints']).map((each, number) => merged(endpoint(number), each));
    return { ...place, vsphere: { ...vsphere, endpoints } };
  });
  return site;
}
