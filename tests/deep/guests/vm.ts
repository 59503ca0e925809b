/** One VM in QEMU, with the hardware of a KVM host or an ESXi host. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Network, NetworkName } from './network.ts';
import { must, type Running, start, waitFor } from './processes.ts';

export interface VmPlan {
  readonly name: string;
  /** Disks and NICs: virtio as on KVM, or pvscsi and vmxnet3 as on ESXi. */
  readonly hardware: 'kvm' | 'esxi';
  readonly nics: readonly { readonly mac: string; readonly network: NetworkName }[];
  /** The lines of a seed, or the values of guestinfo keys. */
  readonly siteData:
    | { readonly kind: 'seed'; readonly text: string }
    | { readonly kind: 'guestinfo'; readonly values: Readonly<Record<string, string>> };
  readonly tpm: boolean;
  readonly dataDiskGb: number;
}

export interface Vm {
  readonly name: string;
  readonly dataDisk: string;
  /** All output of the serial console since the VM was made. */
  console(): string;
  /** Lines `guestinfo.KEY VALUE` that the guest wrote. */
  guestinfo(): string;
  powerOn(): Promise<void>;
  /** Ends the VM like a power cut. The disks keep the guest's writes. */
  kill(): Promise<void>;
}

const text = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

async function writeSeed(folder: string, content: string): Promise<string> {
  const iso = join(folder, 'seed.iso');
  await must(['sh', '-c', 'mkdir -p "$0/seed" && cat > "$0/seed/edge.properties"', folder], { input: content });
  await must(['genisoimage', '-quiet', '-V', 'cidata', '-J', '-r', '-o', iso, join(folder, 'seed')]);
  return iso;
}

async function siteDataArguments(folder: string, { siteData }: VmPlan): Promise<string[]> {
  if (siteData.kind === 'seed') {
    const iso = await writeSeed(folder, siteData.text);
    return ['-drive', `file=${iso},if=virtio,format=raw,readonly=on`];
  }
  const rows = Object.entries(siteData.values).map(async ([key, value]) => {
    const file = join(folder, key);
    await must(['sh', '-c', 'cat > "$0"', file], { input: value });
    return ['-fw_cfg', `name=opt/${key},file=${file}`];
  });
  return (await Promise.all(rows)).flat();
}

const diskArguments = (hardware: VmPlan['hardware'], files: readonly string[]): string[] =>
  hardware === 'kvm'
    ? files.flatMap((file) => ['-drive', `file=${file},if=virtio,format=qcow2,cache=unsafe,discard=unmap`])
    : [
        '-device',
        'pvscsi,id=scsi0',
        ...files.flatMap((file, at) => [
          '-drive',
          `file=${file},if=none,id=disk${at},format=qcow2,cache=unsafe`,
          '-device',
          `scsi-hd,drive=disk${at},bus=scsi0.0,scsi-id=${at}`,
        ]),
      ];

const nicArguments = ({ name, hardware, nics }: VmPlan): string[] => {
  const model = hardware === 'kvm' ? 'virtio-net-pci' : 'vmxnet3';
  return nics.flatMap(({ mac }, at) => [
    '-netdev',
    `tap,id=net${at},ifname=${tapName(name, at)},script=no,downscript=no`,
    '-device',
    `${model},netdev=net${at},mac=${mac}`,
  ]);
};

/** A serial port whose output is appended to a file. */
const serialArguments = (id: string, file: string): string[] => [
  '-chardev',
  `file,id=${id},path=${file},append=on`,
  '-serial',
  `chardev:${id}`,
];

const tpmArguments = (socket: string): string[] => [
  '-chardev',
  `socket,id=tpm,path=${socket}`,
  '-tpmdev',
  'emulator,id=tpm0,chardev=tpm',
  '-device',
  'tpm-crb,tpmdev=tpm0',
];

const machine = '-machine q35 -accel tcg -m 512 -smp 1 -nodefaults -display none -device virtio-rng-pci'.split(' ');

/** Linux allows 15 characters. */
const tapName = (vm: string, at: number): string => `${vm.slice(-12)}.${at}`;

/** Makes disks, taps and site data; the VM is off. `base`: a qcow2 that stays unchanged. */
export async function makeVm(plan: VmPlan, base: string, folder: string, network: Network): Promise<Vm> {
  mkdirSync(folder, { recursive: true });
  const [system, dataDisk] = [join(folder, 'disk1.qcow2'), join(folder, 'disk2.qcow2')];
  await must(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base, system, '4G']);
  await must(['qemu-img', 'create', '-q', '-f', 'qcow2', dataDisk, `${plan.dataDiskGb}G`]);
  for (const [at, nic] of plan.nics.entries()) await network.addTap(tapName(plan.name, at), nic.network);
  const [serial, guestinfo] = [join(folder, 'serial.log'), join(folder, 'guestinfo.log')];
  const tpmSocket = join(folder, 'tpm.sock');
  const argv = [
    ...network.hypervisor.enter,
    'qemu-system-x86_64',
    '-name',
    plan.name,
    ...machine,
    ...diskArguments(plan.hardware, [system, dataDisk]),
    ...(await siteDataArguments(folder, plan)),
    ...nicArguments(plan),
    ...(plan.tpm ? tpmArguments(tpmSocket) : []),
    ...serialArguments('console', serial),
    ...serialArguments('guestinfo', guestinfo),
  ];
  let processes: Running[] = [];
  return {
    name: plan.name,
    dataDisk,
    console: () => text(serial),
    guestinfo: () => text(guestinfo),
    async powerOn() {
      if (plan.tpm) {
        mkdirSync(join(folder, 'tpm'), { recursive: true });
        const state = ['--tpmstate', `dir=${join(folder, 'tpm')}`, '--ctrl', `type=unixio,path=${tpmSocket}`];
        processes.push(await start(['swtpm', 'socket', '--tpm2', ...state]));
        await waitFor('the TPM', 10_000, () => (existsSync(tpmSocket) ? true : undefined));
      }
      processes.push(await start(argv));
    },
    async kill() {
      for (const process of processes.toReversed()) await process.kill();
      processes = [];
      if (plan.tpm) await must(['rm', '-f', tpmSocket]);
    },
  };
}
