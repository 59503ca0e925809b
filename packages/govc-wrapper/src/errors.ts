/** What went wrong, for a program to decide on. The message is for people. */
export const govcErrorKinds = [
  /** No connection: refused, no route, name not resolved, cut off. */
  'unreachable',
  /** The server's certificate is not the pinned one, or nobody vouches for it. */
  'certificate-mismatch',
  /** The certificate has expired or is not valid yet: often this machine's clock. */
  'certificate-validity',
  /** User or password refused, or the account is locked. */
  'login',
  'permission',
  /** Free ESXi licence: "Current license or ESXi version prohibits execution of the requested operation". */
  'license',
  'not-found',
  /** A name fits more than one object. */
  'ambiguous',
  'already-exists',
  'no-space',
  /** Powered on where it must be off, host in maintenance, object busy, … */
  'invalid-state',
  'managed-by-vcenter',
  'timeout',
  'aborted',
  /** The private folder in the folder for temporary files cannot be made or written; `cause` is the system's error. */
  'work-folder',
  /** The executable is missing or cannot be started. */
  'binary-missing',
  /** govc said it went well and it did not, or wrote what cannot be read. */
  'bad-output',
  /** A value that this library refuses before anything is sent. */
  'invalid-argument',
  /** Any other fault of vSphere; `fault` has its name. */
  'fault',
] as const;
export type GovcErrorKind = (typeof govcErrorKinds)[number];

export interface GovcErrorDetails {
  /** govc's arguments; never a secret. Empty when no process was started. */
  readonly command?: readonly string[];
  /** Name of vSphere's fault where known: 'NoPermission', 'DuplicateName', … */
  readonly fault?: string;
  /** Start of what govc wrote to stderr, secrets replaced. */
  readonly stderr?: string;
  readonly exitCode?: number;
  /** For `certificate-mismatch`: the fingerprint that was seen. */
  readonly seenFingerprint?: string;
  readonly cause?: unknown;
}

export class GovcError extends Error {
  readonly kind: GovcErrorKind;
  readonly command: readonly string[];
  readonly fault: string | undefined;
  readonly stderr: string;
  readonly exitCode: number | undefined;
  readonly seenFingerprint: string | undefined;

  constructor(kind: GovcErrorKind, message: string, details: GovcErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'GovcError';
    this.kind = kind;
    this.command = details.command ?? [];
    this.fault = details.fault;
    this.stderr = details.stderr ?? '';
    this.exitCode = details.exitCode;
    this.seenFingerprint = details.seenFingerprint;
  }
}
