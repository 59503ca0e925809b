/** Several changes of one VM by one command, verified by what is read back at its end. */
import { z } from 'zod';
import { parse } from './collect.ts';
import { collectMany, readLines } from './collect-many.ts';
import { entityTypes, findEntity, type KnownTree, lookUp, type Tree } from './entities.ts';
import { GovcError } from './errors.ts';
import { vmPaths, vmsOf } from './read-vms.ts';
import type { Session } from './session.ts';
import type { Entity, Vm } from './inventory-types.ts';
import type { ApplyRequest, CallOptions } from './types.ts';
import { changeVerified } from './verified-change.ts';

const problemSchema = z.object({
  problem: z.enum(['no-config', 'no-such-disk', 'no-such-nic', 'disk-too-large']),
  index: z.number(),
  bytes: z.number().optional(),
});

const problemWords = {
  'no-config': () => 'The VM has no configuration yet.',
  'no-such-disk': (index: number) => `The VM has no disk ${String(index)}.`,
  'no-such-nic': (index: number) => `The VM has no NIC ${String(index)}.`,
  'disk-too-large': (index: number, bytes: number) =>
    `The disk ${String(index)} already has ${String(bytes)} bytes; disks only grow.`,
} as const;

interface Targets {
  readonly tree: Tree;
  readonly networks: readonly Entity[];
  readonly datastores: readonly Entity[];
}

export async function applyToVm(
  session: Session,
  trees: KnownTree,
  request: ApplyRequest,
  options: CallOptions,
): Promise<Vm> {
  checkRequest(request);
  const { grow = [], create = [], nics = [], extraConfig = {} } = request;
  const targets = await lookUp(trees, options, (tree): Targets => ({
    tree,
    networks: nics.map(({ network }) => findEntity(tree, entityTypes.network, network, 'network')),
    datastores: create.map(({ datastore }) => findEntity(tree, entityTypes.datastore, datastore, 'datastore')),
  }));
  const { moref } = request.vm;
  const content = JSON.stringify({
    vm: { type: 'VirtualMachine', value: moref },
    ...(request.cpus === undefined ? {} : { cpus: request.cpus }),
    ...(request.memoryMb === undefined ? {} : { memoryMb: request.memoryMb }),
    extraConfig,
    grow: grow.map(({ index, sizeBytes }) => ({ index, bytes: sizeBytes })),
    create: create.map(({ name, sizeBytes }, position) => ({
      datastore: reference(targets.datastores[position]),
      datastoreName: targets.datastores[position]?.name,
      folder: name.slice(0, name.lastIndexOf('/')),
      name: name.slice(name.lastIndexOf('/') + 1),
      bytes: sizeBytes,
    })),
    nics: nics.map(({ index }, position) => ({
      index,
      network: reference(targets.networks[position]),
      networkName: targets.networks[position]?.name,
    })),
    ...(request.nicNames === undefined ? {} : { nicNames: request.nicNames }),
    powerOn: request.powerOn === true,
    paths: vmPaths,
  });
  let after: Vm | undefined;
  const change = async (): Promise<void> => {
    after = await session.withFile(content, async (path) => {
      const args = ['vm.apply', '-xml', `-file=${path}`];
      const limits = { signal: options.signal, limitMs: session.limits.change, isRepeatable: true };
      return readApplied(await session.command(args, limits), args, targets.tree, moref);
    });
  };
  return changeVerified('the VM does not show the change', change, async () => {
    const vm = after ?? (await readOne(session, targets.tree, moref, options));
    return vm !== undefined && shows(vm, request, targets) ? vm : undefined;
  });
}

function readApplied(output: string, args: readonly string[], tree: Tree, moref: string): Vm {
  if (output.includes('"problem"') && output.trimStart().startsWith('{"problem"')) {
    const { problem, index, bytes = 0 } = parse(problemSchema, output.trim(), args);
    const kind = problem === 'disk-too-large' ? 'invalid-argument' : 'not-found';
    throw new GovcError(kind, problemWords[problem](index, bytes), { command: args, fault: problem });
  }
  const [vm] = vmsOf(readLines(output, args).objects, tree);
  if (vm === undefined) throw new GovcError('not-found', `There is no VM ${moref}.`);
  return vm;
}

/** A VM as it is now; undefined when it is gone. Names of hosts and networks come from `tree`. */
export async function readOne(
  session: Session,
  tree: Tree,
  moref: string,
  options: CallOptions,
): Promise<Vm | undefined> {
  const object = { type: 'VirtualMachine', value: moref };
  const { objects } = await collectMany(session, { objects: [{ object, paths: vmPaths }] }, options);
  return vmsOf(objects, tree)[0];
}

const reference = (entity: Entity | undefined) => ({ type: entity?.type, value: entity?.moref });

/** Whether the VM has everything that was asked for. */
function shows(vm: Vm, request: ApplyRequest, { networks, datastores }: Targets): boolean {
  const { cpus, memoryMb, extraConfig = {}, grow = [], create = [], nics = [], nicNames, powerOn } = request;
  return (
    (cpus === undefined || vm.numCpu === cpus) &&
    (memoryMb === undefined || vm.memoryMb === memoryMb) &&
    Object.entries(extraConfig).every(([key, value]) => (vm.extraConfig[key] ?? '') === value) &&
    grow.every(({ index, sizeBytes }) => vm.disks[index]?.capacityBytes === sizeBytes) &&
    create.every(({ name, sizeBytes }, position) => {
      const fileName = `[${datastores[position]?.name ?? ''}] ${name}.vmdk`;
      return vm.disks.some((disk) => disk.fileName === fileName && disk.capacityBytes === sizeBytes);
    }) &&
    nics.every(({ index }, position) => vm.nics[index]?.networkMoref === networks[position]?.moref) &&
    (nicNames === undefined || vm.extraConfig[nicNames.key] === namesByMac(vm, nicNames.names)) &&
    (powerOn !== true || vm.powerState === 'poweredOn')
  );
}

const namesByMac = ({ nics }: Vm, names: NonNullable<ApplyRequest['nicNames']>['names']): string =>
  names.map(({ index, name }) => `${nics[index]?.mac.toLowerCase() ?? ''}=${name}`).join(',');

function checkRequest({ cpus, memoryMb, extraConfig = {}, grow = [], create = [], nicNames }: ApplyRequest): void {
  for (const [name, value] of Object.entries({ cpus, memoryMb })) {
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      throw new GovcError('invalid-argument', `${name} must be a whole number from 1.`);
    }
  }
  const badKey = Object.keys(extraConfig).find((key) => key === '' || key.includes('='));
  if (badKey !== undefined) throw new GovcError('invalid-argument', `"${badKey}" cannot be a key of extraConfig.`);
  const badNic = nicNames?.names.find(({ name }) => !/^[^\s,=]+$/.test(name));
  if (badNic !== undefined) throw new GovcError('invalid-argument', `"${badNic.name}" cannot be the name of a NIC.`);
  for (const { sizeBytes } of [...grow, ...create]) {
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1024 ** 2 || sizeBytes % 1024 !== 0) {
      throw new GovcError('invalid-argument', `A disk cannot have ${String(sizeBytes)} bytes.`);
    }
  }
  const badName = create.find(({ name }) => !/^[^/[\]]+\/[^/[\]]+$/.test(name) || name.split('/').includes('..'));
  if (badName !== undefined) throw new GovcError('invalid-argument', `"${badName.name}" cannot be the name of a disk.`);
}
