/**
 * Two gateways, booted for the first time from the OVA of the reference image: the first one as on KVM (virtio, seed,
 * TPM), the second one as on ESXi (pvscsi, vmxnet3, guestinfo, no TPM). The product configures them later.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GuestImage, makeGuestImage } from './image.ts';
import { lan, makeNetwork, type Namespace, trunk, wan } from './network.ts';
import { type Ended, type How, must, run, sleep, waitFor } from './processes.ts';
import { esxiEnvironment, seedText } from '../../integration/guest/site-reader.ts';
import { makeVm, type Vm, type VmPlan } from './vm.ts';

/** How long a boot may take on a busy machine without hardware virtualisation, in ms. */
export const bootLimit = 15 * 60_000;

export interface Gateway {
  readonly name: string;
  /** Address for SSH. */
  readonly address: string;
  readonly wan: string;
  /** `SHA256:…`, as the guest published it. */
  readonly hostKey: string;
  readonly vm: Vm;
  /** Runs a command in the guest, each argument unchanged. */
  ssh(argv: readonly string[], how?: How): Promise<Ended>;
  console(): string;
  /** The last value that the guest published under a name. */
  published(name: string): string | undefined;
  /** Ends the VM like a power cut. */
  kill(): Promise<void>;
  /** After {@link kill}: boots, and waits for SSH. */
  boot(): Promise<void>;
  /** Reboots from within, and waits for SSH of the next boot. */
  reboot(): Promise<void>;
}

export interface Guests {
  readonly image: GuestImage;
  readonly gateways: readonly Gateway[];
  /** The gateway with a tagged LAN, reached at an address of the VLAN. It has no WAN. */
  readonly tagging: Gateway;
  readonly installer: Namespace;
  readonly noc: Namespace;
  /** The private key that the gateways accept. */
  readonly bootstrapKey: string;
  readonly folder: string;
  stop(): Promise<void>;
}

const mac = (vm: number, nic: number): string => `52:54:00:aa:0${vm}:0${nic}`;

const siteOf = (index: number, key: string): [string, string][] => [
  ['hostname', `bed-edge-gw-${index}`],
  ['component', 'edge-gw'],
  ['fqdn', 'edge.example'],
  ['lan_gateway', lan.vip],
  ['ssh_authorized_key', key],
];

const wanOf = (index: number): string => `203.0.113.${index + 1}`;
const lanOf = (index: number): string => `10.20.0.${index + 1}`;

/** The NICs are in another order than in the image, so that only the MACs identify them. */
function plansOf(key: string): readonly [VmPlan, VmPlan, VmPlan] {
  const nicsOf = (index: number) => [
    { mac: mac(index, 1), network: 'wan' as const },
    { mac: mac(index, 2), network: 'lan' as const },
  ];
  const site = (index: number): [string, string][] => [
    ...siteOf(index, key),
    ['lan_ip', lanOf(index)],
    ['lan_prefix', String(lan.prefix)],
    ['wan_ip', wanOf(index)],
    ['wan_prefix', String(wan.prefix)],
    ['wan_gateway', wan.router],
  ];
  const roles = (index: number): string => `${mac(index, 1)}=wan,${mac(index, 2)}=lan`;
  const tagging: [string, string][] = [
    ...siteOf(3, key),
    ['lan_ip', '10.21.0.4'],
    ['lan_prefix', String(trunk.prefix)],
    ['lan_vlan', String(trunk.vlan)],
  ];
  return [
    {
      name: 'bed-edge-gw-1',
      hardware: 'kvm',
      nics: nicsOf(1),
      siteData: { kind: 'seed', text: seedText([...site(1), ['edge.nics', roles(1)]]) },
      tpm: true,
      dataDiskGb: 8,
    },
    {
      name: 'bed-edge-gw-2',
      hardware: 'esxi',
      nics: nicsOf(2),
      siteData: {
        kind: 'guestinfo',
        values: { 'guestinfo.ovfEnv': esxiEnvironment(site(2)), 'guestinfo.edge.nics': roles(2) },
      },
      tpm: false,
      dataDiskGb: 8,
    },
    {
      name: 'bed-edge-gw-3',
      hardware: 'kvm',
      nics: [{ mac: mac(3, 2), network: 'trunk' }],
      siteData: { kind: 'seed', text: seedText(tagging) },
      tpm: false,
      dataDiskGb: 1,
    },
  ];
}

