import { argumentFor, entityTypes, findEntity, readTree, vmArgument } from './entities.ts';
import { GovcError } from './errors.ts';
import { morefOf, readVm } from './read-vms.ts';
import { readDatastores } from './read-inventory.ts';
import type { CommandOptions, Session } from './session.ts';
import type { Vm, VmDisk, VmNic } from './inventory-types.ts';
import type { CallOptions, ChangeVmRequest, ConnectNicRequest, CreateDiskRequest, GrowDiskRequest } from './types.ts';
import { changeVerified } from './verified-change.ts';

const gib = 1024 ** 3;

/** `-xml` silences progress and makes govc write the name of a fault. */
function changing(session: Session, options: CallOptions): CommandOptions {
  return { signal: options.signal, limitMs: session.limits.change };
}

export async function changeVm(session: Session, request: ChangeVmRequest, options: CallOptions): Promise<Vm> {
  const { cpus, memoryMb, annotation } = request;
  const extraConfig = Object.entries(request.extraConfig ?? {});
  for (const [name, value] of Object.entries({ cpus, memoryMb })) {
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      throw new GovcError('invalid-argument', `${name} must be a whole number from 1.`);
    }
  }
  if (annotation === '') throw new GovcError('invalid-argument', 'govc cannot set an empty annotation.');
  const badKey = extraConfig.find(([key]) => key === '' || key.includes('='));
  if (badKey !== undefined) throw new GovcError('invalid-argument', `"${badKey[0]}" cannot be a key of extraConfig.`);

  const tree = readTree(session, options);
  const moref = morefOf(request.vm, await tree);
  const args = ['vm.change', '-xml', '-vm', vmArgument({ type: 'VirtualMachine', value: moref })];
  if (cpus !== undefined) args.push('-c', String(cpus));
  if (memoryMb !== undefined) args.push('-m', String(memoryMb));
  if (annotation !== undefined) args.push(`-annotation=${annotation}`);

  const run = async (rest: readonly (readonly [string, string])[], soFar: readonly string[]): Promise<unknown> => {
    const [next, ...others] = rest;
    if (next === undefined) return session.command(soFar, changing(session, options));
    const [key, value] = next;
    if (value === '') return run(others, [...soFar, `-f=${key}=`]);
    // From a file: a value may be a secret, and longer than a command line.
    return session.withFile(value, (path) => run(others, [...soFar, `-f=${key}=${path}`]));
  };

  return changeVerified(
    'the VM does not show the change',
    () => run(extraConfig, args),
    async () => {
      const vm = await readVm(session, moref, tree, options);
      const same =
        (cpus === undefined || vm.numCpu === cpus) &&
        (memoryMb === undefined || vm.memoryMb === memoryMb) &&
        (annotation === undefined || lines(vm.annotation) === lines(annotation)) &&
        extraConfig.every(([key, value]) => (vm.extraConfig[key] ?? '') === value);
      return same ? vm : undefined;
    },
  );
}

export async function createDisk(session: Session, request: CreateDiskRequest, options: CallOptions): Promise<VmDisk> {
  const sizeBytes = request.sizeGib * gib;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1024 ** 2 || sizeBytes % 1024 !== 0) {
    throw new GovcError('invalid-argument', `A disk cannot have ${String(request.sizeGib)} GiB.`);
  }
  const name = request.name.replace(/\.vmdk$/, '');
  if (!/^[^/[\]]+(\/[^/[\]]+)*$/.test(name) || name.split('/').includes('..')) {
    throw new GovcError('invalid-argument', `"${request.name}" cannot be the name of a disk.`);
  }
  const tree = readTree(session, options);
  const moref = morefOf(request.vm, await tree);
  const datastore = findEntity(await tree, entityTypes.datastore, request.datastore, 'datastore');
  const fileName = `[${datastore.name}] ${name}.vmdk`;
  const before = await readVm(session, moref, tree, options);
  // govc would say "Disk already present" and end well.
  if (before.disks.some((disk) => disk.fileName === fileName)) {
    throw new GovcError('already-exists', `The VM already has the disk "${fileName}".`);
  }
  const folder = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : undefined;
  if (folder !== undefined) await makeFolder(session, datastore.moref, argumentFor(datastore), folder, tree, options);

  const args = ['vm.disk.create', '-xml', '-vm', vmArgument({ type: 'VirtualMachine', value: moref })];
  args.push('-ds', argumentFor(datastore), `-name=${name}`, '-size', String(sizeBytes));
  if (request.thin === false) args.push('-thick');
  if (request.controller !== undefined) args.push(`-controller=${request.controller}`);
  return changeVerified(
    `the VM has no disk "${fileName}" of this size`,
    () => session.command(args, changing(session, options)),
    async () => {
      const { disks } = await readVm(session, moref, tree, options);
      return disks.find((disk) => disk.fileName === fileName && disk.capacityBytes === sizeBytes);
    },
  );
}

