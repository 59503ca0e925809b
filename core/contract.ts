/**
 * The typed API of the product, declared once. The Electron window (over a MessagePort) and the browser page (over a
 * WebSocket) derive their clients from it, main implements it. Expected failures come back as `Result` values.
 * No secret ever comes back: the renderer learns only that one is present.
 */
import { eventIterator, oc, type } from '@orpc/contract';
import type { LeafInWords } from './certificate/report.ts';
import type { Reconciliation } from './deploy/reconcile.ts';
import type { Result } from './base/errors.ts';
import type { MediaFacts } from './media/facts.ts';
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
  /** `electron`: a window of our own. `browser`: a page served on the loopback interface. */
  readonly host: 'electron' | 'browser';
  readonly language: Language;
  readonly languages: readonly Language[];
  /** Set when the wizard runs on the embedded vSphere simulator. */
  readonly demo: boolean;
  readonly homeFolder: string;
  /** What is missing on this machine, each with its remedy, e.g. govc. */
  readonly findings: readonly Finding[];
}

/** A site file as text. `digest` is the SHA-256 of the text on disk; it detects changes by another program. */
export interface OpenSite {
  readonly path: string;
  readonly text: string;
  readonly digest: string;
  /** The newest edits of this file that a save could not write; main keeps them with its records. */
  readonly unsaved?: UnsavedEdits;
}

/** Edits that are not in the site file. */
export interface UnsavedEdits {
  /** The page that made them. */
  readonly page: string;
  /** YAML or JSON. */
  readonly text: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Of the file that they are based on; missing where there was none. */
  readonly digest?: string;
}

/** A site file that is read for a comparison and not opened. */
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

/** The first check of a medium: signature and catalogue, not the contents of images. */
export interface MediaOverview {
  readonly folder: string;
  readonly release: string;
  readonly created: string;
  readonly expires: string;
  readonly signer: string;
  readonly keyId: string;
  readonly images: readonly {
    readonly file: string;
    readonly components: readonly string[];
    readonly sizeBytes: number;
    readonly present: boolean;
  }[];
}

export type MediaEvent =
  | { readonly kind: 'progress'; readonly files: readonly string[]; readonly amount: Amount }
  | { readonly kind: 'finished'; readonly result: Result<MediaFacts> };

export type PreflightEvent =
  | { readonly kind: 'progress'; readonly item: string; readonly amount: Amount }
  | { readonly kind: 'finished'; readonly result: Result<readonly Finding[]> };

export interface HandoverWritten {
  /** Digest of the plan that was handed over; missing for a bundle of an earlier version. */
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
    /** The site file this session works on; null: none yet. */
    current: oc.output(type<Result<OpenSite | null>>()),
    open: oc.input(sitePath).output(type<Result<OpenSite>>()),
    /** Writes the file. With `digest`, only if the file on disk still has that digest. Without a path: a new draft. */
    save: oc
      .input(input('path', 'text', 'digest', 'page').partial({ path: true, digest: true, page: true }))
      .output(type<Result<OpenSite>>()),
    /** Reads a site file; the session goes on with the one it has. */
    look: oc.input(input('path', 'page')).output(type<Result<SeenSite>>()),
    /** Writes a version that is given up beside the site file, under a name of its own, and gives its path. */
    setAside: oc.input(input('path', 'text').partial({ path: true })).output(type<Result<{ readonly path: string }>>()),
    /** Drops the unsaved edits of a page that main keeps. */
    forget: oc.input(input('path', 'page')).output(type<Result<null>>()),
    /** What was deployed from this file before; null: nothing. Its names are locked until they are released. */
    deployed: oc.input(sitePath).output(type<Result<DeployedSite | null>>()),
    /** From now on the file is about another edge than the one that was deployed from it. No VM is touched. */
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
    /** The certificate that an endpoint shows, for a person to compare before it is pinned. */
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
    /** Plan as JSON, CSV, DNS zone and drawing, beside the site file unless said otherwise. */
    write: oc.input(withOut).output(type<Files>()),
  },
  worksheet: {
    /** The worksheet of missing answers, for print. Works on an incomplete site file. */
    create: oc.input(withOut).output(type<Files>()),
  },
  certificate: {
    request: oc
      .input(input('path', 'out', 'rsa').partial({ out: true, rsa: true }))
      .output(type<Result<RequestWritten>>()),
    /** The chain that the site file names. `password`: of a PKCS#12 file. */
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
    /** Events after `after`, then those to come; ends with `run-finished`. */
    watch: oc.input(input('run', 'after')).output(eventIterator(type<RunEvent>())),
    cancel: oc.input(input('run')).output(type<Result<null>>()),
  },
  handover: {
    create: oc.input(withOut).output(type<Result<HandoverWritten>>()),
    /** The bundle that was written last for this site, without writing a new one; null: none yet. */
    last: oc.input(sitePath).output(type<Result<HandoverWritten | null>>()),
  },
  summary: {
    record: oc.input(sitePath).output(type<Result<RunRecord>>()),
    create: oc.input(withOut).output(type<Files>()),
  },
};
export type Contract = typeof contract;
