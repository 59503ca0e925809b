/**
 * The typed API of the product, declared once. The Electron window (over a MessagePort) and the browser page (over a
 * WebSocket) derive their clients from it, and main implements it. Expected failures are `Result` values; secrets are
 * never returned, only their presence.
 */
import { eventIterator, oc, type } from '@orpc/contract';
import type { LeafInWords } from './certificate/report.ts';
import type { Reconciliation } from './deploy/reconcile.ts';
import type { Result } from './base/errors.ts';
import type { MediaFacts, MediaOverview } from './media/facts.ts';
import type { EndpointInventory } from './platform/inventory.ts';
import type { DeployedSite } from './preflight/facts.ts';
import type { Finding } from './base/findings.ts';
import type { Amount, RunEvent } from './run/event.ts';
import type { RunState } from './run/state.ts';
import type { RunRecord } from './run/record.ts';
import { input } from './contract-inputs.ts';
import type { Language } from './base/text.ts';

export interface AppInfo {
  readonly name: string;
  readonly version: string;
  /** `electron`: the program's window. `browser`: a page from the loopback server. */
  readonly host: 'electron' | 'browser';
  readonly language: Language;
  readonly languages: readonly Language[];
  /** Set when the wizard runs on the embedded vSphere simulator. */
  readonly demo: boolean;
  readonly homeFolder: string;
  /** Missing tools of this machine, such as govc, each with its remedy. */
  readonly findings: readonly Finding[];
}

/** A site file as text. `digest` is the SHA-256 of the text on disk; it detects changes by another program. */
export interface OpenSite {
  readonly path: string;
  readonly text: string;
  readonly digest: string;
  /** The newest unsaved edits of this file; main keeps them with its records. */
  readonly unsaved?: UnsavedEdits;
}

/** Edits that are not in the site file. */
export interface UnsavedEdits {
  /** The page with these edits. */
  readonly page: string;
  /** YAML or JSON. */
  readonly text: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Digest of the file before the edits; missing for a new file. */
  readonly digest?: string;
}

/** A site file to compare with; it is not opened. */
export interface SeenSite extends OpenSite {
  /** Another page of this installer wrote it last. */
  readonly byOtherPage: boolean;
}

export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: 'folder' | 'file';
  readonly sizeBytes: number;
}

export interface FolderListing {
  readonly folder: string;
  /** Missing at the top. */
  readonly parent?: string;
  readonly entries: readonly FolderEntry[];
}

export interface SecretsState {
  readonly backend: 'keychain' | 'vault';
  readonly names: readonly string[];
}

export interface ShownCertificate {
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
}

export type MediaEvent =
  | { readonly kind: 'progress'; readonly files: readonly string[]; readonly amount: Amount }
  | { readonly kind: 'finished'; readonly result: Result<MediaFacts> };

export type PreflightEvent =
  | { readonly kind: 'progress'; readonly item: string; readonly amount: Amount }
  | { readonly kind: 'finished'; readonly result: Result<readonly Finding[]> };

export interface HandoverWritten {
  /** Digest of the handed-over plan; missing for a bundle of an earlier version. */
  readonly planDigest?: string;
  readonly bundlePath: string;
  readonly textPath: string;
  readonly sha256: string;
  readonly confirmationCode: string;
  readonly publicText: string;
  readonly qrSvg: string;
  readonly recipients: readonly string[];
}

export interface RequestWritten {
  readonly csrPath: string;
  readonly csrPem: string;
  /** Name of the key in the secret store. */
  readonly keyStored: string;
}

export interface ChainChecked {
  readonly findings: readonly Finding[];
  readonly leaf: LeafInWords;
}

type Files = Result<{ readonly files: readonly string[] }>;

const sitePath = input('path');
const withOut = input('path', 'out').partial({ out: true });
const medium = input('folder', 'site').partial({ site: true });

