import { describe, expect, it } from 'vitest';

/**
 * The scripts are JavaScript without declarations, so they are imported by an address that the compiler does not
 * follow.
 */
const script = (name: string): string => new URL(`../../../scripts/${name}`, import.meta.url).href;
const { breachesIn } = (await import(script('idioms.mjs'))) as {
  readonly breachesIn: (name: string, text: string) => readonly { readonly line: string }[];
};
const { wrapComments } = (await import(script('wrap-comments.mjs'))) as {
  readonly wrapComments: (text: string) => string;
};

const linesOf = (text: string, name = 'core/x.ts'): readonly string[] => breachesIn(name, text).map(({ line }) => line);

describe('the check of idioms', () => {
  it.each([
    ['a built-in error without a word', `const f = () => {\n  throw new Error('x');\n};`, 2],
    ['a Result without its failures', `/** Reads it. */\nexport const f = (): Result<void> => ok();`, 2],
    ['a Result without a docstring', `export async function f(): Promise<Result<void>> {}`, 1],
    ['a line comment above an export', `// Words.\nexport const x = 1;`, 2],
    ['a docstring without a full stop', `/** Words */\nconst x = 1;`, 1],
    ['a tag with a type', `/** Words.\n * @returns a number\n */\nconst f = 1;`, 1],
  ])('finds %s', (_name, text, line) => {
    expect(linesOf(text)).toEqual([expect.stringMatching(new RegExp(`^core/x\\.ts:${line} `))]);
  });

  it.each([
    ['a bug above the throw', `const f = () => {\n  // A bug: the caller knows it.\n  throw new Error('x');\n};`],
    [
      'a bug in the docstring',
      `/** Writes it. An empty text is a bug. */\nfunction f() {\n  throw new TypeError('x');\n}`,
    ],
    ['a signal', `function f() {\n  throw new FailureSignal(reason);\n}`],
    ['a code', '/** Reads it. Fails with `files.gone`. */\nexport const f = (): Result<void> => ok();'],
    ['another function', '/** As {@link g}. */\nexport const f = (): Promise<Result<void>> => g();'],
    ['a parameter', '/**\n * Words.\n * @param x a number in ms\n */\nconst f = (x) => x;'],
    ['a directive above an export', '// oxlint-disable-next-line no-console\nexport const x = 1;'],
  ])('accepts %s', (_name, text) => {
    expect(linesOf(text)).toEqual([]);
  });

  it('looks at failures in core and main only', () => {
    expect(linesOf(`throw new Error('x');`, 'scripts/x.mjs')).toEqual([]);
    expect(linesOf(`throw new Error('x');`, 'renderer/x.ts')).toEqual([]);
  });

  it('reads the script of a component at its line', () => {
    const component = `<template><p /></template>\n<script setup lang="ts">\n/** Words */\nconst x = 1;\n</script>`;
    expect(linesOf(component, 'renderer/x.vue')).toEqual(['renderer/x.vue:3 /** Words */']);
  });
});

describe('wrapping', () => {
  const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');
  const wordsIn = (text: string): readonly string[] => text.match(/word\d+/g) ?? [];

  it.each([
    ['a docstring on one line', `  /** ${words(40)} */\n  const x = 1;`],
    ['a paragraph', `/**\n * ${words(40)}\n *\n * ${words(3)}\n */`],
    ['an item', `/**\n * - ${words(40)}\n * - ${words(3)}\n */`],
    ['line comments', `    // ${words(40)}\n    const x = 1;`],
  ])('brings %s to 120 columns and keeps its words', (_name, text) => {
    const wrapped = wrapComments(text);
    expect(Math.max(...wrapped.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(wordsIn(wrapped)).toEqual(wordsIn(text));
    expect(wrapComments(wrapped)).toBe(wrapped);
  });

  it.each([
    ['a command', `/**\n * Run:\n *\n *     ${words(40)}\n */`],
    ['a table', `/**\n * | ${words(40)} |\n */`],
    ['code', `const x = '${words(40)}';`],
    ['short lines', `/**\n * ${words(3)}\n * ${words(3)}\n */`],
  ])('leaves %s', (_name, text) => {
    expect(wrapComments(text)).toBe(text);
  });
});
