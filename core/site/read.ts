/** The site file's text as a site, or as findings with their places in the text. */
import type { Finding } from '../base/findings.ts';
import { schemaFindings } from './schema-findings.ts';
import { type Site, type SiteInput, siteSchema } from './schema.ts';
import { positionOfKey, positionOfPath } from './yaml-position.ts';
import { type YamlReading, parseYaml } from './yaml.ts';

type DeepPartial<T> = T extends readonly (infer Item)[]
  ? DeepPartial<Item>[]
  : T extends object
    ? { [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
    : T;

/** A site file that is still being written: any part may be missing or wrong. */
export type SiteDraft = DeepPartial<SiteInput>;

export interface SiteReading {
  /** Missing where the text is not a valid site file. */
  readonly site?: Site;
  readonly findings: readonly Finding[];
}

/** A reading that can place findings of later stages in the text. */
export interface LocatedSiteReading extends SiteReading {
  /** What the text says, whatever its shape; undefined where it is no YAML that can be read. */
  readonly value?: unknown;
  readonly locate: (finding: Finding) => Finding;
}

/** Gives a finding its line and column: those of its path, or of the nearest ancestor that the text has. */
export const locateFinding = (reading: YamlReading, finding: Finding): Finding =>
  finding.line === undefined && reading.document !== undefined
    ? { ...finding, ...positionOfPath(reading, finding.path) }
    : finding;

const textFindings = ({ faults }: YamlReading): Finding[] =>
  faults.map(({ line, column, variant, params }) => ({
    rule: 'site.yaml',
    status: 'fail',
    step: 'site',
    path: '',
    line,
    column,
    variant,
    params,
  }));

const byPosition = (one: Finding, other: Finding): number =>
  (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);

/** Findings of the schema for a value that did not come from text; `site` is there when there are none. */
export function checkShape(value: unknown): SiteReading {
  const result = siteSchema.safeParse(value);
  if (result.success) return { site: result.data, findings: [] };
  return {
    findings: schemaFindings(result.error.issues, value).map(({ finding }) => finding),
  };
}

/** Like {@link readSite}, with a function that places later findings in the same text. */
export function readLocatedSite(text: string): LocatedSiteReading {
  const reading = parseYaml(text);
  const locate = (finding: Finding): Finding => locateFinding(reading, finding);
  if (reading.faults.length > 0 || reading.document === undefined) return { findings: textFindings(reading), locate };
  const value: unknown = reading.document.toJS({ maxAliasCount: 0 });
  const result = siteSchema.safeParse(value);
  if (result.success) return { site: result.data, value, findings: [], locate };
  const findings = schemaFindings(result.error.issues, value)
    .map(({ finding, key }): Finding => {
      if (key === undefined) return locate(finding);
      const parent = finding.path.slice(0, Math.max(0, finding.path.length - key.length - 1));
      return { ...finding, ...positionOfKey(reading, parent, key) };
    })
    .toSorted(byPosition);
  return { value, findings, locate };
}

/**
 * Reads a site file. Never throws and never fails: what is wrong is a finding of rule `site.yaml` or `site.schema.*`
 * with line and column, all of them at once.
 */
export function readSite(text: string): SiteReading {
  const { site, findings } = readLocatedSite(text);
  return site === undefined ? { findings } : { site, findings };
}

/**
 * The text as a draft, however incomplete or wrong its values, with the findings of {@link readSite}. The draft is empty
 * where the text is no YAML map or holds something that would get lost: then there are findings of rule `site.yaml`.
 */
export function readDraft(text: string): { readonly draft: SiteDraft; readonly findings: readonly Finding[] } {
  const { findings } = readSite(text);
  const { document, faults } = parseYaml(text);
  if (document === undefined || faults.length > 0) return { draft: {}, findings };
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  return { draft: typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}, findings };
}
