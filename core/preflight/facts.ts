/** Facts: what was found out about the real world before anything is changed, as plain data. Rules judge it. */
import type { Failure } from '../base/errors.ts';
import type { MediaReading } from '../media/facts.ts';
import type { EndpointReading } from '../platform/inventory.ts';

/** What was deployed last from a site file, as this computer remembers it. */
export interface DeployedSite {
  readonly site: string;
  readonly fqdn: string;
  readonly datacentres: readonly string[];
  /** How many VMs the plan had. */
  readonly vms: number;
  readonly planDigest: string;
  /** Absolute path of the site file. */
  readonly siteFile: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** Everything that preflight looks at beside the site and its plan. Missing: not asked yet, so its rules are pending. */
export interface Facts {
  readonly endpoints?: readonly EndpointReading[];
  readonly media?: MediaReading;
  readonly secrets?: { readonly names: readonly string[]; readonly backend: string; readonly failure?: Failure };
  /** What was deployed from this site file before; null: nothing. */
  readonly deployed?: DeployedSite | null;
  /** The laptop's clock, ISO 8601 in UTC. */
  readonly now: string;
}
