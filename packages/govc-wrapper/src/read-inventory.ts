import { z } from 'zod';
import { check, collectAll, referenceSchema } from './collect.ts';
import type { Collected } from './collect.ts';
import { decodeName } from './entities.ts';
import type { Tree } from './entities.ts';
import type { CommandOptions, Session } from './session.ts';
import type { Datastore, Host, Network } from './inventory-types.ts';

const source = ['object.collect'];

// govc leaves out what is zero, false or empty.
const hostSchema = z.object({
  name: z.string(),
  parent: referenceSchema,
  datastore: z.array(referenceSchema).nullish(),
  network: z.array(referenceSchema).nullish(),
  'config.network.portgroup': z
    .array(z.object({ spec: z.object({ name: z.string(), vlanId: z.number().optional() }) }))
    .nullish(),
  'runtime.connectionState': z.enum(['connected', 'disconnected', 'notResponding']).optional(),
  'runtime.inMaintenanceMode': z.boolean().optional(),
  'runtime.powerState': z.enum(['poweredOn', 'poweredOff', 'standBy', 'unknown']).optional(),
  'summary.config.product': z.object({ version: z.string().optional(), build: z.string().optional() }).nullish(),
  'summary.hardware': z
    .object({
      numCpuCores: z.number().optional(),
      numCpuThreads: z.number().optional(),
      cpuMhz: z.number().optional(),
      memorySize: z.number().optional(),
    })
    .nullish(),
  'summary.managementServerIp': z.string().optional(),
  'summary.quickStats': z
    .object({ overallCpuUsage: z.number().optional(), overallMemoryUsage: z.number().optional() })
    .nullish(),
});
export const hostPaths = Object.keys(hostSchema.shape);

const datastoreSchema = z.object({
  name: z.string(),
  summary: z.object({
    type: z.string().optional(),
    capacity: z.number().optional(),
    freeSpace: z.number().optional(),
    uncommitted: z.number().optional(),
    accessible: z.boolean().optional(),
    maintenanceMode: z.string().optional(),
  }),
});

const networkSchema = z.object({
  name: z.string(),
  summary: z.object({ accessible: z.boolean().optional() }).nullish(),
});

const portGroupSchema = z.object({
  config: z.object({
    uplink: z.boolean().nullish(),
    defaultPortConfig: z.object({ vlan: z.object({ vlanId: z.unknown() }).nullish() }).nullish(),
  }),
});

/** No vCenter: VMware's own simulator names the host itself. */
const isLoopback = (address: string): boolean => /^(?:127\.|::1$|localhost$)/i.test(address);

export interface HostsRead {
  readonly hosts: readonly Host[];
  /** VLAN of a standard port group by name; undefined where hosts disagree. */
  readonly vlans: ReadonlyMap<string, number | undefined>;
}

export async function readHosts(session: Session, tree: Promise<Tree>, options: CommandOptions): Promise<HostsRead> {
  const [found, names] = await Promise.all([collectAll(session, 'HostSystem', hostPaths, options), tree]);
  return hostsOf(found, names);
}

export function hostsOf(found: readonly Collected[], names: Tree): HostsRead {
  const vlans = new Map<string, number | undefined>();
  const hosts = found.map(({ ref, properties }): Host => {
    const raw = check(hostSchema, properties, source);
    for (const { spec } of raw['config.network.portgroup'] ?? []) {
      const vlan = spec.vlanId ?? 0;
      vlans.set(spec.name, vlans.has(spec.name) && vlans.get(spec.name) !== vlan ? undefined : vlan);
    }
    const hardware = raw['summary.hardware'];
    const usage = raw['summary.quickStats'];
    const server = raw['summary.managementServerIp'] ?? '';
    const managedBy = server === '' || isLoopback(server) ? undefined : server;
    return {
      moref: ref.value,
      name: decodeName(raw.name),
      path: names.get(ref.value)?.path ?? '',
      version: raw['summary.config.product']?.version ?? '',
      build: raw['summary.config.product']?.build ?? '',
      cpuCores: hardware?.numCpuCores ?? 0,
      cpuThreads: hardware?.numCpuThreads ?? 0,
      cpuMhz: hardware?.cpuMhz ?? 0,
      cpuUsedMhz: usage?.overallCpuUsage ?? 0,
      memoryBytes: hardware?.memorySize ?? 0,
      memoryUsedBytes: (usage?.overallMemoryUsage ?? 0) * 1024 * 1024,
      maintenanceMode: raw['runtime.inMaintenanceMode'] ?? false,
      connectionState: raw['runtime.connectionState'] ?? 'connected',
      powerState: raw['runtime.powerState'] ?? 'unknown',
      ...(managedBy === undefined ? {} : { managedBy }),
      datastores: (raw.datastore ?? []).map(({ value }) => value),
      networks: (raw.network ?? []).map(({ value }) => value),
      parent: { type: raw.parent.type, moref: raw.parent.value },
    };
  });
  return { hosts, vlans };
}

