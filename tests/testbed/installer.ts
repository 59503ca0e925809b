/** The technician's laptop: in its own namespace, on the hosts' management network, the edge's LAN, or both. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../fixtures/command-line.ts';
import { type BedAddresses, cidr, management } from './addresses.ts';
import type { CommandOptions, CommandResult, Namespaces } from './commands.ts';
import { type Interception, intercept } from './intercept.ts';
import { type Guardian, startNamespace, type Machine } from './machines.ts';
import { checkout } from './root.ts';
import { ipBatch, plugIn, setCarrier } from './wires.ts';

export type InstallerNetwork = 'management' | 'lan';

export interface Installer extends Machine {
  /** Runs the product's command line there, as `npm run edge` does. */
  edge(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Runs a script of the checkout there, with Node 24. */
  node(script: string, args?: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Puts a cable into the network and takes an address there; default: the plan's free address. */
  plug(network: InstallerNetwork, address?: string): Promise<void>;
  unplug(network: InstallerNetwork): Promise<void>;
  /** A proxy that can cut the installer's connections to this address. */
  intercept(target: { readonly host: string; readonly port: number }): Promise<Interception>;
}

const nicOf = { management: 'mgmt0', lan: 'lan0' } as const;

const node24 = join(checkout, 'node_modules', 'node', 'bin', 'node');

/** The command of `npm run edge`, with Node 24 and the tests' {@link commandLine}. */
function edgeCommand(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const [program, ...args] = (scripts['edge'] ?? '').split(' ');
  if (program !== 'node') throw new Error('package.json has no script "edge" that starts with node');
  return [node24, ...args.map((arg) => (arg === 'main/cli.ts' ? commandLine : arg))];
}

/** Plugged into the management network only. */
export async function startInstaller(guardian: Guardian, wire: Namespaces, { lan }: BedAddresses): Promise<Installer> {
  const machine = await startNamespace(guardian, 'installer');
  await plugIn(wire, machine.name, machine.namespaces, [
    { segment: 'management', nic: nicOf.management },
    { segment: 'lan', nic: nicOf.lan },
  ]);
  const networks = {
    management: { address: management.installer, prefix: management.prefix },
    lan: { address: lan.installer, prefix: lan.prefix },
  };

  const unplug = async (network: InstallerNetwork): Promise<void> => {
    await setCarrier(wire, machine.name, nicOf[network], 'down');
    await ipBatch(machine.namespaces, [`address flush dev ${nicOf[network]}`]);
  };
  const plug = async (network: InstallerNetwork, address = networks[network].address): Promise<void> => {
    await setCarrier(wire, machine.name, nicOf[network], 'up');
    await ipBatch(machine.namespaces, [
      `address flush dev ${nicOf[network]}`,
      `address add ${cidr(address, networks[network])} dev ${nicOf[network]}`,
    ]);
  };

  await unplug('lan');
  await plug('management');
  return {
    ...machine,
    edge: (args, options) => machine.run([...edgeCommand(), ...args], options),
    node: (script, args = [], options) => machine.run([node24, script, ...args], options),
    plug,
    unplug,
    intercept: (target) => intercept(machine, target),
  };
}
