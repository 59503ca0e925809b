import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  formatPublicKey,
  formatSecretKey,
  generateKeyPair,
  parsePublicKey,
  parseSecretKey,
  signText,
  verifyText,
} from '../../../main/adapters/media/catalogue/minisign.ts';
import { unwrap } from '../../../core/base/errors.ts';
import { temporaryMemory, verifyMedium } from '../../../main/adapters/media/medium/medium.ts';
import { writeSampleMedium } from '../../../main/demo/medium/sample.ts';
import { cheapLockedKey } from '../../fixtures/locked-key.ts';

const data = Buffer.from('{"format":"edge-media/v1"}\n');
let folder = '';
const at = (name: string): string => path.join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'edge-minisign-'));
  writeFileSync(at('data'), data);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const minisign = (args: readonly string[], input?: string): string =>
  execFileSync('minisign', args, {
    cwd: folder,
    encoding: 'utf8',
    input: input ?? '',
    stdio: ['pipe', 'pipe', 'pipe'],
  });

describe('signatures of the minisign tool', () => {
  for (const [kind, flag] of [
    ['prehashed', '-H'],
    ['legacy', '-l'],
  ] as const) {
    it(`are verified by us: ${kind}, plain key`, async () => {
      minisign(['-G', '-W', '-f', '-p', `${kind}.pub`, '-s', `${kind}.key`]);
      minisign(['-S', flag, '-s', `${kind}.key`, '-m', 'data', '-x', `${kind}.sig`, '-t', 'edge-media 2026.4 now']);
      const key = unwrap(parsePublicKey(readFileSync(at(`${kind}.pub`), 'utf8')));
      const verified = verifyText([key], data, readFileSync(at(`${kind}.sig`), 'utf8'));
      expect(verified).toEqual({
        ok: true,
        value: { key, trustedComment: 'edge-media 2026.4 now', prehashed: kind === 'prehashed' },
      });
      const secret = unwrap(await parseSecretKey(readFileSync(at(`${kind}.key`), 'utf8')));
      expect(formatPublicKey(secret)).toBe(readFileSync(at(`${kind}.pub`), 'utf8'));
    });
  }

  it('come from encrypted keys that the product opens', { timeout: 60_000 }, async () => {
    minisign(['-G', '-f', '-p', 'enc.pub', '-s', 'enc.key'], 'pass phrase\npass phrase\n');
    const text = readFileSync(at('enc.key'), 'utf8');
    const key = unwrap(await parseSecretKey(text, 'pass phrase'));
    expect(formatPublicKey(key)).toBe(readFileSync(at('enc.pub'), 'utf8'));
    expect(await parseSecretKey(text)).toMatchObject({ failure: { code: 'media.key-passphrase-missing' } });
    const cheap = await cheapLockedKey(key, 'pass phrase');
    expect(await parseSecretKey(cheap, 'pass phrase')).toEqual({ ok: true, value: key });
    expect(await parseSecretKey(cheap, 'other')).toMatchObject({ failure: { code: 'media.key-passphrase-wrong' } });
  });
});

describe('our signatures and keys', () => {
  it('are verified by the minisign tool, which shows the trusted comment', () => {
    const pair = generateKeyPair();
    writeFileSync(at('ours.pub'), pair.publicKey);
    writeFileSync(at('ours.sig'), signText(pair.secretKey, data, 'edge-media 2026.4 2026-11-20T10:00:00Z'));
    const out = minisign(['-V', '-p', 'ours.pub', '-m', 'data', '-x', 'ours.sig']);
    expect(out).toContain('Trusted comment: edge-media 2026.4 2026-11-20T10:00:00Z');
    writeFileSync(at('other'), 'other');
    expect(
      spawnSync('minisign', ['-V', '-p', 'ours.pub', '-m', 'other', '-x', 'ours.sig'], { cwd: folder }).status,
    ).not.toBe(0);
  });

  it('sign with the minisign tool, plain and encrypted', { timeout: 60_000 }, async () => {
    const pair = generateKeyPair();
    writeFileSync(at('g.pub'), pair.publicKey);
    writeFileSync(at('g.key'), await formatSecretKey(pair.secretKey));
    minisign(['-S', '-s', 'g.key', '-m', 'data', '-x', 'g.sig']);
    expect(minisign(['-V', '-p', 'g.pub', '-m', 'data', '-x', 'g.sig'])).toContain('verified');
    writeFileSync(at('ge.key'), await formatSecretKey(pair.secretKey, 'geheim'));
    minisign(['-S', '-s', 'ge.key', '-m', 'data', '-x', 'ge.sig'], 'geheim\n');
    expect(minisign(['-V', '-p', 'g.pub', '-m', 'data', '-x', 'ge.sig'])).toContain('verified');
    const key = unwrap(parsePublicKey(pair.publicKey));
    expect(verifyText([key], data, readFileSync(at('ge.sig'), 'utf8'))).toMatchObject({ ok: true });
  });
});

it('refuse a catalogue with a legacy signature: the format requires the prehashed kind', async () => {
  minisign(['-G', '-W', '-f', '-p', 'old.pub', '-s', 'old.key']);
  const media = at('media');
  const { secretKey } = generateKeyPair();
  const createdIso = '2026-11-20T10:00:00Z';
  await writeSampleMedium(media, {
    components: ['logs'],
    release: '2026.4',
    createdIso,
    expiresIso: '2027-11-20T00:00:00Z',
    secretKey,
  });
  const verify = () =>
    verifyMedium({
      folder: media,
      trustedKeys: [{ name: 'old', publicKeyText: readFileSync(at('old.pub'), 'utf8') }],
      nowIso: '2026-12-01T00:00:00Z',
      memory: temporaryMemory(),
    });
  const sign = (kind: string) =>
    minisign(['-S', kind, '-s', 'old.key', '-m', 'media/catalogue.json', '-t', `edge-media 2026.4 ${createdIso}`]);
  sign('-l');
  expect(await verify()).toMatchObject({ failure: { kind: 'trust', code: 'media.signature-legacy' } });
  sign('-H');
  expect(await verify()).toMatchObject({ ok: true });
});