export const contract = {
  app: {
    info: oc.output(type<AppInfo>()),
    setLanguage: oc.input(input('language')).output(type<Result<null>>()),
  },
  site: {
    /** The site file of this session; null before the first. */
    current: oc.output(type<Result<OpenSite | null>>()),
    open: oc.input(sitePath).output(type<Result<OpenSite>>()),
    /** Writes the file. With `digest`, only if the file on disk still has that digest. Without a path: a new draft. */
    save: oc
      .input(input('path', 'text', 'digest', 'page').partial({ path: true, digest: true, page: true }))
      .output(type<Result<OpenSite>>()),
    /** Reads a site file without opening it in the session. */
    look: oc.input(input('path', 'page')).output(type<Result<SeenSite>>()),
    /** Writes a discarded version to a new file beside the site file and returns its path. */
    setAside: oc.input(input('path', 'text').partial({ path: true })).output(type<Result<{ readonly path: string }>>()),
    /** Deletes the kept unsaved edits of a page. */
    forget: oc.input(input('path', 'page')).output(type<Result<null>>()),
    /** The earlier deployment from this file, or null. Its names are locked until they are released. */
    deployed: oc.input(sitePath).output(type<Result<DeployedSite | null>>()),
    /** Declares that the file now describes another edge than the deployed one. No VM is touched. */
    release: oc.input(sitePath).output(type<Result<null>>()),
  },
  files: {
    list: oc.input(input('folder').partial()).output(type<Result<FolderListing>>()),
  },
  secrets: {
    list: oc.output(type<Result<SecretsState>>()),
    set: oc.input(input('name', 'value')).output(type<Result<null>>()),
    delete: oc.input(input('name')).output(type<Result<boolean>>()),
  },
  endpoint: {
    /** The certificate of an endpoint, for a person to compare before pinning. */
    certificate: oc
      .input(input('platform', 'url').partial({ platform: true }))
      .output(type<Result<ShownCertificate>>()),
    /** The inventory of an endpoint of the site file (its password comes from the secret store). */
    inspect: oc
      .input(input('platform', 'url', 'username', 'fingerprint').partial({ platform: true }))
      .output(type<Result<EndpointInventory>>()),
  },
  media: {
    open: oc.input(medium).output(type<Result<MediaOverview>>()),
    verify: oc.input(medium).output(eventIterator(type<MediaEvent>())),
  },
  plan: {
    /** Plan as JSON, CSV, DNS zone and drawing, by default beside the site file. */
    write: oc.input(withOut).output(type<Files>()),
  },
  worksheet: {
    /** The worksheet of missing answers, for print. It accepts an incomplete site file. */
    create: oc.input(withOut).output(type<Files>()),
  },
  certificate: {
    request: oc
      .input(input('path', 'out', 'rsa').partial({ out: true, rsa: true }))
      .output(type<Result<RequestWritten>>()),
    /** Checks the chain that the site file names. `password` is that of a PKCS#12 file. */
    check: oc.input(input('path', 'password').partial({ password: true })).output(type<Result<ChainChecked>>()),
  },
  preflight: {
    run: oc.input(sitePath).output(eventIterator(type<PreflightEvent>())),
  },
  deploy: {
    /** The operations that a deployment would run now. */
    preview: oc.input(sitePath).output(type<Result<Reconciliation>>()),
  },
  run: {
    /** Check, media, preflight, deploy and keys. `vms`: only these (a retry). */
    start: oc.input(input('path', 'vms').partial({ vms: true })).output(type<Result<{ readonly run: string }>>()),
    /** The run in progress, or the last one of this site; null: none. */
    state: oc.input(sitePath).output(type<RunState | null>()),
    /** Events after the sequence `after`, including future ones; ends with `run-finished`. */
    watch: oc.input(input('run', 'after')).output(eventIterator(type<RunEvent>())),
    cancel: oc.input(input('run')).output(type<Result<null>>()),
  },
  handover: {
    create: oc.input(withOut).output(type<Result<HandoverWritten>>()),
    /** The last bundle of this site, without writing a new one, or null. */
    last: oc.input(sitePath).output(type<Result<HandoverWritten | null>>()),
  },
  summary: {
    record: oc.input(sitePath).output(type<Result<RunRecord>>()),
    create: oc.input(withOut).output(type<Files>()),
  },
};
export type Contract = typeof contract;
