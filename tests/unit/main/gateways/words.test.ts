/** Each failure of SSH and of the configuration has its words, and no words are left over. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFiles } from '../../../../main/gateways/apply-program.ts';
import { applyScript } from '../../../../main/gateways/apply-script.ts';
import { confirmScript, lookScript, recordScript, rollbackScript } from '../../../../main/gateways/gateway-script.ts';
import { messagesOf } from '../../../fixtures/words.ts';

const main = join(import.meta.dirname, '../../../../main');

it.each([
  ['ssh', ['adapters/ssh', 'runner']],
  ['configure', ['gateways', 'runner']],
])('the codes of %s', (area, folders) => {
  const sources = folders.flatMap((folder) =>
    readdirSync(join(main, folder))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(main, folder, name), 'utf8')),
  );
  const names = sources.flatMap((text) =>
    [...text.matchAll(/'([a-z]+)\.([a-z-]+)'/g)].flatMap(([, one, name = '']) => (one === area ? [name] : [])),
  );
  const codes: string[] = [...new Set(names)];
  const { errors = {} } = messagesOf('en')[area] as Record<string, Record<string, unknown>>;
  expect(codes.toSorted()).toEqual(Object.keys(errors).toSorted());
});

it.each([
  'relative',
  '/file',
  '/etc/../x',
  '/etc/a b',
  "/etc/it's",
  '/etc/x\n',
  '/etc//x',
  '/etc/.',
  '/etc/x/',
  '/etc/..',
])('the path %j is a bug', (path) => {
  expect(() => checkFiles([{ path, mode: 0o644, content: '', secret: false }])).toThrow(TypeError);
});

it('two files of one path, or a unit that is none, are bugs', () => {
  const file = { path: '/etc/.hidden/wg0.conf', mode: 0o600, content: '', secret: true };
  expect(() => checkFiles([file])).not.toThrow();
  expect(() => checkFiles([file, file])).toThrow(TypeError);
  expect(() => checkFiles([{ ...file, service: { unit: 'a b', action: 'restart' } }])).toThrow(TypeError);
});

describe.each(['/bin/dash', '/bin/busybox'])('the programs for a gateway in %s', (shell) => {
  it.skipIf(!existsSync(shell))('are whole', () => {
    for (const script of [lookScript, applyScript, confirmScript, rollbackScript, recordScript]) {
      const words = shell.endsWith('busybox') ? ['sh', '-n'] : ['-n'];
      expect(() => execFileSync(shell, words, { input: script, stdio: 'pipe' })).not.toThrow();
      expect(() => execFileSync(shell, words, { input: `${script}fi`, stdio: 'pipe' })).toThrow(/./);
    }
  });
});