const quoted = (argument: string): string => `'${argument.replaceAll("'", `'\\''`)}'`;

/** The last line `edge: NAME VALUE` on a console. */
export function publishedOn(console: string, name: string): string | undefined {
  return [...console.matchAll(/^edge: (\S+) (.*?)\r?$/gm)].findLast(([, found]) => found === name)?.[2];
}

interface Address {
  readonly address: string;
  readonly wan: string;
}

/** Waits for the published host key, proves that sshd has it, and only then logs in. */
async function connect(
  vm: Vm,
  { address, wan: wanAddress }: Address,
  { installer, bootstrapKey, folder }: Pick<Guests, 'installer' | 'bootstrapKey' | 'folder'>,
): Promise<Gateway> {
  const tail = (): string => vm.console().slice(-1500);
  const hostKey = await waitFor(
    `the host key of ${vm.name}`,
    bootLimit,
    () => publishedOn(vm.console(), 'hostkeys'),
    tail,
  );
  const known = join(folder, `known-${vm.name}`);
  const scanned = await waitFor(
    `sshd of ${vm.name}`,
    bootLimit,
    async () => {
      const scan = ['ssh-keyscan', '-T', '15', '-t', 'ed25519', address];
      return (await run([...installer.enter, ...scan])).stdout.trim() || undefined;
    },
    tail,
  );
  const fingerprint = (await must(['ssh-keygen', '-lf', '-'], { input: scanned })).split(' ')[1];
  if (fingerprint !== hostKey) throw new Error(`sshd of ${vm.name} has ${fingerprint}, published was ${hostKey}`);
  writeFileSync(known, `${scanned}\n`);
  const options = ['BatchMode=yes', `UserKnownHostsFile=${known}`, 'ConnectTimeout=15', 'ServerAliveInterval=10'];
  const command = [...installer.enter, 'ssh', '-q', '-i', bootstrapKey, ...options.flatMap((option) => ['-o', option])];
  const ssh: Gateway['ssh'] = (argv, how) => run([...command, `root@${address}`, argv.map(quoted).join(' ')], how);
  const bootId = async (): Promise<string | undefined> => {
    const { code, stdout } = await ssh(['cat', '/proc/sys/kernel/random/boot_id']);
    return code === 0 ? stdout : undefined;
  };
  const nextBoot = (before: string | undefined) =>
    waitFor(
      `the next boot of ${vm.name}`,
      bootLimit,
      async () => {
        const now = await bootId();
        return now === undefined || now === before ? undefined : now;
      },
      tail,
    );
  await nextBoot(undefined);
  return {
    name: vm.name,
    address,
    wan: wanAddress,
    hostKey,
    vm,
    ssh,
    console: () => vm.console(),
    published: (name) => publishedOn(vm.console(), name),
    kill: () => vm.kill(),
    async boot() {
      await vm.powerOn();
      await nextBoot(undefined);
    },
    async reboot() {
      const before = await bootId();
      await ssh(['systemctl', 'reboot']);
      await nextBoot(before);
    },
  };
}

/**
 * Waits until the guest is in the middle of its first boot, and cuts its power. Returns the values published so far.
 */
async function cutFirstBoot(vm: Vm): Promise<void> {
  await vm.powerOn();
  await waitFor(`the first boot of ${vm.name}`, bootLimit, () => publishedOn(vm.console(), 'hostkeys'));
  await sleep(500);
  await vm.kill();
}

/** Builds image, networks and VMs. The tagging gateway loses its power in the middle of its first boot. */
export async function startGuests(): Promise<Guests> {
  const image = await makeGuestImage();
  const folder = mkdtempSync(join(tmpdir(), 'edge-guests-'));
  const network = await makeNetwork();
  const vms: Vm[] = [];
  const stop = async (): Promise<void> => {
    for (const vm of vms) await vm.kill();
    await network.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const bootstrapKey = join(folder, 'bootstrap');
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'installer of the bed', '-f', bootstrapKey]);
    const key = (await must(['cat', `${bootstrapKey}.pub`])).trim();
    const plans = plansOf(key);
    for (const plan of plans) vms.push(await makeVm(plan, image.base, join(folder, plan.name), network));
    const [first, second, third] = vms;
    if (first === undefined || second === undefined || third === undefined) throw new Error('a VM is missing');
    const way = { installer: network.installer, bootstrapKey, folder };
    await Promise.all([first.powerOn(), second.powerOn()]);
    const [one, two, tagging] = await Promise.all([
      connect(first, { address: lanOf(1), wan: wanOf(1) }, way),
      connect(second, { address: lanOf(2), wan: wanOf(2) }, way),
      cutFirstBoot(third)
        .then(() => third.powerOn())
        .then(() => connect(third, { address: '10.21.0.4', wan: '' }, way)),
    ]);
    return {
      image,
      gateways: [one, two],
      tagging,
      installer: network.installer,
      noc: network.noc,
      bootstrapKey,
      folder,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
