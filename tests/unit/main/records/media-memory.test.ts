import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture, type Failure, failure } from '../../../../core/base/errors.ts';
import { emptyMediaState } from '../../../../main/adapters/media/medium/medium.ts';
import { mediaMemory } from '../../../../main/records/media-memory.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edge-memory-'));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});
const file = (): string => join(folder, 'media-memory.json');
const load = () => capture(() => mediaMemory(folder).load());

describe('the memory of media', () => {
  it('is empty on a new laptop, and is read back as saved', async () => {
    expect(await load()).toEqual({ ok: true, value: emptyMediaState });
    const state = {
      signers: { E7620F1842B4E81F: { release: '2026.4', created: '2026-11-20T10:00:00Z' } },
      newestSignedTime: '2026-11-20T10:00:00Z',
      verified: [],
    };
    await mediaMemory(folder).save(state);
    expect(await load()).toEqual({ ok: true, value: state });
  });

  it.each(['', 'garbage', 'null', '[]', '{}', '{"signers":null,"verified":[]}', '{"signers":{"k":{}},"verified":[]}'])(
    'counts as none if it is damaged, with a warning, and is kept aside: %s',
    async (text) => {
      writeFileSync(file(), text);
      const warned: Failure[] = [];
      const memory = mediaMemory(folder, (reason) => warned.push(reason));
      expect(await memory.load()).toEqual(emptyMediaState);
      expect(warned).toEqual([failure('operation', 'files.state-ignored', { path: file(), reason: 'FORMAT' })]);
      expect(readFileSync(file(), 'utf8')).toBe(text);
      await memory.save(emptyMediaState);
      expect(readFileSync(`${file()}.aside`, 'utf8')).toBe(text);
      expect(await load()).toEqual({ ok: true, value: emptyMediaState });
    },
  );

  it('names the file that cannot be written', async () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file in the way');
    const saved = await capture(() => mediaMemory(folder).save(emptyMediaState));
    expect(saved).toMatchObject({ ok: false, failure: { kind: 'operation' } });
    expect(saved.ok ? '' : saved.failure.code).toMatch(/^files\./);
  });
});
