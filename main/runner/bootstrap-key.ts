/**
 * The bootstrap key of a deployment: made before the first machine that takes it, and never beside a key that machines
 * have.
 */
import { type Result, fail, failure, ok } from '../../core/base/errors.ts';
import { type BootstrapKey, keyHolders, needsKey } from '../../core/deploy/bootstrap-key.ts';
import { machineWork, type Reconciliation } from '../../core/deploy/reconcile.ts';
import type { ImageFacts } from '../../core/media/facts.ts';
import type { EndpointInventory, EndpointReading } from '../../core/platform/inventory.ts';
import { publicKeyFingerprint } from '../adapters/ssh/host-key.ts';
import { ensureSiteKey, readSiteKey, sshSecretName } from '../adapters/ssh/site-key.ts';
import { reconcileSite } from './inventory.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

type Secrets = Pick<Services, 'secrets' | 'stateDir' | 'warn'>;

/** The public half of the site's key, made if no machine has one. Fails as {@link reconcileWithKey} does. */
async function keyFor(
  { secrets }: Secrets,
  site: string,
  endpoints: readonly EndpointInventory[],
): Promise<Result<BootstrapKey>> {
  const name = sshSecretName(site);
  const holders = keyHolders(site, endpoints);
  const stored = await readSiteKey(secrets, site);
  if (!stored.ok) return stored;
  const [holder] = holders;
  if (stored.value === undefined && holder !== undefined) {
    return fail(failure('operation', 'ssh.key-elsewhere', { name, ...holder }));
  }
  const key = await ensureSiteKey(secrets, site);
  if (!key.ok) return key;
  const { publicKey } = key.value;
  const fingerprint = publicKeyFingerprint(publicKey);
  const other = holders.find((one) => one.fingerprint !== fingerprint);
  if (other !== undefined)
    return fail(failure('operation', 'ssh.key-differs', { name, ...other, stored: fingerprint }));
  return ok({ publicKey, fingerprint });
}

/**
 * Plan against inventory for a run that makes the machines `vms` (default: all). The secret store is asked only if one
 * of them takes the bootstrap key. Fails as `reconcile` and the secret store do, with `ssh.key-elsewhere` if machines
 * have a key that the store lacks, and with `ssh.key-differs` if the store has another key than they.
 */
export async function reconcileWithKey(
  services: Secrets,
  planned: PlannedSite,
  readings: readonly EndpointReading[],
  images: readonly ImageFacts[],
  vms?: readonly string[],
): Promise<Result<Reconciliation>> {
  const reconciled = await reconcileSite(services, planned, readings, images);
  if (!reconciled.ok) return reconciled;
  const operations = machineWork(reconciled.value)
    .filter(({ target }) => vms?.includes(target.machine) ?? true)
    .flatMap((work) => work.operations);
  if (!needsKey(operations, images)) return reconciled;
  const endpoints = readings.flatMap(({ inventory }) => (inventory === undefined ? [] : [inventory]));
  const key = await keyFor(services, planned.plan.site, endpoints);
  return key.ok ? reconcileSite(services, planned, readings, images, key.value) : key;
}
