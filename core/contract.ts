/**
 * The typed API of the product, declared once. The Electron window (over a MessagePort) and the browser page (over a
 * WebSocket) derive their clients from it, main implements it. Expected failures come back as `Result` values.
 * No secret ever comes back: the renderer learns only that one is present.
 */
import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { LeafInWords } from './certificate/report.ts';
import type { Reconciliation } from './deploy.ts';
import type { Result } from './errors.ts';
import type { DeployedSite, MediaFacts, SeenEndpoint } from './facts.ts';
import type { Finding } from './findings.ts';
import type { Amount, RunEvent, RunState } from './run.ts';
import type { RunRecord } from './run-record.ts';
import { languages, type Language } from './text.ts';

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

/** A site file as text. `digest` is the SHA-256 of the text on disk, to notice a change by somebody else. */
export interface OpenSite {
  readonly path: string;
  readonly text: string;
  readonly digest: string;
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

/** The quick look at a medium: signature and catalogue are checked, image contents not yet. */
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

const sitePath = z.object({ path: z.string().min(1) });
const withOut = sitePath.extend({ out: z.string().min(1).optional() });

export const contract = {
  app: {
    info: oc.output(type<AppInfo>()),
    setLanguage: oc.input(z.object({ language: z.enum(languages) })).output(type<Result<null>>()),
  },
  site: {
    /** The site file this session works on; null: none yet. */
    current: oc.output(type<Result<OpenSite | null>>()),
    open: oc.input(sitePath).output(type<Result<OpenSite>>()),
    /** Writes the file. With `digest`, only if the file on disk still has that digest. Without a path: a new draft. */
    save: oc
      .input(
        z.object({
          path: z.string().min(1).optional(),
          text: z.string().max(4_000_000),
          digest: z.string().optional(),
        }),
      )
      .output(type<Result<OpenSite>>()),
    /** What was deployed from this file before; null: nothing. Its names are locked until they are released. */
    deployed: oc.input(sitePath).output(type<Result<DeployedSite | null>>()),
    /** From now on the file is about another edge than the one that was deployed from it. No VM is touched. */
    release: oc.input(sitePath).output(type<Result<null>>()),
  },
  files: {
    list: oc.input(z.object({ folder: z.string().optional() })).output(type<Result<FolderListing>>()),
  },
  secrets: {
    list: oc.output(type<Result<SecretsState>>()),
    set: oc
      .input(z.object({ name: z.string().min(1).max(300), value: z.string().min(1).max(65_536) }))
      .output(type<Result<null>>()),
    delete: oc.input(z.object({ name: z.string().min(1).max(300) })).output(type<Result<boolean>>()),
  },
  endpoint: {
    /** The certificate that an endpoint shows, for a person to compare before it is pinned. */
    certificate: oc.input(z.object({ url: z.string().max(300) })).output(type<Result<ShownCertificate>>()),
    /** What stands behind an endpoint of the site file (its password comes from the secret store). */
    inspect: oc
      .input(z.object({ url: z.string().max(300), username: z.string().max(200), fingerprint: z.string().max(200) }))
      .output(type<Result<SeenEndpoint>>()),
  },
  media: {
    open: oc.input(z.object({ folder: z.string(), site: z.string().optional() })).output(type<Result<MediaOverview>>()),
    verify: oc
      .input(z.object({ folder: z.string(), site: z.string().optional() }))
      .output(eventIterator(type<MediaEvent>())),
  },
  plan: {
    /** Plan as JSON, CSV, DNS zone and drawing, beside the site file unless said otherwise. */
    write: oc.input(withOut).output(type<Files>()),
  },
  worksheet: {
    /** What is still missing, to print. Works on a draft. */
    create: oc.input(withOut).output(type<Files>()),
  },
  certificate: {
    request: oc.input(withOut.extend({ rsa: z.boolean().optional() })).output(type<Result<RequestWritten>>()),
    /** The chain that the site file names. `password`: of a PKCS#12 file. */
    check: oc
      .input(sitePath.extend({ password: z.string().max(1024).optional() }))
      .output(type<Result<ChainChecked>>()),
  },
  preflight: {
    run: oc.input(sitePath).output(eventIterator(type<PreflightEvent>())),
  },
  deploy: {
    /** What a deployment would do now. What it shows is what runs. */
    preview: oc.input(sitePath).output(type<Result<Reconciliation>>()),
  },
  run: {
    /** Check, media, preflight, deploy and keys. `vms`: only these (a retry). */
    start: oc
      .input(sitePath.extend({ vms: z.array(z.string()).optional() }))
      .output(type<Result<{ readonly run: string }>>()),
    /** The run in progress, or the last one of this site; null: none. */
    state: oc.input(sitePath).output(type<RunState | null>()),
    /** Events after `after`, then those to come; ends with `run-finished`. */
    watch: oc
      .input(z.object({ run: z.string(), after: z.number().int().min(0) }))
      .output(eventIterator(type<RunEvent>())),
    cancel: oc.input(z.object({ run: z.string() })).output(type<Result<null>>()),
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
