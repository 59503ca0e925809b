import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';
import { failure } from '../../../../core/base/errors.ts';
import type { Finding } from '../../../../core/base/findings.ts';
import { areas as english } from '../../../../core/locales/en.ts';
import { infrastructureRules } from '../../../../core/preflight/infrastructure-rules.ts';
import { siteRules } from '../../../../core/preflight/site-rules.ts';
import { createText, failureInWords, findingInWords, type Messages } from '../../../../core/base/text.ts';

const text = createText('en', english, english);
const root = join(import.meta.dirname, '../../../..');

/** Every message by its key. */
function flatten(messages: Messages, prefix = ''): [string, string][] {
  return Object.entries(messages).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[`${prefix}${key}`, value]] : flatten(value, `${prefix}${key}.`),
  );
}
const all = flatten(english);
const placeholders = (message: string): string[] =>
  [...message.matchAll(/\{([a-zA-Z][a-zA-Z0-9]*)\}/g)].map(([, name = '']) => name);

describe('createText', () => {
  const small = createText('fr', { a: { b: 'Bonjour {name}' } }, { a: { b: 'Hello {name}', c: 'Only here' } });

  it('fills placeholders, falls back to English, and gives an unknown key back', () => {
    expect(small('a.b', { name: 'Zoé' })).toBe('Bonjour Zoé');
    expect(small('a.c')).toBe('Only here');
    expect(small('a.unknown')).toBe('a.unknown');
    expect(small('a')).toBe('a');
    expect(small('toString.name')).toBe('toString.name');
    expect([small.has('a.c'), small.has('a'), small.has('a.x')]).toEqual([true, false, false]);
  });

  it('takes values as they are, whatever the message syntax makes of their characters', () => {
    const hostile = '{name} | @:link $t(x) <b>&amp; \\ %{x}';
    expect(small('a.b', { name: hostile })).toBe(`Bonjour ${hostile}`);
    expect(small('a.b', { name: 0 })).toBe('Bonjour 0');
  });

  it('compiles every message and leaves no placeholder open, without a word on the console', () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    for (const [key, message] of all) {
      const params = Object.fromEntries(placeholders(message).map((name) => [name, `<${name}>`]));
      const shown = text(key, params);
      for (const value of Object.values(params)) expect(shown, key).toContain(value);
      expect(shown, key).not.toMatch(/\{[a-zA-Z]+\}/);
    }
    expect(warned.mock.calls).toEqual([]);
    warned.mockRestore();
  });
});

/**
 * `failure(kind, code, params)` calls in our source, with the names of their params; undefined where these are not
 * literal.
 */
function failureCalls(): { file: string; code: string; params: string[] | undefined }[] {
  const files = ['core', 'main'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const found: { file: string; code: string; params: string[] | undefined }[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'failure') {
        const [, code, params] = node.arguments;
        if (code !== undefined && ts.isStringLiteral(code)) {
          found.push({ file, code: code.text, params: paramNames(params) });
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

/** Params that callers add to a failure. */
const addedLater: Readonly<Record<string, readonly string[]>> = { 'media.key-public': ['name'] };

function paramNames(node: ts.Expression | undefined): string[] | undefined {
  if (node === undefined) return [];
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const names = node.properties.map((property) =>
    property.name !== undefined && ts.isIdentifier(property.name) ? property.name.text : undefined,
  );
  return names.every((name) => name !== undefined) ? names : undefined;
}

describe('failures', () => {
  const calls = failureCalls();

  it('are found in the source', () => {
    expect(calls.length).toBeGreaterThan(60);
  });

  it('have title, detail and remedy, each filled by what the failure gives', () => {
    const faults = calls.flatMap(({ file, code, params }) => {
      const [area = '', name = ''] = code.split('.');
      return ['title', 'detail', 'remedy'].flatMap((part) => {
        const key = `${area}.errors.${name}.${part}`;
        const message = all.find(([known]) => known === key)?.[1];
        if (message === undefined) return [`${file}: ${key} has no text`];
        const given = new Set([...(params ?? placeholders(message)), ...(addedLater[code] ?? [])]);
        const open = placeholders(message).filter((one) => !given.has(one));
        return open.map((one) => `${file}: ${key} needs ${one}`);
      });
    });
    expect([...new Set(faults)]).toEqual([]);
  });

  it('come out in words', () => {
    expect(
      failureInWords(text, failure('operation', 'deploy.busy', { pid: 7, host: 'laptop', lock: '/x/lock' })),
    ).toEqual({
      code: 'deploy.busy',
      title: 'A deployment is running already',
      detail: 'Another run of this site is in progress on laptop (process 7).',
      remedy: 'Wait until it ends, or stop it there, then try again. If no installer runs there, delete /x/lock.',
    });
  });
});

describe('findings', () => {
  const finding = (changes: Partial<Finding> & { rule: string }): Finding => ({
    status: 'fail',
    step: 'site',
    path: 'a.b',
    params: {},
    ...changes,
  });
  const rules = [...siteRules, ...infrastructureRules];

  it('have ids that are unique', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });

  it.each(rules.map(({ id, severity }) => [id, severity] as const))(
    '%s has its title, its words and a remedy',
    (id, severity) => {
      const shared = text.has(`rules.${id}.title`) ? `rules.${id}` : id;
      expect(text.has(`${shared}.title`), 'title').toBe(true);
      const words = findingInWords(text, finding({ rule: id, status: severity }));
      expect(words.message).not.toBe('');
      expect(words.message).not.toContain('rules.');
      expect(words.remedy, 'remedy').not.toBe('');
      expect(findingInWords(text, finding({ rule: id, status: 'pass' })).remedy).toBe('');
    },
  );

  it('say the variant, else the status, else the common words', () => {
    const reachable = (variant: string) =>
      findingInWords(
        text,
        finding({ rule: 'infrastructure.reachable', variant, params: { endpoint: 'E', message: 'M', code: 'C' } }),
      );
    expect(reachable('login').message).toBe('E refuses the user name or the password.');
    expect(reachable('login').remedy).toContain('Enter the password again');
    expect(reachable('fault').message).toBe('E cannot be used: M');
    // Nothing was observed, so the placeholders of a remedy would stay empty.
    expect(findingInWords(text, finding({ rule: 'infrastructure.writable', status: 'pending' })).remedy).toBe('');
    expect(findingInWords(text, finding({ rule: 'infrastructure.writable', status: 'pending' })).message).toBe(
      'The endpoints accept changes: not checked yet',
    );
  });

  it('carry position and step', () => {
    expect(findingInWords(text, finding({ rule: 'vsphere.version', line: 3, column: 7 }))).toMatchObject({
      line: 3,
      column: 7,
      path: 'a.b',
      step: 'site',
      rule: 'vsphere.version',
    });
    expect(findingInWords(text, finding({ rule: 'vsphere.version' }))).toMatchObject({
      line: null,
      column: null,
    });
  });
});
