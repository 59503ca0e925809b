import { z } from 'zod';
import { check, collectAll, collectOne, referenceSchema } from './collect.ts';
import type { Collected } from './collect.ts';
import { decodeName } from './entities.ts';
import type { Tree } from './entities.ts';
import { GovcError } from './errors.ts';
import type { CommandOptions, Session } from './session.ts';
import type { Vm, VmDisk, VmNic } from './inventory-types.ts';
import type { VmRef } from './types.ts';

export const vmPaths = [
  'name',
  'parent',
  'config.annotation',
  'config.extraConfig',
  'config.guestId',
  'config.hardware.device',
  'config.hardware.memoryMB',
  'config.hardware.numCPU',
  'config.template',
  'config.vAppConfig.property',
  'config.version',
  'guest.ipAddress',
  'guest.toolsRunningStatus',
  'runtime.connectionState',
  'runtime.host',
  'runtime.powerState',
  'summary.storage',
];

// govc leaves out what is zero, false or empty.
const device = z.object({
  key: z.number(),
  controllerKey: z.number().optional(),
  unitNumber: z.number().nullish(),
  capacityInBytes: z.number().optional(),
  capacityInKB: z.number().optional(),
  macAddress: z.string().optional(),
  addressType: z.string().optional(),
  deviceInfo: z.object({ label: z.string().optional() }).nullish(),
  connectable: z.object({ connected: z.boolean().optional(), startConnected: z.boolean().optional() }).nullish(),
  backing: z
    .object({
      fileName: z.string().optional(),
      thinProvisioned: z.boolean().nullish(),
      deviceName: z.string().optional(),
      network: referenceSchema.nullish(),
      port: z.object({ portgroupKey: z.string().optional() }).nullish(),
      opaqueNetworkId: z.string().optional(),
    })
    .nullish(),
});

const schema = z.object({
  name: z.string(),
  parent: referenceSchema.nullish(),
  'config.annotation': z.string().optional(),
  'config.extraConfig': z.array(z.object({ key: z.string(), value: z.unknown() })).nullish(),
  'config.guestId': z.string().optional(),
  'config.hardware.device': z.array(device).nullish(),
  'config.hardware.memoryMB': z.number().optional(),
  'config.hardware.numCPU': z.number().optional(),
  'config.template': z.boolean().optional(),
  'config.vAppConfig.property': z
    .array(
      z.object({
        id: z.string().optional(),
        classId: z.string().optional(),
        instanceId: z.string().optional(),
        value: z.string().optional(),
        defaultValue: z.string().optional(),
      }),
    )
    .nullish(),
  'config.version': z.string().optional(),
  'guest.ipAddress': z.string().optional(),
  'guest.toolsRunningStatus': z.string().optional(),
  'runtime.connectionState': z.enum(['connected', 'disconnected', 'orphaned', 'inaccessible', 'invalid']).optional(),
  'runtime.host': referenceSchema.nullish(),
  'runtime.powerState': z.enum(['poweredOn', 'poweredOff', 'suspended']).optional(),
  'summary.storage': z.object({ committed: z.number().optional() }).nullish(),
});
type Raw = z.infer<typeof schema>;
type RawDevice = z.infer<typeof device>;

export async function readVms(session: Session, tree: Promise<Tree>, options: CommandOptions): Promise<readonly Vm[]> {
  const [found, names] = await Promise.all([collectAll(session, 'VirtualMachine', vmPaths, options), tree]);
  return vmsOf(found, names);
}

export const vmsOf = (found: readonly Collected[], names: Tree): readonly Vm[] =>
  found.map((collected) => toVm(collected, names));

export async function readVm(
  session: Session,
  moref: string,
  tree: Promise<Tree>,
  options: CommandOptions,
): Promise<Vm> {
  // Asked of a VM that is gone, govc gives a fault without a name.
  const names = await tree;
  if (names.get(moref) === undefined) throw new GovcError('not-found', `There is no VM ${moref}.`);
  return toVm(await collectOne(session, { type: 'VirtualMachine', value: moref }, vmPaths, options), names);
}

/** The id behind a name, or the id itself, unchecked. */
export function morefOf(ref: VmRef, tree: Tree): string {
  if ('moref' in ref) return ref.moref;
  const matches = tree.entities.filter((entity) => entity.type === 'VirtualMachine' && entity.name === ref.name);
  const [first] = matches;
  if (first === undefined) throw new GovcError('not-found', `There is no VM "${ref.name}".`);
  if (matches.length > 1) throw new GovcError('ambiguous', `There are ${String(matches.length)} VMs "${ref.name}".`);
  return first.moref;
}

