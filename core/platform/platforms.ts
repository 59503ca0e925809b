/** The platforms on which machines are made automatically, a row for each. */
import { vsphere } from './vsphere/platform.ts';

export const platforms = { vsphere };
