import type { Messages } from '../text.ts';

export const areas: Messages = {};
