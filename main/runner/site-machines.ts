/** The machines of a site: what the platforms tell of them, and what this computer recorded after the deployment. */
import type { Result } from '../../core/base/errors.ts';
import { isOurs, laterStage, ownerWithRecord, type MachineRecord } from '../../core/deploy/ownership.ts';
import { gatewaysOf, shortName } from '../../core/gateway/view.ts';
import type { EndpointReading, Machine, OwnerStage } from '../../core/platform/inventory.ts';
import { automaticSite } from '../../core/platform/layout.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import { type KeptTakeover, keepTakeover, keptTakeover } from '../records/kept-takeover.ts';
import { endpointAt, type OpenedEndpoint, readEndpoints, withEndpoints } from './endpoints.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

type Kept = Pick<Services, 'stateDir' | 'warn'>;
type Named = Pick<PlannedVm, 'name'>;

export interface SiteMachines {
  readonly takeover: KeptTakeover;
  /** The machine of a planned VM, if its platform tells of one that this site made. */
  readonly machineOf: (vm: Named) => Machine | undefined;
  /** The record of a planned VM, if it is one of this machine, or if no platform can tell. */
  readonly recordOf: (vm: Named) => MachineRecord | undefined;
}

/** `readings`: of every endpoint; an endpoint that could not be read leaves its machines to the record. */
export async function siteMachines(
  { stateDir, warn }: Kept,
  { site, plan }: Pick<PlannedSite, 'site' | 'plan'>,
  readings: readonly EndpointReading[],
): Promise<SiteMachines> {
  const { name } = site.site;
  const takeover = await keptTakeover(stateDir, name, warn);
  const machines = new Map(
    readings
      .flatMap(({ inventory }) => inventory?.machines ?? [])
      .filter((machine) => isOurs(name, machine))
      .map((machine) => [machine.name, machine]),
  );
  const isUnread = readings.length === 0 || readings.some(({ inventory }) => inventory === undefined);
  const byHand = new Set(
    site.datacentres.filter((one) => automaticSite(one) === undefined).map((datacentre) => datacentre.name),
  );
  const vms = new Map(plan.vms.map((vm) => [vm.name, vm]));
  return {
    takeover,
    machineOf: (vm) => machines.get(vm.name),
    recordOf: (vm) => {
      const record = takeover.machines[vm.name];
      const id = machines.get(vm.name)?.id;
      if (id !== undefined) return record?.id === id ? record : undefined;
      return isUnread || byHand.has(vms.get(vm.name)?.datacentre ?? '') ? record : undefined;
    },
  };
}

/** The machines of the plan that their platforms tell of. */
export const machinesOf = ({ machineOf }: SiteMachines, { vms }: PlannedSite['plan']): Machine[] =>
  vms.flatMap((vm) => machineOf(vm) ?? []);

/** The stage of a planned VM; undefined if nothing is known of it. */
export function stageOf({ machineOf, recordOf }: SiteMachines, vm: Named): OwnerStage | undefined {
  const [marked, recorded] = [machineOf(vm)?.owner?.stage, recordOf(vm)?.stage];
  return recorded === undefined ? marked : laterStage(marked, recorded);
}

/** When the site was sealed, ISO 8601 in UTC; undefined if a VM of the plan is not sealed. */
export function sealedOn(machines: SiteMachines, { vms }: PlannedSite['plan']): string | undefined {
  if (vms.length === 0 || vms.some((vm) => stageOf(machines, vm) !== 'sealed')) return undefined;
  const times = vms.flatMap((vm) => machines.recordOf(vm)?.sealedAt ?? machines.machineOf(vm)?.owner?.sealedAt ?? []);
  return times.toSorted().at(-1) ?? '';
}

/** Whether ALE has confirmed the tunnel of every gateway: no key is made for it any more. */
export const isHandedOver = (machines: SiteMachines, plan: PlannedSite['plan']): boolean =>
  gatewaysOf(plan).every((vm) => ['handed-over', 'sealed'].includes(stageOf(machines, vm) ?? ''));

/** Public WireGuard key that a gateway was given; undefined if it has none yet. */
export const wireguardKeyOf = (machines: SiteMachines, vm: Named): string | undefined =>
  machines.recordOf(vm)?.wireguardKey ?? machines.machineOf(vm)?.owner?.wireguardKey;

/**
 * Fingerprints that a VM may show. The site file pins a gateway; else the key that it proved at its first login, else
 * the keys that it published through its platform. Empty: nothing is known of it yet.
 */
