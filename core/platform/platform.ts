/**
 * The interface of a platform in core: its section of the site file, the section in common terms, and its rules. A
 * platform is one folder in core/platform, one in main/platforms, and a row in each table.
 */
import type { z } from 'zod';
import type { Observation, Step } from '../base/findings.ts';
import type { EndpointInventory } from './inventory.ts';

/** One endpoint of a data centre as the site file describes it. */
export interface EndpointLayout {
  readonly url: string;
  /** Host and port for the firewall team; the host is empty if `url` is invalid. */
  readonly host: string;
  readonly port: number;
  /** Path of its entry in the platform's section. */
  readonly path: string;
  /** The pinned identity of the endpoint. Missing if the platform pins nothing. */
  readonly pin?: {
    /** Path in the platform's section. */
    readonly path: string;
    /** Missing until a person has compared it. */
    readonly value?: string;
  };
  /** Name of its secret in the store, for a site. Missing if the platform needs none. */
  readonly secret?: (site: string) => string;
}

/** A data centre in the terms of every platform. Paths begin at the platform's section. */
export interface Layout {
  readonly endpoints: readonly EndpointLayout[];
  /** Storage name by disk class. */
  readonly storage: { readonly standard: string; readonly premium: string };
  readonly storagePath: string;
  /** Network name of the platform by network of the plan. */
  readonly networks: { readonly lan: string; readonly wan: string };
}

interface RuleRow {
  readonly id: string;
  readonly step: Step;
  readonly severity: 'fail' | 'warn';
}

/** Checks a data centre as written. `path` is its section of the site file. */
export interface SectionRule<Section> extends RuleRow {
  readonly about: 'section';
  check(datacentre: {
    readonly name: string;
    readonly section: Section;
    readonly path: string;
  }): readonly Observation[];
}

/** Checks the inventory of one endpoint. `path` is the section of its data centre. */
export interface InventoryRule<Section> extends RuleRow {
  readonly about: 'inventory';
  check(endpoint: {
    readonly inventory: EndpointInventory;
    readonly section: Section;
    readonly path: string;
  }): readonly Observation[];
}

export type PlatformRule<Section = unknown> = SectionRule<Section> | InventoryRule<Section>;

export interface Platform<Section = unknown> {
  readonly name: string;
  /** Schema of the data centre's section under the platform's name. */
  readonly section: z.ZodType<Section>;
  /** If true, a missing section is a fault; otherwise the data centre is then set up by hand. */
  readonly isSectionRequired: boolean;
  /** The wizard's section for a new data centre. */
  readonly starter: Readonly<Record<string, unknown>>;
  /**
   * Placeholders for empty fields of the section, in two sets that differ in each value. By path in the section; `*` is
   * an index of a list, and `#` in a text its number from 1.
   */
  readonly placeholders: Readonly<Record<string, readonly [unknown, unknown]>>;
  /** Whether an endpoint keeps an uploaded image for all its machines. Otherwise each machine uploads it. */
  readonly keepsImages: boolean;
  /** Failure code of an endpoint whose identity differs from the pinned one. */
  readonly mismatch: string;
  /** Locale key suffix under `plan.firewall.reason`. */
  readonly firewallReason: string;
  layout(section: Section): Layout;
  /** The section of a draft; missing or malformed texts are empty. */
  sectionOfDraft(draft: unknown): Section;
  /** Field of the section that lists its endpoints. */
  readonly endpointList: string;
  /** Fields that the worksheet asks of the platform's administrator. Paths begin at the section, or at the endpoint. */
  readonly worksheet: {
    readonly ofEndpoint: readonly string[];
    readonly ofSection: readonly string[];
    /** Ids of tasks. */
    readonly tasks: readonly string[];
  };
  readonly rules: readonly PlatformRule<Section>[];
}
