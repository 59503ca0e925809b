import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { parse } from './collect.ts';
import { argumentFor, entityTypes, findEntity, type KnownTree, lookUp, readTree, type Tree } from './entities.ts';
import { GovcError } from './errors.ts';
import { readVm } from './read-vms.ts';
import type { Session } from './session.ts';
import { readTarSizes } from './tar-index.ts';
import type { Entity, Vm } from './inventory-types.ts';
import type { CallOptions, ImportOvaRequest } from './types.ts';
import { createUploadParser } from './upload-progress.ts';
import type { UploadEvent } from './upload-progress.ts';

const specSchema = z.object({
  NetworkMapping: z.array(z.object({ Name: z.string() })).nullish(),
  PropertyMapping: z.array(z.object({ Key: z.string() })).nullish(),
});

/**
 * Uploads an OVA as a new VM and reads it back.
 *
 * An abort ends govc, not the import: vSphere keeps the half-made VM, busy until its lease runs out after some minutes.
 * It already has its annotation. Names are not unique on ESXi, so the new VM is the one that was not there before.
 */
export async function importOva(session: Session, request: ImportOvaRequest, options: CallOptions): Promise<Vm> {
  checkRequest(request);
  const sizes = await archiveSizes(request.file);
  const before = await readTree(session, options);
  const datastore = findEntity(before, entityTypes.datastore, request.datastore, 'datastore');
  const targets = Object.entries(request.networks).map(
    ([network, target]) => [network, findEntity(before, entityTypes.network, target, 'network')] as const,
  );
  await compareWithOvf(session, request, options);

  await upload(session, request, { sizes, datastore, targets }, options);

  const vm = await findNew(session, request, before, options);
  checkNics(
    vm,
    targets.map(([, target]) => target),
  );
  return vm;
}

interface ImportTargets {
  readonly sizes: ReadonlyMap<string, number>;
  readonly datastore: Entity;
  readonly targets: readonly (readonly [network: string, target: Entity])[];
}

/** As {@link importOva}, without any reading before or afterwards; gives the moref that govc says. */
export async function importVerified(
  session: Session,
  trees: KnownTree,
  request: ImportOvaRequest,
  options: CallOptions,
): Promise<string> {
  checkRequest(request);
  const sizes = await archiveSizes(request.file);
  const found = await lookUp(trees, options, (tree) => ({
    datastore: findEntity(tree, entityTypes.datastore, request.datastore, 'datastore'),
    targets: Object.entries(request.networks).map(
      ([network, target]) => [network, findEntity(tree, entityTypes.network, target, 'network')] as const,
    ),
  }));
  const moref = await upload(session, request, { sizes, ...found }, options);
  if (moref === undefined) throw new GovcError('bad-output', 'govc ended well, but did not say which VM it made.');
  return moref;
}

/** Gives the moref of the new VM, where govc says it. */
async function upload(
  session: Session,
  request: ImportOvaRequest,
  { sizes, datastore, targets }: ImportTargets,
  options: CallOptions,
): Promise<string | undefined> {
  let moref: string | undefined;
  const content = JSON.stringify({
    DiskProvisioning: request.diskProvisioning ?? 'thin',
    NetworkMapping: targets.map(([name, target]) => ({ Name: name, Network: argumentFor(target) })),
    PropertyMapping: Object.entries(request.properties ?? {}).map(([key, value]) => ({ Key: key, Value: value })),
    Annotation: request.annotation,
    Name: request.name,
    MarkAsTemplate: false,
    PowerOn: false,
    InjectOvfEnv: request.injectOvfEnv ?? false,
    // It has no time limit.
    WaitForIP: false,
    ...(request.deployment === undefined ? {} : { Deployment: request.deployment }),
  });
  await session.withFile(content, (path) => {
    const args = ['import.ova', `-options=${path}`, `-ds=${argumentFor(datastore)}`];
    if (request.pool !== undefined) args.push(`-pool=${request.pool}`);
    if (request.folder !== undefined) args.push(`-folder=${request.folder}`);
    if (request.host !== undefined) args.push(`-host=${request.host}`);
    args.push(request.file);
    return session.command(args, {
      signal: options.signal,
      limitMs: session.limits.change,
      watch: watchUpload(session, request, sizes, (one) => (moref = one)),
    });
  });
  return moref;
}

