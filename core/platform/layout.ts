/** Looks data centres up in the table of platforms. */
import type { Layout, Platform } from './platform.ts';
import { platforms } from './platforms.ts';

const rows: Readonly<Record<string, Platform>> = platforms;

/** The row of a platform. Undefined if its machines are made by hand. */
export const platformNamed = (name: string): Platform | undefined =>
  Object.hasOwn(rows, name) ? rows[name] : undefined;

export const allPlatforms = (): readonly Platform[] => Object.values(rows);

/** The platform part of a data centre in the site file. */
export interface PlatformSite {
  readonly name: string;
  readonly platform: string;
}

/** A data centre on an automatic platform. */
export interface AutomaticSite {
  readonly platform: Platform;
  readonly section: unknown;
  readonly layout: Layout;
}

/** Undefined if the data centre has no automatic platform, or the section of its platform is missing. */
export function automaticSite(datacentre: PlatformSite): AutomaticSite | undefined {
  const platform = platformNamed(datacentre.platform);
  const section = (datacentre as unknown as Readonly<Record<string, unknown>>)[datacentre.platform];
  return platform === undefined || section === undefined
    ? undefined
    : { platform, section, layout: platform.layout(section) };
}

export const layoutOf = (datacentre: PlatformSite): Layout | undefined => automaticSite(datacentre)?.layout;

/** The layout of the data centre with this name. */
export function layoutNamed(datacentres: readonly PlatformSite[], name: string): Layout | undefined {
  const found = datacentres.find((one) => one.name === name);
  return found && layoutOf(found);
}

/** Whether a failure means that an endpoint's identity differs from the pinned one. */
export const isMismatch = (code: string): boolean => allPlatforms().some(({ mismatch }) => mismatch === code);
