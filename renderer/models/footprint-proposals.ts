/** Both footprints for the users that are typed in now, side by side, long before the rest of the site is known. */
import { compareOptions, type ComparedOption } from '../../core/plan/footprint/compare.ts';
import { sizeFootprint, type Sizing, type SizingInput } from '../../core/plan/footprint/size.ts';
import { components, siteSchema } from '../../core/site/schema.ts';
import { valueAt } from './draft/path.ts';
import type { SiteDraft } from './draft/site-text.ts';

const sizingSchema = siteSchema.shape.sizing;
const footprintSchema = siteSchema.shape.footprint;
type Footprint = SizingInput['footprint'];

export interface Proposals {
  /** What counts now: the wish of the draft, else what is proposed. */
  readonly current: Sizing;
  /** The same without overrides: what the tables and the users ask for. */
  readonly needed: Sizing;
  readonly both: readonly ComparedOption[];
}

const parsed = (footprint: Record<string, unknown>): Footprint | undefined => footprintSchema.safeParse(footprint).data;

/** The draft's footprint as far as it is well formed: a figure that is half typed takes the rest with it nowhere. */
function footprintOf(draft: SiteDraft): Footprint {
  const footprint: Record<string, unknown> = {};
  for (const key of ['option', 'scale', 'options', 'redundantMedia']) {
    const value = valueAt(draft, `footprint.${key}`);
    if (value !== undefined && parsed({ [key]: value }) !== undefined) footprint[key] = value;
  }
  const overrides = components.flatMap((component) => {
    const value = valueAt(draft, `footprint.overrides.${component}`);
    if (value === undefined || parsed({ overrides: { [component]: value } }) === undefined) return [];
    return [[component, value] as const];
  });
  return footprintSchema.parse({ ...footprint, overrides: Object.fromEntries(overrides) });
}

/** Undefined while the numbers of users are missing or wrong. */
export function proposalsFor(draft: SiteDraft): Proposals | undefined {
  const sizing = sizingSchema.safeParse(draft['sizing']);
  if (!sizing.success) return undefined;
  const datacentres = Array.isArray(draft['datacentres']) ? draft['datacentres'] : [];
  const footprint = footprintOf(draft);
  const input: SizingInput = { sizing: sizing.data, footprint, datacentres };
  return {
    current: sizeFootprint(input),
    needed: sizeFootprint({ ...input, footprint: { ...footprint, overrides: {} } }),
    both: compareOptions(input),
  };
}
