import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import messages from '../../../../core/locales/en/media.json' with { type: 'json' };

/** Every refusal in the source has its text, every text its refusal. */

const folders = ['core/media', 'main/adapters/media', 'main/runner', 'main/records', 'main/demo'];
const source = folders
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
  )
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
const areas = ['tar', 'ova', 'ovf', 'xml', 'vmdk', 'manifest', 'certificate', 'file'];
const inParsers = new RegExp(`'((?:${areas.join('|')})-[a-z-]+)'`, 'g');
const codes = new Set([
  ...[...source.matchAll(/'media\.([a-z-]+)'/g)].map(([, code = '']) => code),
  ...[...source.matchAll(inParsers)].map(([, code = '']) => code),
  ...['self', 'key', 'usage', 'chain', 'extension', 'validity'].map((fault) => `certificate-${fault}`),
  ...['present', 'missing', 'short', 'long'].slice(1).map((state) => `image-${state}`),
]);
// Names in the source that look like codes.
for (const other of ['files-storage', 'json']) codes.delete(other);

describe('the texts of media refusals', () => {
  it('are there for every code', () => {
    expect([...codes].filter((code) => !(code in messages.errors)).toSorted()).toEqual([]);
  });
  it('are all used', () => {
    expect(
      Object.keys(messages.errors)
        .filter((code) => !codes.has(code))
        .toSorted(),
    ).toEqual([]);
  });
  it('have title, detail and remedy, and nothing that the message format takes for syntax', () => {
    for (const text of Object.values(messages.errors)) {
      expect(Object.keys(text)).toEqual(['title', 'detail', 'remedy']);
      for (const part of Object.values(text)) expect(part.replaceAll(/\{[a-zA-Z0-9]+\}/g, '')).toMatch(/^[^{}@$|]+$/);
    }
  });
});