function toVm(collected: Collected, tree: Tree): Vm {
  const raw: Raw = check(schema, collected.properties, ['object.collect']);
  const devices = raw['config.hardware.device'] ?? [];
  const hostMoref = raw['runtime.host']?.value;
  const host = hostMoref === undefined ? undefined : tree.get(hostMoref)?.name;
  const properties = raw['config.vAppConfig.property'] ?? [];
  return {
    moref: collected.ref.value,
    name: decodeName(raw.name),
    path: tree.get(collected.ref.value)?.path ?? '',
    ...(host === undefined ? {} : { host }),
    ...(hostMoref === undefined ? {} : { hostMoref }),
    powerState: raw['runtime.powerState'] ?? 'poweredOff',
    connectionState: raw['runtime.connectionState'] ?? 'connected',
    template: raw['config.template'] ?? false,
    annotation: raw['config.annotation'] ?? '',
    extraConfig: Object.fromEntries((raw['config.extraConfig'] ?? []).map(({ key, value }) => [key, asText(value)])),
    numCpu: raw['config.hardware.numCPU'] ?? 0,
    memoryMb: raw['config.hardware.memoryMB'] ?? 0,
    guestId: raw['config.guestId'] ?? '',
    hardwareVersion: raw['config.version'] ?? '',
    disks: devices.flatMap(toDisk).toSorted((a, b) => a.controllerKey - b.controllerKey || a.unitNumber - b.unitNumber),
    nics: toNics(devices, tree),
    ...(raw['guest.ipAddress'] ? { guestIp: raw['guest.ipAddress'] } : {}),
    toolsRunning: raw['guest.toolsRunningStatus'] === 'guestToolsRunning',
    ...(raw['summary.storage']?.committed === undefined ? {} : { committedBytes: raw['summary.storage'].committed }),
    ...(properties.length === 0 ? {} : { vAppProperties: toProperties(properties) }),
  };
}

function toDisk(raw: RawDevice): VmDisk[] {
  const fileName = raw.backing?.fileName;
  // A CD-ROM has a file too, but no capacity.
  const capacityBytes = raw.capacityInBytes ?? (raw.capacityInKB === undefined ? undefined : raw.capacityInKB * 1024);
  if (fileName === undefined || capacityBytes === undefined) return [];
  return [
    {
      label: raw.deviceInfo?.label ?? '',
      key: raw.key,
      capacityBytes,
      datastore: /^\[([^\]]*)\]/.exec(fileName)?.[1] ?? '',
      fileName,
      controllerKey: raw.controllerKey ?? 0,
      unitNumber: raw.unitNumber ?? 0,
      thin: raw.backing?.thinProvisioned ?? false,
    },
  ];
}

/** Only NICs have an address, a type of address, or a backing that is a network. */
const isNic = ({ macAddress, addressType, backing }: RawDevice): boolean =>
  macAddress !== undefined ||
  addressType !== undefined ||
  (backing?.network ?? backing?.port ?? backing?.opaqueNetworkId) !== undefined;

/**
 * NICs in the order of their slots, as the guest sees them: an edited device goes to the end of vSphere's list. On a
 * standalone host they have no MAC address before the first power-on.
 */
function toNics(devices: readonly RawDevice[], tree: Tree): readonly VmNic[] {
  return devices
    .filter(isNic)
    .toSorted((a, b) => (a.unitNumber ?? 0) - (b.unitNumber ?? 0) || a.key - b.key)
    .map((raw) => {
      const moref = raw.backing?.network?.value ?? raw.backing?.port?.portgroupKey;
      const network = (moref === undefined ? undefined : tree.get(moref)?.name) ?? raw.backing?.deviceName ?? '';
      return {
        label: raw.deviceInfo?.label ?? '',
        key: raw.key,
        network,
        ...(moref === undefined ? {} : { networkMoref: moref }),
        mac: raw.macAddress ?? '',
        connected: raw.connectable?.connected ?? false,
        startConnected: raw.connectable?.startConnected ?? false,
        device: nicDevice(raw.unitNumber ?? 0),
      };
    });
}

/** Source: govmomi v0.56, VirtualDeviceList.Name. */
function nicDevice(unit: number): string {
  return unit >= 36 && unit <= 45 ? `sriov-${String(45 - unit)}` : `ethernet-${String(unit - 7)}`;
}

function toProperties(properties: NonNullable<Raw['config.vAppConfig.property']>): Record<string, string> {
  return Object.fromEntries(
    properties.map(({ classId, id, instanceId, value, defaultValue }) => [
      [classId, id, instanceId].filter((part) => part !== undefined && part !== '').join('.'),
      value !== undefined && value !== '' ? value : (defaultValue ?? ''),
    ]),
  );
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}
