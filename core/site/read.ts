/** The site file's text as a site, or as findings with their positions in the text. */
import type { Finding } from '../base/findings.ts';
import { schemaFindings, type SchemaFinding } from './schema-findings.ts';
import { type Site, type SiteInput, siteSchema } from './schema.ts';
import { positionOfKey, positionOfPath } from './yaml-position.ts';
import { type YamlReading, parseYaml } from './yaml.ts';

type DeepPartial<T> = T extends readonly (infer Item)[]
  ? DeepPartial<Item>[]
  : T extends object
    ? { [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
    : T;

/** An incomplete site file. Any part may be missing or wrong. */
export type SiteDraft = DeepPartial<SiteInput>;

export interface SiteReading {
  /** Missing if the text is not a valid site file. */
  readonly site?: Site;
  readonly findings: readonly Finding[];
}

/** A site file's text as a value of any shape. */
export interface ValueReading {
  /** Undefined, with findings, if the text is not a YAML map or if writing it again would lose something. */
  readonly value?: Readonly<Record<string, unknown>>;
  /** All findings are of rule `site.yaml`. */
  readonly findings: readonly Finding[];
  /**
   * Adds line and column of the path, or of its nearest ancestor in the text. For an unknown key it is the key's
   * position.
   */
  readonly locate: (found: SchemaFinding) => Finding;
}

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

const locateIn =
  (reading: YamlReading) =>
  ({ finding, key }: SchemaFinding): Finding => {
    if (finding.line !== undefined || reading.document === undefined) return finding;
    if (key === undefined) return { ...finding, ...positionOfPath(reading, finding.path) };
    const parent = finding.path.slice(0, Math.max(0, finding.path.length - key.length - 1));
    return { ...finding, ...positionOfKey(reading, parent, key) };
  };

/** Reads a text without checking the shape of its value. Never throws. */
export function readValue(text: string): ValueReading {
  const reading = parseYaml(text);
  const locate = locateIn(reading);
  if (reading.faults.length > 0 || reading.document === undefined) return { findings: textFindings(reading), locate };
  // The reader refuses a text that is not a map.
  const value = reading.document.toJS({ maxAliasCount: 0 }) as Readonly<Record<string, unknown>>;
  return { value, findings: [], locate };
}

export interface Shape {
  /** Missing if there are findings. */
  readonly site?: Site;
  readonly findings: readonly SchemaFinding[];
}

/** Checks the shape of a value. Gives findings of rules `site.schema.*`, in the order of the value's fields. */
export function checkShape(value: unknown): Shape {
  const result = siteSchema.safeParse(value);
  return result.success
    ? { site: result.data, findings: [] }
    : { findings: schemaFindings(result.error.issues, value) };
}

/**
 * Reads a site file. Never throws or fails: every fault is a finding of rule `site.yaml` or `site.schema.*` with line
 * and column.
 */
export function readSite(text: string): SiteReading {
  const { value, findings, locate } = readValue(text);
  if (value === undefined) return { findings };
  const shape = checkShape(value);
  return { findings: shape.findings.map(locate), ...(shape.site === undefined ? {} : { site: shape.site }) };
}

/**
 * Reads the text as a draft, with the findings of {@link readSite}; values may be missing or wrong. The draft is empty
 * if there are findings of rule `site.yaml`: the text is not a YAML map, or writing it again would lose something.
 */
export function readDraft(text: string): { readonly draft: SiteDraft; readonly findings: readonly Finding[] } {
  return { draft: readValue(text).value ?? {}, findings: readSite(text).findings };
}
