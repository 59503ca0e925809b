/**
 * Schemas of the fields that are used from stored state, perhaps of another version. They reject a foreign file, a
 * truncated one, and wrong types; additional fields are kept.
 */
import { z } from 'zod';
import { failureKinds } from '../../core/base/errors.ts';
import { findingStatuses, steps } from '../../core/base/findings.ts';
import { phaseNames } from '../../core/deploy/phases.ts';
import { outcomes, stages, waitReasons } from '../../core/run/event.ts';

const text = z.string();
const texts = z.array(text);
const time = z.iso.datetime();
const params = z.record(text, z.union([text, z.number()]));
const reason = z.looseObject({ kind: z.enum(failureKinds), code: text, params });
const outcome = z.enum(outcomes);
const waitingFor = z.enum(waitReasons).optional();
const stage = z.enum(stages);
const count = z.int().nonnegative();

const finding = z.looseObject({
  rule: text,
  status: z.enum(findingStatuses),
  step: z.enum(steps),
  path: text,
  line: count.optional(),
  column: count.optional(),
  variant: text.optional(),
  params,
});

const signer = z.looseObject({ subject: text, issuer: text, fingerprint: text, trusted: z.boolean() });

const image = z.looseObject({
  components: texts,
  file: text,
  sizeBytes: count,
  sha256: text,
  networks: texts,
  nics: texts,
  diskCapacityBytes: z.array(count),
  properties: texts,
  verifiedAt: time.optional(),
  reused: z.boolean().optional(),
  certificate: signer.optional(),
});

/** `MediaFacts` of `core/media/facts.ts`. */
export const mediaShape = z.looseObject({
  folder: text,
  release: text,
  created: time,
  expires: time,
  catalogueSha256: text,
  signer: text,
  keyId: text,
  signed: z.looseObject({ catalogue: text, signature: text, publicKey: text }),
  verifiedAt: time,
  toolVersion: text,
  clockSuspect: z.boolean(),
  images: z.array(image),
  peers: z.array(z.looseObject({ name: text, publicKey: text, endpoint: text, allowedIps: texts })),
  recipients: texts,
});

/** `KeptHandover` of `kept-handover.ts`. */
export const handoverShape = z.looseObject({
  createdAt: time,
  bundleFile: text,
  textFile: text,
  qrPayload: text,
  sha256: text,
  confirmationCode: text,
  recipients: texts,
  gateways: z.array(z.looseObject({ vm: text, publicKey: text, endpoint: text })),
});

/** `MediaState`, the fields that trust depends on. Proofs of another version are never used. */
export const memoryShape = z.looseObject({
  signers: z.record(text, z.object({ release: text, created: time })),
  newestSignedTime: time.optional(),
  verified: z.array(z.looseObject({ file: text, sha256: text, toolVersion: text, verifiedAt: time })),
});

const drift = z.looseObject({ vm: text, what: text, planned: text, found: text });
const work = z.looseObject({ vm: text, component: text, phase: z.enum(phaseNames), operations: count });
const operation = { vm: text, operation: text, id: text };
const operationOutcome = z.enum(['done', 'by-hand', 'failed', 'cancelled']);

const event = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.looseObject({ kind: z.literal(kind), run: text, sequence: z.int().positive(), at: time, ...shape });

/** `RunEvent` of `core/run/event.ts`, of the kinds that a journal keeps. */
export const eventShape = z.discriminatedUnion('kind', [
  event('run-started', { site: text, stages: z.array(stage) }),
  event('stage-started', { stage }),
  event('stage-finished', { stage, outcome, waitingFor, failure: reason.optional() }),
  event('findings', { stage, findings: z.array(finding) }),
  event('work-planned', { work: z.array(work), drift: z.array(drift) }),
  event('operation-started', operation),
  event('operation-finished', { ...operation, outcome: operationOutcome, failure: reason.optional() }),
  event('image-verified', { image }),
  event('media-verified', { media: mediaShape }),
  event('tunnel-confirmed', {}),
  event('vm-sealed', { vm: text }),
  event('site-sealed', { sealedAt: text }),
  event('secrets-deleted', { stage, names: texts }),
  event('files-written', { stage, files: texts, code: text.optional() }),
  event('run-finished', { outcome, waitingFor, failure: reason.optional() }),
]);
