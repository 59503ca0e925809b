import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unwrap } from '../../../../../../core/base/errors.ts';
import { type CreateOptions, createMedium } from '../../../../../../main/adapters/media/catalogue/create.ts';
import {
  confirmUnchanged,
  openMedium,
  temporaryMemory,
  verifyMedium,
} from '../../../../../../main/adapters/media/medium/medium.ts';
import type { VerifyOptions } from '../../../../../../main/adapters/media/medium/medium.ts';
import {
  formatSecretKey,
  generateKeyPair,
  signText,
} from '../../../../../../main/adapters/media/catalogue/minisign.ts';
import { writeSampleMedium } from '../../../../../../main/demo/medium/sample.ts';

const pair = generateKeyPair();
const components = ['edge-gw', 'logs', 'backup'];
const sample = {
  components,
  release: '2026.4',
  createdIso: '2026-11-20T10:00:00Z',
  expiresIso: '2027-11-20T00:00:00Z',
  secretKey: pair.secretKey,
};
let folder = '';
const at = (name: string): string => path.join(folder, name);
const options = (more: Partial<VerifyOptions> = {}): VerifyOptions => ({
  folder,
  trustedKeys: [{ name: 'ale-2026', publicKeyText: pair.publicKey }],
  nowIso: '2026-12-01T00:00:00Z',
  memory: temporaryMemory(),
  toolVersion: '0.1.0',
  ...more,
});

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'edge-medium-'));
  await writeSampleMedium(folder, sample);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a valid medium', () => {
  it('is verified, with evidence for each image', async () => {
    const seen: string[] = [];
    const evidence = unwrap(await verifyMedium(options({ onProgress: ({ file }) => seen.push(file) })));
    expect(evidence).toMatchObject({
      folder,
      release: '2026.4',
      signer: { name: 'ale-2026', keyId: pair.secretKey.keyId },
      trustedComment: 'edge-media 2026.4 2026-11-20T10:00:00Z',
      clockSuspect: false,
      missingComponents: [],
    });
    expect(evidence.images.map(({ file }) => file)).toEqual(['edge-gw.ova', 'logs.ova', 'backup.ova']);
    expect(new Set(seen)).toEqual(new Set(['edge-gw.ova', 'logs.ova', 'backup.ova']));
    expect(evidence.images[0]?.descriptor.networks).toEqual(['LAN', 'WAN']);
    for (const image of evidence.images) expect(await confirmUnchanged(folder, image)).toMatchObject({ ok: true });
  });

  it('is read only as far as the plan needs, and missing images are listed', async () => {
    const evidence = unwrap(await verifyMedium(options({ components: ['logs', 'mailer'] })));
    expect(evidence.images.map(({ file }) => file)).toEqual(['logs.ova']);
    expect(evidence.missingComponents).toEqual(['mailer']);
  });

  it('is not read again while it is unchanged, and is read again after a change', async () => {
    const memory = temporaryMemory();
    unwrap(await verifyMedium(options({ memory })));
    const second = unwrap(await verifyMedium(options({ memory })));
    expect(second.images.map(({ reused }) => reused)).toEqual([true, true, true]);
    copyFileSync(at('logs.ova'), at('copy'));
    renameSync(at('copy'), at('logs.ova'));
    const third = unwrap(await verifyMedium(options({ memory })));
    expect(third.images.map(({ reused }) => reused)).toEqual([true, false, true]);
    const newVersion = unwrap(await verifyMedium(options({ memory, toolVersion: '0.2.0' })));
    expect(newVersion.images.map(({ reused }) => reused)).toEqual([false, false, false]);
  });

  it('is read again on request, after the visit, and after a clock change', async () => {
    const memory = temporaryMemory();
    unwrap(await verifyMedium(options({ memory })));
    const reused = async (more: Partial<VerifyOptions>): Promise<unknown> =>
      unwrap(await verifyMedium(options({ memory, ...more }))).images.map((image) => image.reused);
    expect(await reused({ nowIso: '2026-12-01T11:00:00Z' })).toEqual([true, true, true]);
    expect(await reused({ again: true })).toEqual([false, false, false]);
    expect(await reused({ nowIso: '2026-12-01T13:00:00Z' })).toEqual([false, false, false]);
    expect(await reused({ nowIso: '2015-01-01T00:00:00Z' })).toEqual([false, false, false]);
  });

  it('shows its contents after the quick check', async () => {
    rmSync(at('logs.ova'));
    truncateSync(at('backup.ova'), 1000);
    const contents = unwrap(await openMedium(options()));
    expect(contents.images.map(({ file, state }) => [file, state])).toEqual([
      ['edge-gw.ova', 'present'],
      ['logs.ova', 'missing'],
      ['backup.ova', 'short'],
    ]);
  });
});

