/** Messages in the user's language: a thin layer over the message compiler that the wizard uses too. */
import {
  compile,
  type CoreContext,
  type CoreOptions,
  createCoreContext,
  registerMessageCompiler,
  translate,
} from '@intlify/core-base';
import type { CsvSeparator } from './csv.ts';
import type { Failure, MessageParams } from './errors.ts';
import type { Finding, FindingInWords } from './findings.ts';

export const languages = ['en', 'fr', 'de'] as const;
export type Language = (typeof languages)[number];

/** Messages of one language, nested by area: the merged content of `core/locales/<language>/*.json`. */
export type Messages = { readonly [key: string]: string | Messages };

export interface Text {
  readonly language: Language;
  /** Separator of CSV files: the one that a spreadsheet in this language expects, or the user's choice. */
  readonly separator: CsvSeparator;
  /** The message under `key` with its parameters filled in. An unknown key gives the key itself. */
  (key: string, params?: MessageParams): string;
  has(key: string): boolean;
}

const lookUp = (messages: Messages, key: string): string | undefined => {
  let node: string | Messages | undefined = messages;
  for (const part of key.split('.')) {
    if (typeof node !== 'object' || !Object.hasOwn(node, part)) return undefined;
    node = node[part];
  }
  return typeof node === 'string' ? node : undefined;
};

/** A text function over `messages`; a key that is missing there comes from `fallback` (English). */
export function createText(language: Language, messages: Messages, fallback: Messages): Text {
  // Compiles to data, not to code: the page's policy allows no code made at run time.
  registerMessageCompiler(compile);
  const has = (key: string): boolean => lookUp(messages, key) !== undefined || lookUp(fallback, key) !== undefined;
  const text = (key: string, params: MessageParams = {}): string => {
    const message = lookUp(messages, key) ?? lookUp(fallback, key);
    if (message === undefined) return key;
    // One message at a time: a context over the whole catalogue would look keys up by its own path syntax.
    const options: CoreOptions = {
      locale: language,
      messages: { [language]: { message } },
      // Parameters of messages are values such as `<host>`. They are never shown as HTML, so the compiler's warning is
      // off.
      warnHtmlMessage: false,
    };
    const context = createCoreContext(options) as CoreContext;
    return String(translate(context, 'message', { ...params }));
  };
  return Object.assign(text, { language, has, separator: language === 'en' ? (',' as const) : (';' as const) });
}

/** The same text, with another separator for CSV files. */
export const withSeparator = (text: Text, separator: CsvSeparator): Text =>
  Object.assign((key: string, params?: MessageParams) => text(key, params), {
    language: text.language,
    has: (key: string) => text.has(key),
    separator,
  });

export interface FailureInWords {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
}

/** `media.unsigned` has its words under `media.errors.unsigned`. */
export function failureInWords(text: Text, { code, params }: Failure): FailureInWords {
  const [area = '', ...name] = code.split('.');
  const key = `${area}.errors.${name.join('.')}`;
  return {
    code,
    title: text(`${key}.title`, params),
    detail: text(`${key}.detail`, params),
    remedy: text(`${key}.remedy`, params),
  };
}

/**
 * The words of a finding: `<variant or status>` and `remedy` under `rules.<rule>`, or under the rule's own area
 * (`infrastructure.memory` stands in `infrastructure.json`).
 */
export function findingInWords(text: Text, finding: Finding): FindingInWords {
  const shared = `rules.${finding.rule}`;
  const key = text.has(`${shared}.title`) ? shared : finding.rule;
  const variant = finding.variant ?? finding.status;
  const common = `common.status.${finding.status}`;
  const message = [`${key}.${variant}`, `${key}.${finding.status}`].find((one) => text.has(one)) ?? common;
  const remedy = text.has(`${key}.remedy-${variant}`) ? `${key}.remedy-${variant}` : `${key}.remedy`;
  // A pending rule has no observation, so its remedy has no parameters.
  const unchecked = finding.status === 'pending' && message === common;
  const quiet = unchecked || finding.status === 'pass' || finding.status === 'skipped';
  return {
    rule: finding.rule,
    status: finding.status,
    step: finding.step,
    path: finding.path,
    line: finding.line ?? null,
    column: finding.column ?? null,
    message: text(message, { title: text(`${key}.title`, finding.params), ...finding.params }),
    remedy: quiet || !text.has(remedy) ? '' : text(remedy, finding.params),
  };
}
