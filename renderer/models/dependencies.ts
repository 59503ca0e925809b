/**
 * Which values each result of the wizard depends on. A result counts only while all of them are what they were when it was
 * made: what is known of a host, of the medium or of a plan does not stay green after a change.
 */

export interface PinnedEndpoint {
  readonly url: string;
  readonly username: string;
  readonly fingerprint: string;
}

/** `file`: path of the site file. `site`: its content. `secrets`: any secret. `medium`: the content of the folder, as far as it was looked at. `deployment`: what is on the hosts. */
export interface Values {
  readonly file: string | undefined;
  readonly site: number;
  readonly plan: string | undefined;
  readonly url: string;
  readonly username: string;
  readonly fingerprint: string;
  /** Changes of the password of this host, and of the private key of this domain. */
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
  /** The certificate that a host showed, and its refusal. */
  'host-certificate': ['url', 'fingerprint'],
  /** What was seen of a host, or why it could not be reached. */
  connection: ['url', 'username', 'fingerprint', 'password'],
  /** What was seen of the medium, verified or refused. */
  medium: ['file', 'media'],
  preflight: checked,
  /** What a deployment would do. */
  preview: checked,
  'certificate-request': ['file', 'fqdn'],
  'certificate-check': ['file', 'fqdn', 'chain', 'key'],
  /** Worksheet and files of the plan. */
  papers: ['file', 'site'],
  summary: ['file', 'site', 'plan', 'deployment', 'handover'],
} as const satisfies Readonly<Record<string, readonly Value[]>>;
export type Outcome = keyof typeof dependencies;

/** The values that a result depends on, as one text: a result is kept with it and counts while it is the same. */
export const basisOf = <O extends Outcome>(
  outcome: O,
  values: Pick<Values, (typeof dependencies)[O][number]>,
): string => JSON.stringify(dependencies[outcome].map((name) => values[name as keyof typeof values] ?? null));