describe('the five refusals of a medium', () => {
  const refusal = async (more: Partial<VerifyOptions> = {}): Promise<unknown> => {
    const opened = await openMedium(options(more));
    const verified = await verifyMedium(options(more));
    expect(opened.ok || opened.failure).toEqual(verified.ok || verified.failure);
    return verified.ok ? 'accepted' : `${verified.failure.kind} ${verified.failure.code}`;
  };

  it('is refused if it is unsigned', async () => {
    rmSync(at('catalogue.json.minisig'));
    expect(await refusal()).toBe('trust media.unsigned');
  });

  it('is refused if an unknown key signed it', async () => {
    const other = generateKeyPair();
    expect(await refusal({ trustedKeys: [{ name: 'x', publicKeyText: other.publicKey }] })).toBe(
      'trust media.signature-unknown-key',
    );
    expect(await refusal({ trustedKeys: [] })).toBe('trust media.signature-unknown-key');
  });

  it('is refused as invalid with other data, another comment, a damaged or empty signature', async () => {
    const good = readFileSync(at('catalogue.json.minisig'), 'utf8');
    appendFileSync(at('catalogue.json'), ' ');
    expect(await refusal()).toBe('trust media.signature-invalid');
    const text = readFileSync(at('catalogue.json'));
    writeFileSync(
      at('catalogue.json.minisig'),
      signText(pair.secretKey, text, 'edge-media 2026.5 2026-11-20T10:00:00Z'),
    );
    expect(await refusal()).toBe('trust media.signature-comment');
    writeFileSync(at('catalogue.json.minisig'), good.replace('2026.4', '2026.5'));
    writeFileSync(at('catalogue.json'), text.subarray(0, -1));
    expect(await refusal()).toBe('trust media.signature-invalid');
    writeFileSync(at('catalogue.json'), text);
    writeFileSync(at('catalogue.json.minisig'), 'x'.repeat(2_000_000));
    expect(await refusal()).toBe('trust media.signature-format');
    for (const damaged of ['', 'x', good.slice(0, 100), good.replace(/^(.*\n).{4}/, '$1AAAA')]) {
      writeFileSync(at('catalogue.json.minisig'), damaged);
      expect(await refusal()).toBe('trust media.signature-format');
    }
  });

  it('is refused if it is expired, also when the clock was set back behind a signed time', async () => {
    expect(await refusal({ nowIso: '2027-11-20T00:00:00Z' })).toBe('trust media.expired');
    const memory = temporaryMemory({ signers: {}, verified: [], newestSignedTime: '2028-01-01T00:00:00Z' });
    expect(await refusal({ memory })).toBe('trust media.expired');
  });

  it('is refused if it is expired after the signed time of a medium with refused images', async () => {
    const memory = temporaryMemory();
    await writeSampleMedium(folder, {
      ...sample,
      createdIso: '2029-01-01T00:00:00Z',
      expiresIso: '2030-01-01T00:00:00Z',
    });
    rmSync(at('logs.ova'));
    expect(await verifyMedium(options({ memory }))).toMatchObject({ failure: { code: 'media.image-missing' } });
    await writeSampleMedium(folder, sample);
    expect(await refusal({ memory })).toBe('trust media.expired');
  });

  it('is refused as a rollback, per signer', async () => {
    const memory = temporaryMemory();
    await writeSampleMedium(folder, { ...sample, release: '2026.10' });
    unwrap(await verifyMedium(options({ memory })));
    await writeSampleMedium(folder, sample);
    expect(await refusal({ memory })).toBe('trust media.rollback');
    const other = generateKeyPair();
    await writeSampleMedium(folder, { ...sample, secretKey: other.secretKey });
    expect(await refusal({ memory, trustedKeys: [{ name: 'o', publicKeyText: other.publicKey }] })).toBe('accepted');
  });

  it('is not refused for a clock behind the signature, which is a finding', async () => {
    const evidence = unwrap(await verifyMedium(options({ nowIso: '2016-01-01T00:00:00Z' })));
    expect(evidence.clockSuspect).toBe(true);
  });
});

