import { GovcError } from './errors.ts';
import type { GovcErrorKind } from './errors.ts';

interface FaultRow {
  readonly kind: GovcErrorKind;
  /** vSphere's names of faults. */
  readonly faults: readonly string[];
  /** What govc or vSphere writes where no name comes with it. */
  readonly text: RegExp;
}

/** The first row that fits decides. Names: vSphere Web Services API; texts: govmomi v0.56 and ESXi 6.0 to 8.0. */
const rows: readonly FaultRow[] = [
  {
    kind: 'license',
    faults: ['RestrictedVersion', 'LicenseRestricted', 'FeatureRequirementsNotMet', 'LicenseExpired'],
    text: /current license or ESXi version prohibits/i,
  },
  {
    kind: 'managed-by-vcenter',
    faults: ['HostAccessRestrictedToManagementServer'],
    text: /restricted to the server .* that is managing/i,
  },
  {
    kind: 'login',
    faults: ['InvalidLogin', 'NotAuthenticated', 'PasswordExpired', 'InvalidLocale'],
    text: /incorrect user name or password|login failure|cannot complete login|account .*(is|has been) locked|not authenticated/i,
  },
  {
    kind: 'permission',
    faults: ['NoPermission', 'RestrictedByAdministrator'],
    text: /permission to perform this operation was denied|permission denied/i,
  },
  { kind: 'certificate-validity', faults: [], text: /certificate has expired or is not yet valid/i },
  {
    kind: 'certificate-mismatch',
    faults: [],
    text: /x509:|failed to verify certificate|thumbprint does not match|tls: .*certificate/i,
  },
  {
    kind: 'no-space',
    faults: ['NoDiskSpace', 'InsufficientStorageSpace', 'InsufficientDisks', 'FileTooLarge'],
    text: /no space left|insufficient (disk|storage) space|not enough (disk |storage )?space/i,
  },
  {
    kind: 'already-exists',
    faults: ['AlreadyExists', 'DuplicateName', 'FileAlreadyExists', 'ResourceNotUnique'],
    text: /already exists/i,
  },
  { kind: 'ambiguous', faults: [], text: /resolves to multiple/i },
  {
    kind: 'invalid-state',
    faults: [
      'InvalidPowerState',
      'InvalidState',
      'InvalidHostState',
      'InvalidHostConnectionState',
      'HostNotConnected',
      'ResourceInUse',
      'TaskInProgress',
      'ConcurrentAccess',
      'FileLocked',
      'ToolsUnavailable',
      'InsufficientMemoryResourcesFault',
      'InsufficientCpuResourcesFault',
      'InsufficientResourcesFault',
      'InvalidDatastoreState',
      'InaccessibleDatastore',
    ],
    text: /not allowed in the current state|in its current state|another task is already in progress|is in use/i,
  },
  {
    kind: 'unreachable',
    faults: ['HostCommunication', 'HostNotReachable'],
    text: /dial tcp|connection refused|connection reset|no route to host|no such host|network is unreachable|i\/o timeout|TLS handshake timeout|broken pipe|closed network connection|server closed|unexpected EOF|: EOF|HTTP response to HTTPS client|50[234] (Bad Gateway|Service Unavailable|Gateway Time)/i,
  },
  {
    kind: 'not-found',
    faults: ['ManagedObjectNotFound', 'NotFound', 'FileNotFound', 'InvalidDatastorePath'],
    text: /not found|has already been deleted or has not been completely created|no disk found/i,
  },
];

export interface GovcFailure {
  readonly command: readonly string[];
  readonly exitCode: number | null;
  /** Already redacted. */
  readonly stderr: string;
}

/** What govc's last words mean. With `-xml` the fault's name is there, else only its text. */
export function errorFrom(failure: GovcFailure): GovcError {
  const { name, message } = readFault(failure.stderr);
  const byName = name === undefined ? undefined : rows.find((row) => row.faults.includes(name));
  const row = byName ?? rows.find((candidate) => candidate.text.test(message) || candidate.text.test(failure.stderr));
  const fallback = `govc ended with exit code ${String(failure.exitCode)} and without a reason.`;
  return new GovcError(row?.kind ?? 'fault', message === '' ? (name ?? fallback) : message, {
    command: failure.command,
    stderr: failure.stderr.slice(0, 2_000),
    ...(name === undefined ? {} : { fault: name }),
    ...(failure.exitCode === null ? {} : { exitCode: failure.exitCode }),
  });
}

/** Name and message of the fault in govc's stderr: XML, JSON (which has no name), or text with "govc: " in front. */
function readFault(stderr: string): { readonly name: string | undefined; readonly message: string } {
  const xmlName = /XMLSchema-instance:type="(?:\w+:)?(\w+)"/.exec(stderr)?.[1];
  const xmlMessage = /<(?:faultstring|localizedMessage)>([^<]*)</.exec(stderr)?.[1];
  if (xmlName !== undefined || xmlMessage !== undefined) return named(xmlName, unescapeXml(xmlMessage ?? ''));
  const json = /"(?:String|localizedMessage)":\s*("(?:[^"\\]|\\.)*")/.exec(stderr)?.[1];
  if (json !== undefined) return named(undefined, String(JSON.parse(json)));
  const line = stderr.split(/\r?\n/).find((candidate) => candidate.trim() !== '') ?? '';
  // govc puts its own path in front, which may hold spaces and a drive letter.
  return named(undefined, line.replace(/^.*?govc(\.exe)?: /i, '').replace(/^ServerFaultCode: /, ''));
}

function named(name: string | undefined, text: string): { name: string | undefined; message: string } {
  // Where vSphere gave no message, govmomi writes the fault's Go type in its place.
  const goType = /^\*types\.(\w+)$/.exec(text.trim())?.[1];
  return { name: withoutSuffix(name ?? goType), message: goType === undefined ? text.trim() : goType };
}

/** govmomi names some faults twice, with and without 'Fault'; the table has them without where both exist. */
function withoutSuffix(name: string | undefined): string | undefined {
  if (name === undefined || rows.some((row) => row.faults.includes(name))) return name;
  const short = name.replace(/Fault$/, '');
  return rows.some((row) => row.faults.includes(short)) ? short : name;
}

function unescapeXml(text: string): string {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 16)))
    .replace(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&amp;/g, '&');
}
