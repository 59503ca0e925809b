/** The messages of each language, merged by area: the file's name is the area. */
import type { Language, Messages } from '../base/text.ts';

const loaders: Readonly<Record<Language, () => Promise<Messages>>> = {
  en: async () => (await import('./en.ts')).areas,
  fr: async () => (await import('./fr.ts')).areas,
  de: async () => (await import('./de.ts')).areas,
};

/** Loaded when first asked for. */
export const loadMessages = (language: Language): Promise<Messages> => loaders[language]();
