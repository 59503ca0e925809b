/** French and German say all that English says, about the same values. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { loadMessages } from '../../../core/locales/messages.ts';
import { createText, languages, type Messages } from '../../../core/base/text.ts';
import { messagesOf } from '../../fixtures/words.ts';

/** Every message by its key; areas are the first part of it. */
function flatten(messages: Messages, prefix = ''): [string, string][] {
  return Object.entries(messages).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[`${prefix}${key}`, value]] : flatten(value, `${prefix}${key}.`),
  );
}

/** `{name}` and literals such as `{'@'}`, each as often as it stands there. */
const placeholders = (message: string): string[] =>
  [...message.matchAll(/\{[^{}]*\}/g)].map(([whole]) => whole).toSorted();
const names = (message: string): string[] =>
  [...message.matchAll(/\{([a-zA-Z][a-zA-Z0-9]*)\}/g)].map(([, name = '']) => name);

const jsonFiles = (language: string): string[] =>
  readdirSync(join(import.meta.dirname, '../../../core/locales', language))
    .filter((name) => name.endsWith('.json'))
    .toSorted();

const english = new Map(flatten(messagesOf('en')));

describe.each(languages)('the messages in %s', (language) => {
  it('are all loaded', async () => {
    const loaded = await loadMessages(language);
    expect(
      Object.keys(loaded)
        .map((area) => `${area}.json`)
        .toSorted(),
    ).toEqual(jsonFiles(language));
    expect(loaded).toEqual(messagesOf(language));
  });

  it('compile and show every value that they are given, without a word on the console', () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const own = messagesOf(language);
    const text = createText(language, own, {});
    for (const [key, message] of flatten(own)) {
      const params = Object.fromEntries(names(message).map((name) => [name, `<${name}>`]));
      const shown = text(key, params);
      for (const value of Object.values(params)) expect(shown, key).toContain(value);
      // A bare pipe would cut the message into plural forms, a bare at sign would link to another one.
      const plain = message.replaceAll(/\{([a-zA-Z][a-zA-Z0-9]*)\}/g, '<$1>').replaceAll(/\{'(.*?)'\}/g, '$1');
      expect(shown, key).toBe(plain);
    }
    expect(warned.mock.calls).toEqual([]);
    warned.mockRestore();
  });
});

describe.each(languages.filter((language) => language !== 'en'))('the translation into %s', (language) => {
  const translated = new Map(flatten(messagesOf(language)));

  it('lacks no area', () => {
    expect(jsonFiles(language)).toEqual(jsonFiles('en'));
  });

  it('lacks no message', () => {
    expect([...english.keys()].filter((key) => !translated.has(key))).toEqual([]);
  });

  it('has no message that English lacks', () => {
    expect([...translated.keys()].filter((key) => !english.has(key))).toEqual([]);
  });

  it('has the same placeholders', () => {
    const differing = [...translated].flatMap(([key, message]) => {
      const wanted = placeholders(english.get(key) ?? '').join(' ');
      const given = placeholders(message).join(' ');
      return wanted === given ? [] : [`${key}: ${given} instead of ${wanted}`];
    });
    expect(differing).toEqual([]);
  });

  it('leaves no message empty that English fills', () => {
    const empty = [...translated].filter(([key, message]) => message.trim() === '' && english.get(key) !== '');
    expect(empty.map(([key]) => key)).toEqual([]);
  });
});