it('names missing, short and long files together', async () => {
  rmSync(at('logs.ova'));
  truncateSync(at('backup.ova'), 1000);
  const verified = await verifyMedium(options());
  expect(verified).toMatchObject({
    failure: { kind: 'trust', code: 'media.images-incomplete', params: { count: 2, files: 'logs.ova, backup.ova' } },
  });
});

describe('a file that is', () => {
  const code = async (memory = temporaryMemory()): Promise<unknown> => {
    const verified = await verifyMedium(options({ memory }));
    return verified.ok ? 'accepted' : [verified.failure.kind, verified.failure.code, verified.failure.params['file']];
  };
  it('missing', async () => {
    rmSync(at('logs.ova'));
    expect(await code()).toEqual(['trust', 'media.image-missing', 'logs.ova']);
  });
  it('short', async () => {
    truncateSync(at('logs.ova'), 1024);
    expect(await code()).toEqual(['trust', 'media.image-short', 'logs.ova']);
  });
  it('long', async () => {
    appendFileSync(at('logs.ova'), Buffer.alloc(512));
    expect(await code()).toEqual(['trust', 'media.image-long', 'logs.ova']);
  });
  for (const place of [0, 300, 2000, 100_000]) {
    it(`altered in one bit at byte ${place}, also after it was verified`, async () => {
      const memory = temporaryMemory();
      const before = unwrap(await verifyMedium(options({ memory })));
      const bytes = readFileSync(at('logs.ova'));
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      writeFileSync(at('logs.ova'), bytes);
      const image = before.images.find(({ file }) => file === 'logs.ova');
      const confirmed = image === undefined ? undefined : await confirmUnchanged(folder, image);
      expect(confirmed).toMatchObject({ failure: { kind: 'trust', code: 'media.file-changed' } });
      expect(await code(memory)).toEqual(['trust', 'media.image-altered', 'logs.ova']);
    });
  }
});

it('a swap with the same size and restored times is detected before deployment', async () => {
  const evidence = unwrap(await verifyMedium(options()));
  const [image] = evidence.images;
  const bytes = readFileSync(at('edge-gw.ova'));
  const { atime, mtime } = statSync(at('edge-gw.ova'));
  bytes[4096] = (bytes[4096] ?? 0) ^ 1;
  writeFileSync(at('edge-gw.ova'), bytes);
  utimesSync(at('edge-gw.ova'), atime, mtime);
  expect(statSync(at('edge-gw.ova')).mtimeMs).toBeCloseTo(mtime.getTime(), -1);
  const confirmed = image === undefined ? undefined : await confirmUnchanged(folder, image);
  expect(confirmed).toMatchObject({ failure: { kind: 'trust', code: 'media.file-changed' } });
});

it('stops at once when it is cancelled', async () => {
  const stop = new AbortController();
  const verified = await verifyMedium(options({ signal: stop.signal, onProgress: () => stop.abort() }));
  expect(verified).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
});

