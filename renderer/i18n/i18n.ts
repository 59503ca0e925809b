/** The wizard's languages: vue-i18n for templates and core's text for findings and failures, with the same messages. */
import { computed, type ComputedRef } from 'vue';
import { createI18n, useI18n } from 'vue-i18n';
import type { Failure } from '../../core/base/errors.ts';
import type { Finding, FindingInWords } from '../../core/base/findings.ts';
import {
  createText,
  type FailureInWords,
  failureInWords,
  findingInWords,
  type Language,
  type Text,
} from '../../core/base/text.ts';
import { withoutIndexes } from '../models/draft/path.ts';
import { areasOf, messagesOf } from './messages.ts';

export const createTranslations = (language: Language) =>
  createI18n({
    legacy: false,
    locale: language,
    fallbackLocale: 'en',
    // A missing sentence falls back to English, without a warning on the console.
    missingWarn: false,
    fallbackWarn: false,
    messages: { en: messagesOf('en'), fr: messagesOf('fr'), de: messagesOf('de') } as never,
  });

const texts = new Map<string, Text>();

function textOf(language: Language): Text {
  let text = texts.get(language);
  if (text === undefined) {
    text = createText(language, areasOf(language), areasOf('en'));
    texts.set(language, text);
  }
  return text;
}

export interface Words {
  readonly text: ComputedRef<Text>;
  failure(failure: Failure): FailureInWords;
  finding(finding: Finding): FindingInWords;
}

/** The wizard's name of the field at `path`; schema findings use the path. */
function labelOf(text: Text, path: string): string | undefined {
  const key = `wizard.fields.${withoutIndexes(path)}.label`;
  return text.has(key) ? text(key) : undefined;
}

/** Words of findings and failures in the current language. */
export function useWords(): Words {
  const { locale } = useI18n({ useScope: 'global' });
  const text = computed(() => textOf(locale.value as Language));
  return {
    text,
    failure: (failure) => failureInWords(text.value, failure),
    finding(finding) {
      const label = labelOf(text.value, finding.path);
      if (finding.rule === 'site.schema.missing' && label !== undefined) {
        return { ...findingInWords(text.value, finding), message: text.value('wizard.missing', { label }), remedy: '' };
      }
      const named = label !== undefined && 'field' in finding.params;
      return findingInWords(text.value, named ? { ...finding, params: { ...finding.params, field: label } } : finding);
    },
  };
}
