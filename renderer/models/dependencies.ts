/**
 * The inputs of each result of the wizard. A result counts only while its inputs are unchanged, so that results on a
 * host, the medium or a plan do not stay green after a change.
 */

export interface PinnedEndpoint {
  readonly url: string;
  readonly username: string;
  readonly fingerprint: string;
}

/**
 * `file`: path of the site file. `site`: its content. `secrets`: any secret. `medium`: the content of the folder, as
 * far as checked. `deployment`: the VMs on the hosts.
 */
export interface Values {
  readonly file: string | undefined;
  readonly site: number;
  readonly plan: string | undefined;
  readonly url: string;
  readonly username: string;
  readonly fingerprint: string;
  /** Counts of changes of this host's password, and of this domain's private key. */
  readonly password: number;
  readonly key: number;
  readonly secrets: number;
  readonly media: string;
  readonly medium: number;
  readonly fqdn: string;
  readonly chain: string;
  readonly deployment: number;
  readonly handover: string;
}
export type Value = keyof Values;

const checked = ['file', 'site', 'secrets', 'media', 'medium', 'deployment'] as const;

export const dependencies = {
  /** The certificate of a host, and its refusal. */
  'host-certificate': ['url', 'fingerprint'],
  /** The inventory of a host, or the failure. */
  connection: ['url', 'username', 'fingerprint', 'password'],
  /** The result of checking the medium. */
  medium: ['file', 'media'],
  preflight: checked,
  /** The preview of a deployment. */
  preview: checked,
  'certificate-request': ['file', 'fqdn'],
  'certificate-check': ['file', 'fqdn', 'chain', 'key'],
  /** Worksheet and files of the plan. */
  papers: ['file', 'site'],
  summary: ['file', 'site', 'plan', 'deployment', 'handover'],
} as const satisfies Readonly<Record<string, readonly Value[]>>;
export type Outcome = keyof typeof dependencies;

/** The inputs of a result as one text. A result is stored with it and counts while the text is the same. */
export const basisOf = <O extends Outcome>(
  outcome: O,
  values: Pick<Values, (typeof dependencies)[O][number]>,
): string => JSON.stringify(dependencies[outcome].map((name) => values[name as keyof typeof values] ?? null));