export function hostKeysOf(
  { site }: Pick<PlannedSite, 'site'>,
  machines: SiteMachines,
  vm: PlannedVm,
): readonly string[] {
  const pinned = site.gateways?.sshHostKeys[shortName(vm)];
  if (pinned !== undefined) return [pinned];
  const proven = machines.takeover.machines[vm.name];
  if (machines.recordOf(vm) !== undefined && proven?.hostKey !== undefined) return [proven.hostKey];
  return machines.machineOf(vm)?.hostKeys ?? [];
}

/** What is recorded of VMs, by name. The id is added. */
export type MachineNotes = Readonly<Record<string, Omit<KeptTakeover['machines'][string], 'id'>>>;

/** Records facts of machines, and of the site. Fails with `files.*`. */
export function noteMachines(
  { stateDir }: Kept,
  { site }: Pick<PlannedSite, 'site'>,
  machines: SiteMachines,
  notes: MachineNotes,
  more: Partial<Omit<KeptTakeover, 'machines'>> = {},
): Promise<Result<void>> {
  return keepTakeover(stateDir, site.site.name, (before) => {
    const noted = Object.entries(notes).map(([name, note]) => {
      const old = before.machines[name];
      const id = machines.machineOf({ name })?.id ?? machines.recordOf({ name })?.id ?? '';
      return [name, { ...(old?.id === id ? old : {}), ...note, id }] as const;
    });
    return { ...before, ...more, machines: { ...before.machines, ...Object.fromEntries(noted) } };
  });
}

/** What a gateway proved and was given at its configuration. */
interface GatewayNote {
  readonly gateway: string;
  readonly hostKey: string;
  readonly wireguardKey: string;
}

/** Records configured gateways and marks them, unless their marks are current. Fails with `files.*`. */
export async function noteGateways(
  services: Kept,
  planned: PlannedSite,
  machines: SiteMachines,
  gateways: readonly GatewayNote[],
  { endpoints, signal }: { readonly endpoints: () => Promise<readonly OpenedEndpoint[]>; readonly signal: AbortSignal },
): Promise<Result<void>> {
  const notes = gateways.map(({ gateway, hostKey, wireguardKey }) => [gateway, { hostKey, wireguardKey }] as const);
  const noted = await noteMachines(services, planned, machines, Object.fromEntries(notes));
  if (!noted.ok) return noted;
  const isMarked = gateways.every(
    ({ gateway, wireguardKey }) => machines.machineOf({ name: gateway })?.owner?.wireguardKey === wireguardKey,
  );
  if (!isMarked) await renewMarks(services, planned, await endpoints(), signal);
  return noted;
}

/**
 * Writes the recorded facts into the marks of the machines. An endpoint out of reach is a warning: the next deployment
 * or mark writes them.
 */
export async function renewMarks(
  services: Pick<Services, 'stateDir' | 'warn'>,
  planned: PlannedSite,
  endpoints: readonly OpenedEndpoint[],
  signal: AbortSignal,
): Promise<void> {
  const readings = await readEndpoints(endpoints, signal);
  const { site } = planned.site;
  const { machines: records } = await keptTakeover(services.stateDir, site.name, services.warn);
  for (const { inventory, failure: reason, ...place } of readings) {
    if (reason !== undefined) services.warn(reason);
    for (const { id, name, owner } of inventory?.machines ?? []) {
      if (owner?.site !== site.name || owner.machine !== name) continue;
      const wanted = ownerWithRecord(owner, id, records[name]);
      const isMarked = (['stage', 'wireguardKey', 'sealedAt'] as const).every((key) => wanted[key] === owner[key]);
      const endpoint = endpointAt(endpoints, place);
      if (isMarked || endpoint?.ok !== true || signal.aborted) continue;
      const marked = await endpoint.value.change({ id, name }, [{ kind: 'mark', owner: wanted }], signal);
      if (!marked.ok) services.warn(marked.failure);
    }
  }
}

/** Reads every endpoint of the site for {@link siteMachines}, and closes them again. */
export async function readSiteMachines(
  services: Services,
  planned: PlannedSite,
  signal: AbortSignal,
): Promise<SiteMachines> {
  const readings = await withEndpoints(services, planned.site, (endpoints) => readEndpoints(endpoints, signal));
  return siteMachines(services, planned, readings);
}
