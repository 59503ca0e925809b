/**
 * What core knows of a platform: the section of the site file that describes it, what that section says in the terms of every
 * platform, and rules of its own. A platform is one folder here, one in main/platforms, and a row in each table.
 */
import type { z } from 'zod';
import type { Observation, Step } from '../base/findings.ts';
import type { EndpointInventory } from './inventory.ts';

/** One endpoint of a data centre as the site file describes it. */
export interface EndpointLayout {
  readonly url: string;
  /** As the firewall team needs them; the host is empty where `url` cannot be read. */
  readonly host: string;
  readonly port: number;
  /** Path of its entry in the platform's section. */
  readonly path: string;
  /** What the endpoint has to show of itself. Missing: the platform pins nothing. */
  readonly pin?: {
    /** Path in the platform's section. */
    readonly path: string;
    /** Missing: nobody compared it yet. */
    readonly value?: string;
  };
  /** Name of its secret in the store, for a site. Missing: the platform needs none. */
  readonly secret?: (site: string) => string;
}

/** A data centre in the terms of every platform. Paths begin at the platform's section. */
export interface Layout {
  readonly endpoints: readonly EndpointLayout[];
  /** Where disks go, by their class. */
  readonly storage: { readonly standard: string; readonly premium: string };
  readonly storagePath: string;
  /** Networks of the platform, by the plan's networks. */
  readonly networks: { readonly lan: string; readonly wan: string };
}

interface RuleRow {
  readonly id: string;
  readonly step: Step;
  readonly severity: 'fail' | 'warn';
}

/** Looks at a data centre as it is written. `path` leads to its section of the site file. */
export interface SectionRule<Section> extends RuleRow {
  readonly about: 'section';
  check(datacentre: {
    readonly name: string;
    readonly section: Section;
    readonly path: string;
  }): readonly Observation[];
}

/** Looks at what one endpoint has. `path` leads to the section of its data centre. */
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
  /** Of a data centre in the site file, under the platform's name. */
  readonly section: z.ZodType<Section>;
  /** Without its section a data centre of this platform is a fault; otherwise it is set up by hand. */
  readonly isSectionRequired: boolean;
  /** The section of a new data centre in the wizard. */
  readonly starter: Readonly<Record<string, unknown>>;
  /**
   * Values for fields of the section that are not filled in yet, in two sets that differ in each value. By path in the section;
   * `*` is an index of a list, and `#` in a text its number from 1.
   */
  readonly standIns: Readonly<Record<string, readonly [unknown, unknown]>>;
  /** An image is uploaded once to an endpoint, and its machines are made from that. Otherwise each machine uploads it. */
  readonly keepsImages: boolean;
  /** Code of the failure of an endpoint that shows something else than was pinned. */
  readonly mismatch: string;
  /** Locale key suffix under `plan.firewall.reason`. */
  readonly firewallReason: string;
  layout(section: Section): Layout;
  /** The section of a draft; texts that are missing or no texts are empty. */
  sectionOfDraft(draft: unknown): Section;
  /** Field of the section that lists its endpoints. */
  readonly endpointList: string;
  /** What the worksheet asks the platform's administrator for. Paths begin at the section, or at the endpoint. */
  readonly worksheet: {
    readonly ofEndpoint: readonly string[];
    readonly ofSection: readonly string[];
    /** Ids of tasks. */
    readonly tasks: readonly string[];
  };
  readonly rules: readonly PlatformRule<Section>[];
}