function checkRequest(request: ImportOvaRequest): void {
  if (!isAbsolute(request.file)) throw new GovcError('invalid-argument', 'The path of the OVA must be absolute.');
  if (request.name.trim() === '') throw new GovcError('invalid-argument', 'The VM needs a name.');
  if (request.injectOvfEnv !== true) return;
  const unsafe = Object.entries(request.properties ?? {}).find(([key, value]) => /[&<>"\r\n]/.test(key + value));
  if (unsafe !== undefined) {
    throw new GovcError(
      'invalid-argument',
      `The property "${unsafe[0]}" has a character that govc would write into the guest's XML as it is.`,
    );
  }
}

async function archiveSizes(file: string): Promise<ReadonlyMap<string, number>> {
  const info = await stat(file).catch(() => undefined);
  if (info?.isFile() !== true) throw new GovcError('not-found', `There is no file ${file}.`);
  return readTarSizes(file);
}

/**
 * Asks govc how it reads the OVF, before anything is created: vSphere puts a NIC of an unmapped network on any network,
 * and drops a property that it does not know.
 */
async function compareWithOvf(session: Session, request: ImportOvaRequest, options: CallOptions): Promise<void> {
  const args = ['import.spec', '-hidden', request.file];
  const spec = parse(specSchema, await session.command(args, options), args);
  const networks = (spec.NetworkMapping ?? []).map(({ Name }) => Name);
  const properties = new Set((spec.PropertyMapping ?? []).map(({ Key }) => Key));
  const unmapped = networks.find((name) => request.networks[name] === undefined);
  if (unmapped !== undefined) {
    throw new GovcError('invalid-argument', `The OVF's network "${unmapped}" is not mapped.`);
  }
  const unknown = Object.keys(request.networks).find((name) => !networks.includes(name));
  if (unknown !== undefined) throw new GovcError('invalid-argument', `The OVF has no network "${unknown}".`);
  const property = Object.keys(request.properties ?? {}).find((key) => !properties.has(key));
  if (property !== undefined) throw new GovcError('invalid-argument', `The OVF has no property "${property}".`);
}

/** Turns govc's output into progress, and each piece of it into the time that may pass until the next. */
function watchUpload(
  session: Session,
  request: ImportOvaRequest,
  sizes: ReadonlyMap<string, number>,
  onImported: (moref: string) => void,
): (text: string) => number | undefined {
  const read = createUploadParser();
  let fileNumber = 1;
  let percent = -1;
  const report = (file: string, value: number, rate: number): void => {
    const totalBytes = sizes.get(file);
    request.onProgress?.({
      file,
      fileNumber,
      percent: value,
      bytes: totalBytes === undefined ? 0 : Math.floor((totalBytes * value) / 100),
      ...(totalBytes === undefined ? {} : { totalBytes }),
      rate,
    });
  };
  const follow = (event: UploadEvent): number | undefined => {
    if (event.kind === 'done') {
      report(event.file, 100, 0);
      fileNumber += 1;
      percent = -1;
      return session.limits.change;
    }
    const imported = event.kind === 'step' ? /^Imported VirtualMachine:(\S+)$/.exec(event.text)?.[1] : undefined;
    if (imported !== undefined) onImported(imported);
    if (event.kind !== 'progress') return event.kind === 'started' ? undefined : session.limits.change;
    report(event.file, event.percent, event.rate);
    const moved = event.percent !== percent || event.rate > 0;
    percent = event.percent;
    if (!moved) return undefined;
    // At the end the server still has to write; before, silence is a stalled upload.
    return percent === 100 ? session.limits.change : session.limits.uploadStall;
  };
  return (text) => read(text).reduce<number | undefined>((limit, event) => follow(event) ?? limit, undefined);
}

async function findNew(session: Session, request: ImportOvaRequest, before: Tree, options: CallOptions): Promise<Vm> {
  const after = await readTree(session, options);
  const fresh = after.entities.filter(
    ({ type, moref, name }) => type === 'VirtualMachine' && name === request.name && before.get(moref) === undefined,
  );
  const tree = Promise.resolve(after);
  const vms = await Promise.all(fresh.map(({ moref }) => readVm(session, moref, tree, options)));
  const matches = vms.length > 1 ? vms.filter((vm) => vm.annotation === request.annotation) : vms;
  const [vm] = matches;
  if (vm === undefined) throw new GovcError('bad-output', `govc ended well, but there is no new VM "${request.name}".`);
  if (matches.length > 1) {
    throw new GovcError('ambiguous', `${String(matches.length)} VMs "${request.name}" were made at the same time.`);
  }
  return vm;
}

function checkNics(vm: Vm, targets: readonly Entity[]): void {
  const wrong = vm.nics.find((nic) => !targets.some((target) => target.moref === nic.networkMoref));
  if (wrong === undefined) return;
  throw new GovcError(
    'bad-output',
    `${wrong.label} of the new VM ${vm.moref} is on "${wrong.network}", to which no network was mapped.`,
  );
}
