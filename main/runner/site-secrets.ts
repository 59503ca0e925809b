/** The secrets of a site in the store, and their deletion. */
import { type Result, capture, unwrap } from '../../core/base/errors.ts';
import { gatewaysOf } from '../../core/gateway/view.ts';
import { acknowledgementSecretName } from '../adapters/handover/acknowledgement-secret.ts';
import { diskRecoverySecretName } from '../adapters/handover/disk-recovery.ts';
import { sshSecretName } from '../adapters/ssh/site-key.ts';
import { gatewaySecretName, nextSecretName } from '../adapters/wireguard/gateway-keys.ts';
import { automaticSite } from '../../core/platform/layout.ts';
import { vmsWithDataDisks } from './handover.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

type Store = Pick<Services, 'secrets'>;

/** Names of the secrets that ALE has, or that only the handover needed. */
const handoverSecretNames = ({ site, plan }: PlannedSite): string[] => [
  ...gatewaysOf(plan).flatMap(({ name }) => [gatewaySecretName(name), nextSecretName(name)]),
  ...vmsWithDataDisks(plan).map(diskRecoverySecretName),
  acknowledgementSecretName(site.site.name),
];

/**
 * Every secret of the site, except the key of its certificate: this store may have the only copy of it.
 */
const siteSecretNames = (planned: PlannedSite): string[] => {
  const { site } = planned;
  const ofPlatforms = site.datacentres.flatMap((datacentre) =>
    (automaticSite(datacentre)?.layout.endpoints ?? []).flatMap(({ secret }) => secret?.(site.site.name) ?? []),
  );
  return [
    ...handoverSecretNames(planned),
    sshSecretName(site.site.name),
    `backup/${site.backup.host}`,
    ...(site.mail.host === undefined ? [] : [`mail/${site.mail.host}`]),
    ...ofPlatforms,
  ];
};

/** Deletes the existing ones among `names`, and reads back that they are gone. The value: their names. */
function deleteSecrets({ secrets }: Store, names: readonly string[]): Promise<Result<string[]>> {
  return capture(async () => {
    const wanted = [...new Set(names)];
    if (secrets.deleteAll !== undefined) return unwrap(await secrets.deleteAll(wanted));
    const deleted: string[] = [];
    for (const name of wanted) if (unwrap(await secrets.delete(name))) deleted.push(name);
    return deleted;
  });
}

/** Deletes private keys and the secret of the answer code. The value: the names. Fails as the store does. */
export const deleteHandoverSecrets = (services: Store, planned: PlannedSite): Promise<Result<string[]>> =>
  deleteSecrets(services, handoverSecretNames(planned));

/** Deletes every secret of the site. The value: the names. Fails as the store does. */
export const deleteSiteSecrets = (services: Store, planned: PlannedSite): Promise<Result<string[]>> =>
  deleteSecrets(services, siteSecretNames(planned));
