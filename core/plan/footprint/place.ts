/**
 * Which data centre and which host carries which server. A server's place follows from its component and number alone,
 * so adding a component moves none. Neighbours in number land in different data centres and on different hosts, which
 * keeps pairs and triples apart wherever there is a choice.
 */
import type { CatalogueRow } from './catalogue.ts';

export interface Placement {
  /** Index in the site's list of data centres. */
  readonly datacentre: number;
  /** Index in the data centre's list of endpoints. */
  readonly endpoint: number;
}

/**
 * The place of server `index` (from 1) of a component.
 * @param endpoints number of endpoints per data centre: standalone ESXi hosts, or 1 for a vCenter or another platform
 */
export function placeServer(row: Pick<CatalogueRow, 'start'>, index: number, endpoints: readonly number[]): Placement {
  const sites = endpoints.length;
  const datacentre = (row.start.site + index - 1) % sites;
  const turn = Math.floor((index - 1) / sites);
  return { datacentre, endpoint: (row.start.host + turn) % Math.max(1, endpoints[datacentre] ?? 1) };
}
