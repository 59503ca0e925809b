/** The table of the automatic platforms, one row each. */
import { vsphere } from './vsphere/platform.ts';

export const platforms = { vsphere };