describe('a medium made by media create', () => {
  it("is accepted by the customer's side", async () => {
    const made = unwrap(
      await createMedium({
        folder,
        secretKeyText: await formatSecretKey(pair.secretKey),
        release: '2026.5',
        created: '2026-11-21T00:00:00Z',
        expires: '2027-11-20T00:00:00Z',
        components: { 'backup.ova': ['backup', 'metrics'] },
      }),
    );
    const evidence = unwrap(await verifyMedium(options({ components: ['metrics', 'edge-gw'] })));
    expect(evidence.catalogueSha256).toBe(made.catalogueSha256);
    expect(evidence.images.map(({ file }) => file)).toEqual(['backup.ova', 'edge-gw.ova']);
  });

  const make = async (more: Partial<CreateOptions> = {}): Promise<unknown> => {
    const made = await createMedium({
      folder,
      secretKeyText: await formatSecretKey(pair.secretKey),
      release: '2026.5',
      created: '2026-11-21T00:00:00Z',
      expires: '2027-11-20T00:00:00Z',
      ...more,
    });
    return made.ok ? made.value.warnings.map(({ code }) => code) : made.failure.code;
  };

  it('is not made after a cancellation, which is reported', async () => {
    const before = readFileSync(at('catalogue.json'));
    expect(await make({ signal: AbortSignal.abort() })).toBe('media.create-cancelled');
    expect(readFileSync(at('catalogue.json'))).toEqual(before);
  });

  it('may contain links to images, and its maker is warned of missing and dangerous files', async () => {
    renameSync(at('logs.ova'), at('elsewhere'));
    symlinkSync('elsewhere', at('logs.ova'));
    writeFileSync(at('my.key'), await formatSecretKey(pair.secretKey));
    expect(await make()).toEqual(['no-peers', 'no-recipients', 'secret-key']);
    const { images } = unwrap(await verifyMedium(options()));
    expect(images.map(({ file }) => file)).toEqual(['backup.ova', 'edge-gw.ova', 'logs.ova']);
    expect(await make({ release: '2026.3', created: '2026-11-20T23:00:00Z' })).toEqual(
      expect.arrayContaining(['older-release', 'older-time']),
    );
  });

  it('is refused for wrong options before an image is read', async () => {
    const peer = { name: 'noc', publicKey: `${'A'.repeat(42)}E=`, endpoint: 'noc:1', allowedIps: ['nonsense'] };
    expect(await make({ release: 'v1' })).toBe('media.create-release');
    expect(await make({ expires: '2027-01-01' })).toBe('media.create-expires');
    expect(await make({ expires: '2025-01-01T00:00:00Z' })).toBe('media.create-expires');
    expect(await make({ recipients: [`age1${'q'.repeat(58)}`] })).toBe('media.create-recipient');
    expect(await make({ peers: [peer] })).toBe('media.peer-network');
    expect(await make({ sshUser: 'not a user' })).toBe('media.create-ssh-user');
    expect(await make({ sshAuthorizedKeys: ['ssh-ed25519 nonsense'] })).toBe('media.create-ssh-key');
    expect(await make({ reach: ['noc.example'] })).toBe('media.create-reach');
    expect(await make({ components: { 'logs.ova': ['logs', 'backup'] } })).toBe('media.create-twice');
    renameSync(at('logs.ova'), at('logs.OVA'));
    expect(await make()).toBe('media.create-name');
  });

  it('is not made from refused files, and the old catalogue stays', async () => {
    const before = readFileSync(at('catalogue.json'));
    copyFileSync(at('logs.ova'), at('unheard-of.ova'));
    expect(await make()).toBe('media.create-component');
    rmSync(at('unheard-of.ova'));
    truncateSync(at('logs.ova'), 102_400);
    expect(await make()).toBe('media.tar-truncated');
    expect(readFileSync(at('catalogue.json'))).toEqual(before);
  });
});
