/** The bed's cables and switches: bridges in their own network namespace, and a veth pair for each cable. */
import { commandLine, must, type Namespaces } from './commands.ts';

export type Segment = 'management' | 'lan' | 'lan2' | 'wan' | 'noc' | 'outside';

export interface Cable {
  readonly segment: Segment;
  /** The interface's name in the machine. */
  readonly nic: string;
  readonly mac?: string;
  readonly addresses?: readonly string[];
  /** Of the default route. */
  readonly router?: string;
}

const bridges: Readonly<Record<Segment, string>> = {
  management: 'br-mgmt',
  lan: 'br-lan',
  lan2: 'br-lan2',
  wan: 'br-wan',
  noc: 'br-noc',
  outside: 'br-outside',
};

/** Only the network namespace is entered: `ip` must number processes as this computer does. */
export const inNetwork = ({ pid }: Namespaces): readonly string[] => ['nsenter', '-t', String(pid), '-n', '--'];

export const ipBatch = (namespaces: Namespaces, lines: readonly string[]): Promise<string> =>
  must([...inNetwork(namespaces), 'ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });

export const port = (machine: string, nic: string): string => `${machine}-${nic}`.slice(0, 15);

export async function layWires(wire: Namespaces): Promise<void> {
  const names = Object.values(bridges);
  await ipBatch(
    wire,
    names.flatMap((name) => [
      `link add name ${name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
      `link set ${name} up`,
    ]),
  );
  // The bridges are switches: bridged frames do not pass this computer's firewall rules.
  const setting = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  await must(commandLine(wire, ['sh', '-c', '[ ! -e "$0" ] || echo 0 > "$0"', setting]));
}

/** Puts cables between a machine and its segments, with the given addresses. */
export async function plugIn(
  wire: Namespaces,
  machine: string,
  namespaces: Namespaces,
  cables: readonly Cable[],
): Promise<void> {
  const atWire = cables.flatMap(({ segment, nic, mac }) => {
    const name = port(machine, nic);
    const address = mac === undefined ? '' : `address ${mac} `;
    return [
      `link add name ${name} type veth peer name ${nic} ${address}netns ${namespaces.pid}`,
      `link set ${name} master ${bridges[segment]} up`,
    ];
  });
  await ipBatch(wire, atWire);
  const atMachine = cables.flatMap(({ nic, addresses = [], router }) => [
    ...addresses.map((address) => `address add ${address} dev ${nic}`),
    `link set ${nic} up`,
    ...(router === undefined ? [] : [`route add default via ${router}`]),
  ]);
  await ipBatch(namespaces, atMachine);
}

/** Sets the link of one cable: down means that both ends lose the carrier. */
export const setCarrier = (wire: Namespaces, machine: string, nic: string, state: 'up' | 'down'): Promise<string> =>
  ipBatch(wire, [`link set ${port(machine, nic)} ${state}`]);

/** Removes both ends of each cable at once, like a power cut. */
export const removeCables = (wire: Namespaces, machine: string, nics: readonly string[]): Promise<string> =>
  ipBatch(
    wire,
    nics.map((nic) => `link delete ${port(machine, nic)}`),
  );

/** Attaches an interface that is already in the wires' namespace. */
export const attach = (wire: Namespaces, name: string, segment: Segment): Promise<string> =>
  ipBatch(wire, [`link set ${name} master ${bridges[segment]} up`]);
