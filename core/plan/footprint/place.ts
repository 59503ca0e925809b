/**
 * Places servers on data centres and hosts. A server's place depends on its component and number only, so that a new
 * component moves no server. Servers with neighbouring numbers go to different data centres and hosts, which keeps
 * pairs and triples apart wherever possible.
 */
import type { CatalogueRow } from './catalogue.ts';

export interface Placement {
  /** Index in the site's list of data centres. */
  readonly datacentreIndex: number;
  /** Index in the data centre's list of endpoints. */
  readonly endpointIndex: number;
}

/**
 * The place of server `index` (from 1) of a component.
 * @param endpoints number of endpoints per data centre: standalone ESXi hosts, or 1 for a vCenter or servers that are
 *   made by hand
 */
export function placeServer(row: Pick<CatalogueRow, 'start'>, index: number, endpoints: readonly number[]): Placement {
  const sites = endpoints.length;
  const datacentreIndex = (row.start.site + index - 1) % sites;
  const turn = Math.floor((index - 1) / sites);
  return { datacentreIndex, endpointIndex: (row.start.host + turn) % Math.max(1, endpoints[datacentreIndex] ?? 1) };
}
