/** All texts, by language and area: `core/locales/<language>/<area>.json` is under `<area>`. */
import { de as vuetifyDe, en as vuetifyEn, fr as vuetifyFr } from 'vuetify/locale';
import { type Language, languages, type Messages } from '../../core/base/text.ts';

const files = import.meta.glob<Messages>('../../core/locales/*/*.json', { eager: true, import: 'default' });

const ofVuetify = { en: vuetifyEn, fr: vuetifyFr, de: vuetifyDe } as unknown as Record<Language, Messages>;

/** The areas of one language; empty without a translation. */
export function areasOf(language: Language): Messages {
  const areas: Record<string, Messages> = {};
  for (const [path, messages] of Object.entries(files)) {
    const [, folder, area] = /\/([^/]+)\/([^/]+)\.json$/.exec(path) ?? [];
    if (folder === language && area !== undefined) areas[area] = messages;
  }
  return areas;
}

export const messagesOf = (language: Language): Messages => ({
  ...areasOf(language),
  $vuetify: ofVuetify[language],
});

/** Languages with a translation of the wizard. */
export const translatedLanguages = languages.filter((language) => 'wizard' in areasOf(language));
