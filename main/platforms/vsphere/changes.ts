/** Changes of a machine as one call of vSphere, and which of them a VM shows. Sizes in GB are GiB. */
import type { ApplyRequest, Vm } from 'govc-wrapper';
import type { MachineChange } from '../../../core/deploy/operation.ts';
import { tagOf } from '../../../core/platform/vsphere/tags.ts';
import { guestKeys, toldNetworks } from './guest-info.ts';

const bytesPerGb = 1024 ** 3;

interface Named {
  readonly id: string;
  readonly name: string;
}

type Part = Omit<ApplyRequest, 'vm'>;

const diskName = ({ name }: Named, disk: number): string => `${name}/${name}-data-${disk}`;

const nicNames = ({ nics }: Extract<MachineChange, { readonly kind: 'tell-nics' }>) => ({
  key: guestKeys.nics,
  names: nics.map(({ nic, network }) => ({ index: nic, name: network })),
});

function partOf(change: MachineChange, machine: Named): Part {
  switch (change.kind) {
    case 'mark':
      return { extraConfig: tagOf(change.owner) };
    case 'set-hardware':
      return { cpus: change.vcpu, memoryMb: change.memoryMb };
    case 'grow-disk':
      return { grow: [{ index: change.disk, sizeBytes: change.sizeGb * bytesPerGb }] };
    case 'add-disk': {
      const name = diskName(machine, change.disk);
      return { create: [{ datastore: change.storage, name, sizeBytes: change.sizeGb * bytesPerGb }] };
    }
    case 'connect-nic':
      return { nics: [{ index: change.nic, network: change.network }] };
    case 'tell-nics':
      return { nicNames: nicNames(change) };
    case 'power-on':
      return { powerOn: true };
  }
}

/** All changes in one request. A later mark goes over an earlier one. */
export function applyRequest(machine: Named, changes: readonly MachineChange[]): ApplyRequest {
  const parts = changes.map((change) => partOf(change, machine));
  const hardware = parts.find(({ cpus }) => cpus !== undefined);
  const told = parts.find((part) => part.nicNames !== undefined)?.nicNames;
  return {
    vm: { moref: machine.id },
    ...(hardware?.cpus === undefined ? {} : { cpus: hardware.cpus }),
    ...(hardware?.memoryMb === undefined ? {} : { memoryMb: hardware.memoryMb }),
    extraConfig: Object.assign({}, ...parts.map(({ extraConfig }) => extraConfig)) as Record<string, string>,
    grow: parts.flatMap(({ grow = [] }) => grow),
    create: parts.flatMap(({ create = [] }) => create),
    nics: parts.flatMap(({ nics = [] }) => nics),
    ...(told === undefined ? {} : { nicNames: told }),
    powerOn: parts.some(({ powerOn }) => powerOn === true),
  };
}

function isShown(change: MachineChange, machine: Named, vm: Vm): boolean {
  switch (change.kind) {
    case 'mark': {
      // The stage of an earlier mark is gone when a later one is there.
      const { stage: _stage, plan: _plan, ...owner } = change.owner;
      return Object.entries(tagOf(owner)).every(([key, value]) => vm.extraConfig[key] === value);
    }
    case 'set-hardware':
      return vm.numCpu === change.vcpu && vm.memoryMb === change.memoryMb;
    case 'grow-disk':
      return vm.disks[change.disk]?.capacityBytes === change.sizeGb * bytesPerGb;
    case 'add-disk':
      return vm.disks.some(({ fileName }) => fileName === `[${change.storage}] ${diskName(machine, change.disk)}.vmdk`);
    case 'connect-nic':
      return vm.nics[change.nic]?.network === change.network;
    case 'tell-nics':
      return change.nics.every(({ nic, network }) => toldNetworks(vm)[nic] === network);
    case 'power-on':
      return vm.powerState === 'poweredOn';
  }
}

/** How many of the changes a VM shows, in their order. */
export function countShown(changes: readonly MachineChange[], machine: Named, vm: Vm): number {
  const first = changes.findIndex((change) => !isShown(change, machine, vm));
  return first < 0 ? changes.length : first;
}
