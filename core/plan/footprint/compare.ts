/** Compares both footprint options for a site: what each needs, and why one of them is proposed. */
import { prefixFor } from '../../network/ipv4.ts';
import { neededAddresses } from '../network/address-plan.ts';
import { type FootprintOption, reasonsForLarge, sizeFootprint, type Sizing, type SizingInput } from './size.ts';

export interface OptionTotals {
  readonly vms: number;
  readonly vcpu: number;
  readonly memoryGb: number;
  /** Standard and premium together, and each class. */
  readonly diskGb: number;
  readonly standardGb: number;
  readonly premiumGb: number;
  /** Servers and VIPs. */
  readonly lanAddresses: number;
  readonly wanAddresses: number;
  /** The longest prefixes that hold them; on the WAN with its gateway. Null: none does. */
  readonly lanPrefix: number | null;
  readonly wanPrefix: number | null;
}

export interface ComparedOption {
  readonly option: FootprintOption;
  readonly proposed: boolean;
  /** Locale key suffixes under `plan.why` that rule this option out. Empty: it is possible. */
  readonly ruledOutBy: readonly string[];
  readonly sizing: Sizing;
  readonly totals: OptionTotals;
}

/** Totals of a sizing without making a plan. Sizes in GB. */
export function sizingTotals(sizing: Sizing): OptionTotals {
  const totals = { vms: 0, vcpu: 0, memoryGb: 0, standardGb: 0, premiumGb: 0 };
  for (const { quantity, vcpu, memoryGb, disks } of sizing.components) {
    totals.vms += quantity;
    totals.vcpu += quantity * vcpu;
    totals.memoryGb += quantity * memoryGb;
    for (const disk of disks) totals[disk.class === 'premium' ? 'premiumGb' : 'standardGb'] += quantity * disk.sizeGb;
  }
  const lanAddresses = neededAddresses(sizing, 'lan');
  const wanAddresses = neededAddresses(sizing, 'wan');
  return {
    ...totals,
    diskGb: totals.standardGb + totals.premiumGb,
    lanAddresses,
    wanAddresses,
    lanPrefix: prefixFor(lanAddresses) ?? null,
    wanPrefix: prefixFor(wanAddresses + 1) ?? null,
  };
}

/** Small and large for the same users, options and overrides; the option that `auto` picks is the proposed one. */
export function compareOptions(site: SizingInput): readonly ComparedOption[] {
  const of = (option: 'auto' | FootprintOption): Sizing =>
    sizeFootprint({ ...site, footprint: { ...site.footprint, option } });
  const proposed = of('auto').option;
  return (['small', 'large'] as const).map((option) => {
    const sizing = of(option);
    return {
      option,
      proposed: option === proposed,
      ruledOutBy: option === 'small' ? reasonsForLarge(site) : [],
      sizing,
      totals: sizingTotals(sizing),
    };
  });
}
