/** The points at which a deployment of one VM is killed, and the faults of its calls: a sample, or all with EDGE_DEEP=1. */
import { fixedSeed, randomNumbers } from '../../fixtures/random-numbers.ts';

/** Every SOAP method that a deployment uses; a test compares it with the calls that the host received. */
export const methods = [
  'CreateContainerView',
  'CreateFilter',
  'CreateImportSpec',
  'CreatePropertyCollector',
  'DestroyPropertyCollector',
  'DestroyPropertyFilter',
  'DestroyView',
  'HttpNfcLeaseComplete',
  'ImportVApp',
  'Login',
  'Logout',
  'MakeDirectory',
  'PowerOnVM_Task',
  'ReconfigVM_Task',
  'RetrievePropertiesEx',
  'RetrieveServiceContent',
  'WaitForUpdatesEx',
] as const;
type Method = (typeof methods)[number];

export type Point =
  /** Kill at this share of all calls of the deployment. */
  | { readonly at: 'share'; readonly share: number }
  | { readonly at: 'call'; readonly method: Method; readonly skip: number; readonly after: boolean }
  /** Kill at this share of the image's bytes. */
  | { readonly at: 'upload'; readonly share: number };

export interface Kill {
  readonly victim: 'installer' | 'installer and govc' | 'govc';
  readonly signal: 'SIGKILL' | 'SIGTERM';
  readonly point: Point;
}

/** Up to 95 %: the number of calls varies from run to run, so the last call may be missing. */
const shares = (count: number): Point[] =>
  Array.from({ length: count }, (_, index) => ({ at: 'share', share: ((index + 0.5) / count) * 0.95 }));
const uploads: readonly Point[] = [0.01, 0.5, 0.99].map((share) => ({ at: 'upload', share }));

const changes: readonly (readonly [Method, number])[] = [
  ['ImportVApp', 1],
  ['HttpNfcLeaseComplete', 1],
  ['ReconfigVM_Task', 2],
  ['MakeDirectory', 1],
  ['PowerOnVM_Task', 1],
];
/** Each call that makes a change: before it is executed, and before its reply. */
const writes: readonly Point[] = changes.flatMap(([method, count]) =>
  Array.from({ length: count }, (_, skip) => skip).flatMap((skip) =>
    [false, true].map((after): Point => ({ at: 'call', method, skip, after })),
  ),
);

const killsAt = (victim: Kill['victim'], signal: Kill['signal'], points: readonly Point[]): Kill[] =>
  points.map((point) => ({ victim, signal, point }));

export const kills: readonly Kill[] = [
  ...killsAt('govc', 'SIGKILL', [...shares(6), ...writes.filter((_, index) => index % 2 === 1), ...uploads]),
  ...killsAt('govc', 'SIGTERM', [...shares(12), ...writes, ...uploads]),
  ...killsAt('installer and govc', 'SIGKILL', [...shares(4), ...uploads]),
  ...killsAt('installer', 'SIGKILL', [...shares(34), ...writes, ...uploads]),
];

export interface CallFault {
  readonly method: Method | 'upload';
  readonly action: 'fault' | 'cut' | 'hold';
  readonly fault?: string;
  readonly after?: boolean;
  readonly always: boolean;
  readonly share?: number;
}

export const callFaults: readonly CallFault[] = [
  ...methods.flatMap((method) =>
    ['SystemError', 'NotAuthenticated', 'TaskInProgress'].flatMap((fault) =>
      [false, true].map((always): CallFault => ({ method, action: 'fault', fault, always })),
    ),
  ),
  ...methods.flatMap((method) =>
    [false, true].map((after): CallFault => ({ method, action: 'cut', after, always: false })),
  ),
  ...[0.01, 0.5, 0.99].flatMap((share) =>
    (['cut', 'hold'] as const).map((action): CallFault => ({ method: 'upload', action, always: false, share })),
  ),
];

/** All rows with EDGE_DEEP=1, else `count` of them by the seed. */
export function chosen<T>(rows: readonly T[], count: number): readonly T[] {
  if (process.env['EDGE_DEEP'] === '1') return rows;
  const random = randomNumbers(fixedSeed);
  const left = [...rows];
  return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)).flat();
}
