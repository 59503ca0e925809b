/** Both footprints for the users that are typed in now, side by side, long before the rest of the site is known. */
import { type FootprintOption, sizeFootprint, type Sizing } from '../../core/footprint/size.ts';
import { siteSchema } from '../../core/site/schema.ts';
import type { SiteDraft } from '../stores/site-text.ts';

export interface Proposal {
  readonly option: FootprintOption;
  readonly proposed: boolean;
  readonly sizing: Sizing;
  readonly totals: {
    readonly vms: number;
    readonly vcpu: number;
    readonly memoryGb: number;
    readonly diskGb: number;
    readonly premiumGb: number;
  };
}

const sizingSchema = siteSchema.shape.sizing;
const footprintSchema = siteSchema.shape.footprint;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function totalsOf({ components }: Sizing): Proposal['totals'] {
  const over = (amount: (component: Sizing['components'][number]) => number): number =>
    sum(components.map((component) => component.quantity * amount(component)));
  return {
    vms: over(() => 1),
    vcpu: over(({ vcpu }) => vcpu),
    memoryGb: over(({ memoryGb }) => memoryGb),
    diskGb: over(({ disks }) => sum(disks.map(({ sizeGb }) => sizeGb))),
    premiumGb: over(({ disks }) => sum(disks.map((disk) => (disk.class === 'premium' ? disk.sizeGb : 0)))),
  };
}

export interface Proposals {
  /** What counts now: the wish of the draft, else what is proposed. */
  readonly current: Sizing;
  readonly both: readonly Proposal[];
}

/** Undefined while the numbers of users are missing or wrong. */
export function proposalsFor(draft: SiteDraft): Proposals | undefined {
  const sizing = sizingSchema.safeParse(draft['sizing']);
  const footprint = footprintSchema.safeParse(draft['footprint'] ?? {});
  if (!sizing.success || !footprint.success) return undefined;
  const datacentres = Array.isArray(draft['datacentres']) ? draft['datacentres'] : [];
  const sized = (option: 'auto' | FootprintOption): Sizing =>
    sizeFootprint({ sizing: sizing.data, footprint: { ...footprint.data, option }, datacentres });
  const proposed = sized('auto').option;
  const both = (['small', 'large'] as const).map((option) => {
    const one = sized(option);
    return { option, proposed: option === proposed, sizing: one, totals: totalsOf(one) };
  });
  return { current: sized(footprint.data.option), both };
}
