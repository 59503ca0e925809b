/**
 * The input of the gateways' files: keys of the secret store, ALE's side of the signed catalogue, and what was looked
 * at.
 */
import { type Result, ok } from '../../core/base/errors.ts';
import type { GatewayFile } from '../../core/gateway/file.ts';
import { macsByVm } from '../../core/deploy/macs.ts';
import { gatewayFiles } from '../../core/gateway/files.ts';
import type { GatewayInput } from '../../core/gateway/view.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import { type GatewayKeys, readGatewayKeys } from '../adapters/wireguard/gateway-keys.ts';
import { type GatewayAccess, sshUserOf } from './gateway-access.ts';
import type { GatewayLook } from './gateway-look.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';
import { machinesOf } from './site-machines.ts';

/** The secrets of one gateway. `keys`: undefined where the store has none. */
export interface GatewaySecrets {
  readonly keys: GatewayKeys | undefined;
  readonly backup: string | undefined;
}

/** Reads the secrets of one gateway. Fails as the store does. */
export async function readSecrets(
  { secrets }: Pick<Services, 'secrets'>,
  { site }: Pick<PlannedSite, 'site'>,
  vm: PlannedVm,
): Promise<Result<GatewaySecrets>> {
  const keys = await readGatewayKeys(secrets, vm.name);
  if (!keys.ok) return keys;
  const backup = site.backup.type === 'nfs' ? ok(undefined) : await secrets.get(`backup/${site.backup.host}`);
  return backup.ok ? ok({ keys: keys.value, backup: backup.value }) : backup;
}

export function gatewayInput(
  { site, plan }: PlannedSite,
  vm: PlannedVm,
  { catalogue, key, machines }: GatewayAccess,
  look: GatewayLook,
  { keys, backup }: { readonly keys: GatewayKeys; readonly backup: string | undefined },
): GatewayInput {
  const { noc } = catalogue;
  return {
    site,
    plan,
    vm,
    material: {
      privateKey: keys.privateKey,
      presharedKey: keys.presharedKey,
      alternate: keys.alternate,
      peers: noc?.peers ?? [],
      sshAuthorizedKeys: noc?.sshAuthorizedKeys ?? [],
      sshUser: sshUserOf(catalogue, vm.component),
      bootstrapKey: key.publicKey,
      installers: [look.installer],
      macs: { ...macsByVm(plan, machinesOf(machines, plan)), [vm.name]: look.macs },
      backupSecret: backup,
    },
  };
}

/**
 * The planned files of one gateway; undefined where the store lacks its keys. Fails as `gatewayFiles` and the store do.
 */
export async function plannedFiles(
  services: Services,
  planned: PlannedSite,
  vm: PlannedVm,
  access: GatewayAccess,
  look: GatewayLook,
): Promise<Result<readonly GatewayFile[] | undefined>> {
  const secrets = await readSecrets(services, planned, vm);
  if (!secrets.ok) return secrets;
  const { keys, backup } = secrets.value;
  return keys === undefined ? ok(undefined) : gatewayFiles(gatewayInput(planned, vm, access, look, { keys, backup }));
}
