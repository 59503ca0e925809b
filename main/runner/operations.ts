/**
 * One executor for each operation of core/deploy/operation.ts: tables, so that each kind has exactly one way to happen.
 */
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import {
  changeKinds,
  type HandOperation,
  type MachineChange,
  type Operation,
  type PlatformOperation,
  type SshOperation,
  targetName,
} from '../../core/deploy/operation.ts';
import type { Amount } from '../../core/run/event.ts';
import type { ChangeResult, PlatformEndpoint } from '../platforms/endpoint.ts';

export interface OperationContext {
  /** The endpoint of the operation's target. */
  readonly endpoint: Result<PlatformEndpoint>;
  /** The machine's id once it exists; its creation puts it there. */
  id: string | undefined;
  /** Proves that the image is still the one that was verified, and gives its absolute path. */
  readonly confirmImage: (file: string, signal?: AbortSignal) => Promise<Result<string>>;
  readonly onProgress: (amount: Amount) => void;
  /** The host is busy with the machine, and the operation waits for it. */
  readonly onBusy: () => void;
  readonly signal: AbortSignal;
}

/** `by-hand`: a person is to do it. */
export type OperationEnd = 'done' | 'by-hand';

/** Operations that another part of the program carries out. Missing: they fail with `deploy.no-executor`. */
export interface Executors {
  readonly ssh?: (operation: SshOperation, context: OperationContext) => Promise<Result<void>>;
  /** Adds the operation to the document of manual steps. */
  readonly hand?: (operation: HandOperation) => Promise<Result<void>>;
}

type PlatformKind = PlatformOperation['kind'];
type OperationOf<Kind extends PlatformKind> = Extract<PlatformOperation, { readonly kind: Kind }>;
type OnEndpoint<Kind extends PlatformKind> = (
  operation: OperationOf<Kind>,
  endpoint: PlatformEndpoint,
  context: OperationContext,
) => Promise<Result<void>>;

const isChange = (operation: Operation): operation is OperationOf<MachineChange['kind']> =>
  (changeKinds as readonly string[]).includes(operation.kind);

/** The machine that an operation works on: known from its creation or the inventory, else found by its name. */
async function idOf(machine: string, endpoint: PlatformEndpoint, context: OperationContext): Promise<Result<string>> {
  if (context.id !== undefined) return ok(context.id);
  const found = await endpoint.find(machine, context.signal);
  if (!found.ok) return found;
  if (found.value === undefined) return fail(failure('operation', 'deploy.changed-meanwhile', { vm: machine }));
  context.id = found.value.id;
  return ok(found.value.id);
}

const platformExecutors: {
  readonly [Kind in Exclude<PlatformKind, MachineChange['kind']>]: OnEndpoint<Kind>;
} = {
  'upload-image': async ({ image, storage }, endpoint, { confirmImage, onProgress, signal }) => {
    const file = await confirmImage(image.file, signal);
    if (!file.ok) return file;
    // A bug: uploads are planned only for platforms that keep images.
    if (endpoint.uploadImage === undefined) throw new Error(`${endpoint.url} keeps no images`);
    return endpoint.uploadImage({ file: file.value, sha256: image.sha256, storage, onProgress }, signal);
  },
  'discard-partial': async ({ target: { machine, id } }, endpoint, context) => {
    // Only what an interrupted creation left: a machine that is whole carries its stage.
    const found = await endpoint.find(machine, context.signal);
    if (!found.ok) return found;
    // The platform may have removed it itself.
    if (found.value === undefined) return ok(undefined);
    if (found.value.id !== id || found.value.owner?.stage !== undefined) {
      return fail(failure('operation', 'deploy.changed-meanwhile', { vm: machine }));
    }
    const destroyed = await endpoint.destroy(found.value.id, context.signal, context.onBusy);
    if (destroyed.ok) context.id = undefined;
    return destroyed;
  },
  'create-machine': async ({ target, image, ...wanted }, endpoint, context) => {
    const { confirmImage, onProgress, signal } = context;
    const file = image.isKept ? ok('') : await confirmImage(image.file, signal);
    if (!file.ok) return file;
    const source = image.isKept ? { sha256: image.sha256 } : { file: file.value };
    const { storage, networks, properties, owner } = wanted;
    const request = { name: target.machine, image: source, storage, networks, properties, owner, onProgress };
    const created = await endpoint.create(request, signal);
    if (!created.ok) return created;
    context.id = created.value;
    if (image.isKept) return ok(undefined);
    // The platform opened the file by its name: what it read is what was verified only if it still is. The machine is
    // not marked as whole yet, so it is never powered on and the next run replaces it.
    const still = await confirmImage(image.file, signal);
    return still.ok ? ok(undefined) : still;
  },
};

/** One operation, or several changes of one machine that its platform may make at once. */
export type Step = readonly [Operation, ...Operation[]];

/** The operations of one target as steps, in their order. */
export function stepsOf(operations: readonly Operation[]): Step[] {
  const steps: Step[] = [];
  for (const operation of operations) {
    const last = steps.at(-1);
    const isAlike = last !== undefined && isChange(operation) && isChange(last[0]);
    if (isAlike) steps[steps.length - 1] = [...last, operation];
    else steps.push([operation]);
  }
  return steps;
}

async function onPlatform(step: Step, context: OperationContext): Promise<ChangeResult> {
  if (!context.endpoint.ok) return context.endpoint;
  const endpoint = context.endpoint.value;
  const [first] = step;
  if (isChange(first)) {
    const { machine } = first.target;
    const id = await idOf(machine, endpoint, context);
    return id.ok ? endpoint.change({ id: id.value, name: machine }, step.filter(isChange), context.signal) : id;
  }
  const { kind } = first;
  // A bug: the types of operations and the table belong together.
  if (!(kind in platformExecutors)) throw new Error(kind);
  return (platformExecutors[kind as keyof typeof platformExecutors] as OnEndpoint<PlatformKind>)(
    first as PlatformOperation,
    endpoint,
    context,
  );
}

const missingExecutor = (operation: Operation): Result<void> =>
  fail(failure('operation', 'deploy.no-executor', { vm: targetName(operation.target) }));

/**
 * Carries out one step. Fails as its executor does, and with `deploy.no-executor`; `done` as in {@link ChangeResult}.
 */
export async function execute(
  step: Step,
  context: OperationContext,
  executors: Executors,
): Promise<Result<OperationEnd> & { readonly done?: number }> {
  const [operation] = step;
  if (operation.by === 'hand') {
    const told = executors.hand === undefined ? missingExecutor(operation) : await executors.hand(operation);
    return told.ok ? ok('by-hand') : told;
  }
  const done =
    operation.by === 'platform'
      ? await onPlatform(step, context)
      : executors.ssh === undefined
        ? missingExecutor(operation)
        : await executors.ssh(operation, context);
  return done.ok ? ok('done') : done;
}
