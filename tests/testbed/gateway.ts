/**
 * A gateway of the bed: a Debian system after its first boot, with a LAN and a WAN interface and nothing configured.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespaces } from './commands.ts';
import { type BootingSystem, type Guardian, type Machine, machineAt, makeDisk, startSystem } from './machines.ts';
import { plugIn, removeCables, type Segment, setCarrier } from './wires.ts';

export type GatewayNic = 'lan' | 'wan';

/** A call of systemctl or systemd-run on the gateway. */
export interface ServiceCall {
  readonly uptimeSeconds: number;
  readonly program: string;
  readonly args: readonly string[];
}

/** Values that an image publishes over guestinfo or its console. */
export interface GatewayFacts {
  /** `SHA256:…`, of each host key. */
  readonly hostKeys: readonly string[];
  /** `ssh-ed25519 AAAA…`, of each host key. */
  readonly publicHostKeys: readonly string[];
  readonly macs: Readonly<Record<GatewayNic, string>>;
}

export interface Gateway extends Machine {
  readonly lan: string;
  readonly wan: string;
  readonly nics: Readonly<Record<GatewayNic, string>>;
  facts(): Promise<GatewayFacts>;
  /** Text of a file on the gateway; undefined if it is missing. */
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string, mode?: string): Promise<void>;
  /** The calls since the gateway's first boot, oldest first. */
  serviceCalls(): Promise<readonly ServiceCall[]>;
  /** Cuts the power; its addresses disappear. */
  kill(): Promise<void>;
  /** Boots again from the same disk. */
  start(): Promise<void>;
  /** Like a new installation of the image: an empty disk, other host keys, the same addresses. */
  reinstall(): Promise<void>;
  unplug(nic: GatewayNic): Promise<void>;
  plug(nic: GatewayNic): Promise<void>;
}

export interface GatewaySettings {
  readonly root: string;
  readonly name: string;
  readonly megabytes: number;
  readonly lan: string;
  readonly wan: string;
  readonly lanPrefix: number;
  readonly wanPrefix: number;
  readonly router: string;
  readonly macs: Readonly<Record<GatewayNic, string>>;
  readonly nics: Readonly<Record<GatewayNic, string>>;
  readonly lanSegment: Segment;
  readonly authorizedKey: string;
}

const networkFile = (mac: string, lines: readonly string[]): string =>
  ['[Match]', `PermanentMACAddress=${mac}`, '', '[Network]', 'LinkLocalAddressing=no', ...lines, ''].join('\n');

async function until(what: string, limitMs: number, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await sleep(50);
  }
}

/** Applies the data of the plan like the first boot. */
async function firstBoot(machine: Machine, settings: GatewaySettings): Promise<void> {
  const { macs, lan, lanPrefix, wan, wanPrefix, router, authorizedKey } = settings;
  const files = {
    '/etc/systemd/network/10-lan.network': networkFile(macs.lan, [`Address=${lan}/${lanPrefix}`]),
    '/etc/systemd/network/10-wan.network': networkFile(macs.wan, [`Address=${wan}/${wanPrefix}`, `Gateway=${router}`]),
    '/root/.ssh/authorized_keys': `${authorizedKey.trim()}\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    await machine.must(['sh', '-c', 'umask 077; mkdir -p "${0%/*}"; cat > "$0"', path], { input: text });
  }
  await machine.must(['sh', '-c', 'chmod 755 /etc/systemd/network; chmod 644 /etc/systemd/network/*']);
}

export async function startGateway(guardian: Guardian, wire: Namespaces, settings: GatewaySettings): Promise<Gateway> {
  const { name, macs, nics, lan, wan, lanSegment } = settings;
  let system: BootingSystem | undefined;
  const namespacesNow = (): Namespaces => {
    if (system === undefined) throw new Error(`${name} is off`);
    return system.namespaces;
  };
  const machine = machineAt(guardian, name, namespacesNow);
  const cables = [
    { segment: lanSegment, nic: nics.lan, mac: macs.lan },
    { segment: 'wan', nic: nics.wan, mac: macs.wan },
  ] as const;

  async function start(first: boolean): Promise<void> {
    const booting = await startSystem(guardian, settings);
    system = booting;
    await plugIn(wire, name, booting.namespaces, cables);
    if (first) await firstBoot(machine, settings);
    await booting.boot();
    await until(`${name} has its addresses and a listening sshd`, 60_000, async () => {
      const { stdout } = await machine.run(['sh', '-c', 'ip -4 -o address; ss -Hltn sport = :22']);
      return [lan, wan, 'LISTEN'].every((part) => stdout.includes(part));
    });
  }

  const read = async (path: string): Promise<string | undefined> => {
    const { code, stdout } = await machine.run(['cat', path]);
    return code === 0 ? stdout : undefined;
  };

  async function kill(): Promise<void> {
    const dying = system;
    if (dying === undefined) return;
    system = undefined;
    await removeCables(wire, name, Object.values(nics));
    await dying.kill();
  }

  await makeDisk(guardian, settings);
  await start(true);
  return {
    name,
    get namespaces() {
      return namespacesNow();
    },
    run: machine.run,
    must: machine.must,
    spawn: machine.spawn,
    lan,
    wan,
    nics,
    facts: async () => {
      const keys = 'for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; cat $key; done';
      const lines = (await machine.must(['sh', '-c', keys])).trim().split('\n');
      return {
        hostKeys: lines.flatMap((line) => /SHA256:\S+/.exec(line) ?? []),
        publicHostKeys: lines.flatMap((line) => /^(?:ssh|ecdsa)-\S+ \S+/.exec(line) ?? []),
        macs,
      };
    },
    read,
    write: async (path, text, mode = '644') => {
      await machine.must(['sh', '-c', 'mkdir -p "${0%/*}"; cat > "$0"; chmod "$1" "$0"', path, mode], { input: text });
    },
    serviceCalls: async () => {
      const lines = ((await read('/var/log/testbed/calls')) ?? '').split('\n').filter((line) => line !== '');
      return lines.map((line) => {
        const [uptime = '', program = '', ...args] = line.trimEnd().split('\t');
        return { uptimeSeconds: Number(uptime), program, args };
      });
    },
    kill,
    reinstall: async () => {
      await kill();
      await makeDisk(guardian, settings);
      await start(true);
    },
    start: () => (system === undefined ? start(false) : Promise.reject(new Error(`${name} is on`))),
    unplug: async (nic) => {
      await setCarrier(wire, name, nics[nic], 'down');
    },
    plug: async (nic) => {
      await setCarrier(wire, name, nics[nic], 'up');
    },
  };
}
