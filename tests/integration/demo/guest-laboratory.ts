/** A deployed small footprint on simulated hosts, with the demo's guests. */
import { join } from 'node:path';
import { ensureSiteKey } from '../../../main/adapters/ssh/site-key.ts';
import { generateSshKeyPair, type SshKeyPair } from '../../../main/adapters/ssh/key-pair.ts';
import type { SimulatedVm } from '../../../main/demo/guests/machine.ts';
import { type GuestHost, type RunningGuests, startGuests } from '../../../main/demo/guests/start-guests.ts';
import { type GatewayAccess, openAccess } from '../../../main/runner/gateway-access.ts';
import type { Services } from '../../../main/runner/services.ts';
import { readSiteMachines } from '../../../main/runner/site-machines.ts';
import { type PlannedSite, readPlannedSite } from '../../../main/runner/site-input.ts';
import { shortName } from '../../../core/gateway/view.ts';
import type { PlannedVm } from '../../../core/plan/model.ts';
import { type Host, type KeptVm, type Laboratory, keptVms, openLaboratory, run, value } from '../deploy/laboratory.ts';

export interface GuestLaboratory {
  readonly lab: Laboratory;
  /** The bootstrap key. */
  readonly key: SshKeyPair;
  readonly ale: SshKeyPair;
  /** The site with the host keys that the guests published. */
  readonly planned: PlannedSite;
  readonly services: Services;
  readonly access: GatewayAccess;
  readonly guests: () => RunningGuests;
  /** Every VM as its host has it now. */
  readonly vms: () => Promise<readonly (KeptVm & { readonly host: Host })[]>;
  /** Ends the guests and starts them again, as a second start of the demo does. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The key as a property, where the deployment gave none. */
function withKey(vm: SimulatedVm, { publicKey }: SshKeyPair): SimulatedVm {
  const environment = vm.extraConfig?.['guestinfo.ovfEnv'];
  if (environment === undefined || environment.includes('"ssh_authorized_key"')) return vm;
  const property = `<Property oe:key="ssh_authorized_key" oe:value="${publicKey}"/></PropertySection>`;
  const given = environment.replace('</PropertySection>', property);
  return { ...vm, extraConfig: { ...vm.extraConfig, 'guestinfo.ovfEnv': given } };
}

export async function startGuestLaboratory(): Promise<GuestLaboratory> {
  const ale = generateSshKeyPair('ale-operations');
  const lab = await openLaboratory({ sshAuthorizedKeys: [ale.publicKey] });
  const first = await run(lab);
  value(first.result);
  const key = value(await ensureSiteKey(lab.secrets, 'lab'));
  const hosts = lab.hosts.map((host): GuestHost => ({
    vms: async () => (await keptVms(host)).map((vm) => withKey(vm, key)),
    publish: (id, name, published) => host.publish(id, name, published),
  }));
  const start = async (): Promise<RunningGuests> => value(await startGuests(join(lab.folder, 'guests'), hosts));
  let guests = await start();
  const vms = async () => {
    const lists = await Promise.all(lab.hosts.map(async (host) => [host, await keptVms(host)] as const));
    return lists.flatMap(([host, all]) => all.map((vm) => ({ ...vm, host })));
  };
  const published = new Map(
    (await vms()).map(({ name, extraConfig }) => [name, extraConfig?.['guestinfo.edge.hostkeys']]),
  );
  const read = value(await readPlannedSite(lab.siteFile));
  const keyOf = (vm: PlannedVm): [string, string] => [shortName(vm), published.get(vm.name) ?? ''];
  const sshHostKeys = Object.fromEntries(read.plan.vms.filter(({ component }) => component === 'edge-gw').map(keyOf));
  const planned = { ...read, site: { ...read.site, gateways: { sshHostKeys } } };
  const services = { ...lab.services, guestAddress: guests.guestAddress };
  const { signal } = new AbortController();
  const machines = await readSiteMachines(services, planned, signal);
  const access = value(await openAccess(services, planned, machines, signal));
  return {
    lab,
    key,
    ale,
    planned,
    services,
    access,
    guests: () => guests,
    vms,
    restart: async () => {
      await guests.stop();
      guests = await start();
    },
    close: async () => {
      await guests.stop();
      await lab.close();
    },
  };
}
