/** The evidence of a medium, checked with `minisign`, `sha256sum` and a shell, without this tool. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../../core/base/errors.ts';
import { recheckCommands } from '../../../core/media/proof.ts';
import { temporaryMemory, verifyMedium, type MediaEvidence } from '../../../main/adapters/media/medium/medium.ts';
import { generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { writeSampleMedium } from '../../../main/demo/medium/sample.ts';
import { verifyFolder, type MediaServices } from '../../../main/runner/media.ts';
import { keepMedia } from '../../../main/records/kept-media.ts';

const pair = generateKeyPair();
let folder = '';
let media = '';
let proof = '';
let evidence: MediaEvidence;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'edge-proof-'));
  media = path.join(folder, 'media');
  await writeSampleMedium(media, {
    components: ['edge-gw', 'logs'],
    release: '2026.4',
    createdIso: '2026-11-20T10:00:00Z',
    expiresIso: '2027-11-20T00:00:00Z',
    secretKey: pair.secretKey,
  });
  const trustedKeys = [{ name: 'ale', publicKeyText: pair.publicKey }];
  const now = '2026-12-01T00:00:00Z';
  evidence = unwrap(await verifyMedium({ folder: media, trustedKeys, nowIso: now, memory: temporaryMemory() }));
  const services: MediaServices = {
    stateDir: folder,
    trustedKeys,
    imageIssuers: [],
    version: '1',
    now: () => new Date(now),
    warn: () => undefined,
  };
  const { signal } = new AbortController();
  const { facts } = unwrap(await verifyFolder(services, media, signal, () => undefined));
  unwrap(await keepMedia(folder, 'acme', facts));
  proof = path.join(folder, 'sites', 'acme', 'media');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (cwd: string, command: string) => spawnSync('sh', ['-ec', command], { cwd, encoding: 'utf8' });

describe('the commands of the evidence', () => {
  it('succeed in its folder', () => {
    const commands = recheckCommands(evidence);
    expect(commands).toHaveLength(4);
    for (const command of commands) expect(inFolder(media, command), command).toMatchObject({ status: 0 });
  });

  it('fail for altered files, each for its own file', () => {
    const copy = path.join(folder, 'copy');
    execFileSync('cp', ['-r', media, copy]);
    appendFileSync(path.join(copy, 'logs.ova'), 'x');
    appendFileSync(path.join(copy, 'catalogue.json'), ' ');
    const outcomes = recheckCommands(evidence).map((command) => inFolder(copy, command).status === 0);
    expect(outcomes).toEqual([false, false, true, false]);
  });
});

describe('the files of the evidence', () => {
  it('prove the catalogue without the medium', () => {
    const check = inFolder(proof, 'minisign -V -p signing-key.pub -m catalogue.json');
    expect(check).toMatchObject({ status: 0 });
    expect(check.stdout).toContain('edge-media 2026.4 2026-11-20T10:00:00Z');
    for (const name of ['catalogue.json', 'catalogue.json.minisig']) {
      expect(readFileSync(path.join(proof, name))).toEqual(readFileSync(path.join(media, name)));
    }
  });

  it('contain the hashes of the medium in the format of sha256sum', () => {
    const check = inFolder(media, `sha256sum -c --strict '${path.join(proof, 'SHA256SUMS')}'`);
    expect(check.stdout).toBe('catalogue.json: OK\nedge-gw.ova: OK\nlogs.ova: OK\n');
  });
});
