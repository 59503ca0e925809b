/** Facts are the observations of the real systems before any change, as plain data. Rules evaluate them. */
import type { Failure } from '../base/errors.ts';
import type { MediaReading } from '../media/facts.ts';
import type { EndpointReading } from '../platform/inventory.ts';

/** The last deployment from a site file, as recorded on this computer. */
export interface DeployedSite {
  readonly site: string;
  readonly fqdn: string;
  readonly datacentres: readonly string[];
  /** Number of VMs in its plan. */
  readonly vms: number;
  readonly planDigest: string;
  /** Absolute path of the site file. */
  readonly siteFile: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** All inputs of preflight beside the site and its plan. If a field is missing, its rules are pending. */
export interface PreflightFacts {
  readonly endpoints?: readonly EndpointReading[];
  readonly media?: MediaReading;
  readonly secrets?: { readonly names: readonly string[]; readonly backend: string; readonly failure?: Failure };
  /** The earlier deployment from this site file; null if there was none. */
  readonly deployed?: DeployedSite | null;
  /** The laptop's clock, ISO 8601 in UTC. */
  readonly now: string;
}