export async function readDatastores(
  session: Session,
  tree: Promise<Tree>,
  options: CommandOptions,
): Promise<readonly Datastore[]> {
  const [found, names] = await Promise.all([collectAll(session, 'Datastore', datastorePaths, options), tree]);
  return datastoresOf(found, names);
}

export const datastorePaths = ['name', 'summary'] as const;

export function datastoresOf(found: readonly Collected[], names: Tree): readonly Datastore[] {
  return found.map(({ ref, properties }): Datastore => {
    const { name, summary } = check(datastoreSchema, properties, source);
    return {
      moref: ref.value,
      name: decodeName(name),
      path: names.get(ref.value)?.path ?? '',
      type: summary.type ?? '',
      capacityBytes: summary.capacity ?? 0,
      freeBytes: summary.freeSpace ?? 0,
      ...(summary.uncommitted === undefined ? {} : { uncommittedBytes: summary.uncommitted }),
      accessible: summary.accessible ?? false,
      maintenanceMode: summary.maintenanceMode !== undefined && summary.maintenanceMode !== 'normal',
    };
  });
}

export async function readNetworks(
  session: Session,
  tree: Promise<Tree>,
  vlans: Promise<HostsRead>,
  options: CommandOptions,
): Promise<readonly Network[]> {
  const [found, names, { vlans: standard }] = await Promise.all([
    collectAll(session, 'Network', networkPaths, options),
    tree,
    vlans,
  ]);
  const distributed = found.some(({ ref }) => ref.type === 'DistributedVirtualPortgroup')
    ? await collectAll(session, 'DistributedVirtualPortgroup', portGroupPaths, options)
    : [];
  return networksOf(found, distributed, names, standard);
}

export const networkPaths = ['name', 'summary'] as const;
export const portGroupPaths = ['config'] as const;

export function networksOf(
  found: readonly Collected[],
  distributed: readonly Collected[],
  names: Tree,
  standard: HostsRead['vlans'],
): readonly Network[] {
  const portGroups = new Map(distributed.map((group) => [group.ref.value, group]));
  return found.map(({ ref, properties }): Network => {
    const raw = check(networkSchema, properties, source);
    const name = decodeName(raw.name);
    const common = {
      moref: ref.value,
      name,
      path: names.get(ref.value)?.path ?? '',
      accessible: raw.summary?.accessible ?? false,
    };
    if (ref.type === 'Network') {
      const vlanId = standard.get(name);
      return { ...common, kind: 'standard', uplink: false, ...(vlanId === undefined ? {} : { vlanId }) };
    }
    const { uplink, vlanId } = portGroupOf(portGroups.get(ref.value));
    const kind = ref.type === 'DistributedVirtualPortgroup' ? 'distributed' : 'opaque';
    // Older vCenters do not say which port group is the uplink's; the name is the one they give it.
    return {
      ...common,
      kind,
      uplink: uplink ?? /-DVUplinks-\d+$/.test(name),
      ...(vlanId === undefined ? {} : { vlanId }),
    };
  });
}

function portGroupOf(collected: Collected | undefined): { uplink: boolean | undefined; vlanId: number | undefined } {
  if (collected === undefined) return { uplink: undefined, vlanId: undefined };
  const { config } = check(portGroupSchema, collected.properties, source);
  // A trunk has ranges in place of a number.
  const vlan = config.defaultPortConfig?.vlan?.vlanId;
  return { uplink: config.uplink ?? undefined, vlanId: typeof vlan === 'number' ? vlan : undefined };
}
