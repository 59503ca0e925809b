/** The fast bed: real Debian systems in network namespaces, as docs/testbed.md draws them. */
import { cidr, type BedAddresses, defaultAddresses, intruder, macOf, management, noc } from './addresses.ts';
import type { Namespaces } from './commands.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { type Installer, startInstaller } from './installer.ts';
import { internetCables, startInternet } from './internet.ts';
import { type Link, type LinkSettings, startLink } from './link.ts';
import {
  type Guardian,
  makeDisk,
  type Machine,
  machineAt,
  startGuardian,
  startNamespace,
  startSystem,
} from './machines.ts';
import { type Cable, layWires, plugIn } from './wires.ts';

export interface BedSettings {
  /** From {@link prepareRoot}. */
  readonly root: string;
  /** The public key that first boot installs for root on both gateways. */
  readonly authorizedKey: string;
  readonly addresses?: BedAddresses;
  readonly gatewayNames?: readonly [string, string];
  /** The interfaces' names on the gateways. */
  readonly nics?: { readonly lan: string; readonly wan: string };
  /** Puts the second gateway's LAN into the second data centre, behind this link. */
  readonly secondDataCentre?: LinkSettings;
  /** Size of each machine's disk, on top of the shared root; default 256 MiB. */
  readonly diskMegabytes?: number;
}

export interface Bed {
  readonly addresses: BedAddresses;
  readonly installer: Installer;
  readonly gateways: readonly [Gateway, Gateway];
  /** On the LAN, without an address: it asks for one by DHCP. */
  readonly client: Machine;
  readonly noc: Machine;
  /** Outside, behind the Internet's router. */
  readonly intruder: Machine;
  /** The router, with name server, time server and web server. */
  readonly internet: Machine;
  /** On the management network, for simulated hosts. */
  readonly hosts: Machine;
  /** The switches. */
  readonly wire: Machine;
  readonly link: Link;
  /** Ends every process, namespace, cable and mount of the bed. */
  stop(): Promise<void>;
}

interface SystemSettings {
  readonly root: string;
  readonly megabytes: number;
}

async function bareMachine(
  guardian: Guardian,
  wire: Namespaces,
  name: string,
  cables: readonly Cable[],
): Promise<Machine> {
  const machine = await startNamespace(guardian, name);
  await plugIn(wire, name, machine.namespaces, cables);
  return machine;
}

async function debianMachine(
  guardian: Guardian,
  wire: Namespaces,
  name: string,
  cables: readonly Cable[],
  settings: SystemSettings,
): Promise<Machine> {
  await makeDisk(guardian, { ...settings, name });
  const system = await startSystem(guardian, { ...settings, name });
  await plugIn(wire, name, system.namespaces, cables);
  // The bed itself gives these machines their addresses.
  const machine = machineAt(guardian, name, () => system.namespaces);
  await machine.must(['rm', '-f', '/etc/systemd/system/multi-user.target.wants/systemd-networkd.service']);
  await system.boot();
  return machine;
}

async function startMachines(guardian: Guardian, settings: BedSettings): Promise<Omit<Bed, 'stop'>> {
  const { root, addresses = defaultAddresses, authorizedKey, secondDataCentre } = settings;
  const { gatewayNames = ['gateway-1', 'gateway-2'], nics = { lan: 'lan0', wan: 'wan0' } } = settings;
  const system = { root, megabytes: settings.diskMegabytes ?? 256 };
  const { lan, wan } = addresses;
  const wire = await startNamespace(guardian, 'wire');
  await layWires(wire.namespaces);

  const gateway = (index: 0 | 1): Promise<Gateway> =>
    startGateway(guardian, wire.namespaces, {
      ...system,
      name: gatewayNames[index],
      lan: lan.gateways[index],
      wan: wan.gateways[index],
      lanPrefix: lan.prefix,
      wanPrefix: wan.prefix,
      router: wan.router,
      macs: { lan: macOf(index + 1, 'lan'), wan: macOf(index + 1, 'wan') },
      nics,
      lanSegment: index === 1 && secondDataCentre !== undefined ? 'lan2' : 'lan',
      authorizedKey,
    });
  const debian = (name: string, cables: readonly Cable[]): Promise<Machine> =>
    debianMachine(guardian, wire.namespaces, name, cables, system);
  const bare = (name: string, cables: readonly Cable[]): Promise<Machine> =>
    bareMachine(guardian, wire.namespaces, name, cables);
  const internet = async (): Promise<Machine> => {
    const machine = await debian('internet', internetCables(addresses));
    await startInternet(machine);
    return machine;
  };

  const [first, second, client, nocEnd, router, outside, hosts, installer, link] = await Promise.all([
    gateway(0),
    gateway(1),
    debian('client', [{ segment: 'lan', nic: 'lan0' }]),
    debian('noc', [{ segment: 'noc', nic: 'eth0', addresses: [cidr(noc.address, noc)], router: noc.router }]),
    internet(),
    bare('intruder', [
      { segment: 'outside', nic: 'eth0', addresses: [cidr(intruder.address, intruder)], router: intruder.router },
    ]),
    bare('hosts', [{ segment: 'management', nic: 'eth0', addresses: [cidr(management.hosts, management)] }]),
    startInstaller(guardian, wire.namespaces, addresses),
    startLink(wire, secondDataCentre ?? {}),
  ]);
  return {
    addresses,
    installer,
    gateways: [first, second],
    client,
    noc: nocEnd,
    intruder: outside,
    internet: router,
    hosts,
    wire,
    link,
  };
}

/** Starts a bed; several isolated beds may run at once. `stop`, or the end of this process, removes all of it. */
export async function startBed(settings: BedSettings): Promise<Bed> {
  const guardian = await startGuardian();
  try {
    const machines = await startMachines(guardian, settings);
    return { ...machines, stop: guardian.end };
  } catch (error) {
    await guardian.end();
    throw error;
  }
}
