/** Every text that the wizard asks for by a fixed key exists in English. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { phaseNames } from '../../../core/deploy/phases.ts';
import { findingStatuses, steps } from '../../../core/base/findings.ts';
import { outcomes, stages, waitReasons } from '../../../core/run/event.ts';
import { components } from '../../../core/site/schema.ts';

type Tree = { readonly [key: string]: string | Tree };

const folder = fileURLToPath(new URL('../../../', import.meta.url));
const area = (name: string): Tree => JSON.parse(readFileSync(`${folder}core/locales/en/${name}.json`, 'utf8')) as Tree;
const areas: Tree = Object.fromEntries(['wizard', 'steps', 'components', 'deploy'].map((name) => [name, area(name)]));

const at = (key: string): string | Tree | undefined =>
  key
    .split('.')
    .reduce<string | Tree | undefined>((node, part) => (typeof node === 'object' ? node[part] : undefined), areas);

const sources = readdirSync(`${folder}renderer`, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(?:vue|ts)$/.test(file))
  .map((file) => ({ file, text: readFileSync(`${folder}renderer/${file}`, 'utf8') }));

const fixedKeys = sources.flatMap(({ file, text }) =>
  [...text.matchAll(/'((?:wizard|steps|deploy)\.[a-z][\w.-]*)'/g)].map((match) => ({ file, key: match[1] ?? '' })),
);

const fieldPaths = sources.flatMap(({ file, text }) =>
  [...text.matchAll(/<(?:SiteField|PathField)[^>]*?\spath="([^"]+)"/g)].map((match) => ({
    file,
    path: match[1] ?? '',
  })),
);

describe('the words of the wizard', () => {
  it('are found by the reader of this test', () => {
    expect(fixedKeys.length).toBeGreaterThan(150);
    expect(fieldPaths.length).toBeGreaterThan(25);
  });

  it.each(fixedKeys.map(({ file, key }) => [key, file]))('has %s (%s)', (key) => {
    const found = key === 'wizard.call-broken' ? at('wizard.errors.call-broken') : at(key);
    expect(found).toBeDefined();
  });

  it.each(fieldPaths.map(({ path }) => path))('names the field %s', (path) => {
    expect(at(`wizard.fields.${path}.label`)).toBeTypeOf('string');
  });

  it.each([
    ...steps.flatMap((step) => [`steps.${step}.title`, `steps.${step}.lead`]),
    ...findingStatuses.map((status) => `wizard.status.${status}`),
    ...stages.map((stage) => `deploy.stage.${stage}`),
    ...outcomes.flatMap((outcome) => [`deploy.outcome.${outcome}`, `wizard.run.status.${outcome}`]),
    ...outcomes.flatMap((outcome) => [`wizard.run.outcome.${outcome}`, `wizard.run.outcome-about.${outcome}`]),
    ...waitReasons.map((reason) => `deploy.waiting-for.${reason}`),
    ...phaseNames.map((phase) => `deploy.phase.${phase}`),
    ...components.map((component) => `components.${component}`),
  ])('has %s', (key) => {
    expect(at(key)).toBeTypeOf('string');
  });
});