/** vSphere makes no folder for a disk, and a VM has its own folder only on its own datastore. */
async function makeFolder(
  session: Session,
  moref: string,
  argument: string,
  folder: string,
  tree: ReturnType<typeof readTree>,
  options: CallOptions,
): Promise<void> {
  const datastores = await readDatastores(session, tree, options);
  const vsan = datastores.find((datastore) => datastore.moref === moref)?.type.toLowerCase() === 'vsan';
  // A vSAN datastore has no plain folders at its top.
  const kind = vsan ? '-namespace' : '-p';
  try {
    await session.command(['datastore.mkdir', '-xml', kind, '-ds', argument, folder], changing(session, options));
  } catch (error) {
    if (!(error instanceof GovcError) || error.kind !== 'already-exists') throw error;
  }
}

export async function growDisk(session: Session, request: GrowDiskRequest, options: CallOptions): Promise<VmDisk> {
  const { sizeBytes } = request;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes % 1024 !== 0) {
    throw new GovcError('invalid-argument', `A disk cannot have ${String(sizeBytes)} bytes: whole KiB are needed.`);
  }
  const tree = readTree(session, options);
  const moref = morefOf(request.vm, await tree);
  const wanted = request.disk;
  const { disks } = await readVm(session, moref, tree, options);
  const disk = disks.find((one) => ('key' in wanted ? one.key === wanted.key : one.label === wanted.label));
  const what = 'key' in wanted ? `key ${String(wanted.key)}` : `label "${wanted.label}"`;
  if (disk === undefined) throw new GovcError('not-found', `The VM has no disk with ${what}.`);
  if (disk.capacityBytes > sizeBytes) {
    throw new GovcError(
      'invalid-argument',
      `The disk already has ${String(disk.capacityBytes)} bytes; disks only grow.`,
    );
  }
  if (disk.capacityBytes === sizeBytes) return disk;
  const vm = vmArgument({ type: 'VirtualMachine', value: moref });
  const args = ['vm.disk.change', '-xml', '-vm', vm, '-disk.key', String(disk.key), '-size', String(sizeBytes)];
  return changeVerified(
    'the disk has not grown',
    () => session.command(args, changing(session, options)),
    async () => {
      const after = await readVm(session, moref, tree, options);
      return after.disks.find((one) => one.key === disk.key && one.capacityBytes >= sizeBytes);
    },
  );
}

export async function connectNic(session: Session, request: ConnectNicRequest, options: CallOptions): Promise<VmNic> {
  const tree = readTree(session, options);
  const moref = morefOf(request.vm, await tree);
  const network = findEntity(await tree, entityTypes.network, request.network, 'network');
  const wanted = request.nic;
  const { nics } = await readVm(session, moref, tree, options);
  const matches =
    'index' in wanted ? nics.slice(wanted.index, wanted.index + 1) : nics.filter((nic) => nic.label === wanted.label);
  const [nic] = matches;
  const what = 'index' in wanted ? `NIC ${String(wanted.index)}` : `NIC "${wanted.label}"`;
  if (nic === undefined) throw new GovcError('not-found', `The VM has no ${what}.`);
  if (matches.length > 1) throw new GovcError('ambiguous', `The VM has more than one ${what}.`);
  if (nic.networkMoref === network.moref) return nic;
  const vm = vmArgument({ type: 'VirtualMachine', value: moref });
  const args = ['vm.network.change', '-xml', '-vm', vm, '-net', argumentFor(network), nic.device];
  return changeVerified(
    `the NIC is not on "${network.name}"`,
    () => session.command(args, changing(session, options)),
    async () => {
      const after = await readVm(session, moref, tree, options);
      return after.nics.find((one) => one.key === nic.key && one.networkMoref === network.moref);
    },
  );
}

function lines(text: string): string {
  return text.replace(/\r\n?/g, '\n').trimEnd();
}
