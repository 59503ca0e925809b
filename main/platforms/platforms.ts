/** How each automatic platform is reached: a row for each row of core/platform/platforms.ts. */
import type { platforms } from '../../core/platform/platforms.ts';
import type { PlatformDriver } from './endpoint.ts';
import { vsphereDriver } from './vsphere/driver.ts';

export const drivers: { readonly [Name in keyof typeof platforms]: PlatformDriver } = { vsphere: vsphereDriver };
