/** Everything about an endpoint by one command of our own govc: the calls of the other readers, put together. */
import { checkAbout } from './about.ts';
import type { Collected } from './collect.ts';
import { collectMany } from './collect-many.ts';
import { treeOf, treePaths, type Tree } from './entities.ts';
import {
  datastorePaths,
  datastoresOf,
  hostPaths,
  hostsOf,
  networkPaths,
  networksOf,
  portGroupPaths,
} from './read-inventory.ts';
import { vmPaths, vmsOf } from './read-vms.ts';
import type { Session } from './session.ts';
import type { Everything } from './inventory-types.ts';
import type { CallOptions } from './types.ts';
import { checkLicenses, writabilityOf } from './writability.ts';

/** Types of the inventory's inner nodes; what else there is has a list of its own. */
export const innerTypes: ReadonlySet<string> = new Set([
  'Datacenter',
  'Folder',
  'ComputeResource',
  'ClusterComputeResource',
  'ResourcePool',
  'VirtualApp',
  'StoragePod',
]);

const networkTypes: ReadonlySet<string> = new Set(['Network', 'DistributedVirtualPortgroup', 'OpaqueNetwork']);

const types = [
  { type: 'ManagedEntity', paths: treePaths },
  { type: 'HostSystem', paths: hostPaths },
  { type: 'Datastore', paths: datastorePaths },
  { type: 'Network', paths: networkPaths },
  { type: 'DistributedVirtualPortgroup', paths: portGroupPaths },
  { type: 'VirtualMachine', paths: vmPaths },
];

export interface EverythingRead {
  readonly everything: Everything;
  /** For later look-ups of names. */
  readonly tree: Tree;
}

export async function readAll(session: Session, options: CallOptions): Promise<EverythingRead> {
  const args = ['inventory.collect'];
  const found = await collectMany(session, { types, about: true, licenses: true }, options);
  const ofType = (...wanted: readonly string[]): Collected[] =>
    found.objects.filter(({ ref }) => wanted.includes(ref.type));
  const tree = treeOf(found.objects.filter(({ properties }) => 'name' in properties));
  const { hosts, vlans } = hostsOf(ofType('HostSystem'), tree);
  const distributed = ofType('DistributedVirtualPortgroup');
  const about = checkAbout(found.about, args);
  const inventory = {
    hosts,
    datastores: datastoresOf(ofType('Datastore'), tree),
    networks: networksOf(ofType(...networkTypes), distributed, tree, vlans),
    vms: vmsOf(ofType('VirtualMachine'), tree),
    entities: tree.entities.filter(({ type }) => innerTypes.has(type)),
  };
  const writability = writabilityOf(about, checkLicenses(found.licenses, args), hosts);
  return { everything: { about, inventory, writability }, tree };
}
