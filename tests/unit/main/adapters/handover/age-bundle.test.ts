import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Encrypter, armor, generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fail, failure, ok } from '../../../../../core/base/errors.ts';
import { type HandoverBundle, buildHandoverBundle } from '../../../../../core/handover/bundle.ts';
import { confirmationCode } from '../../../../../core/handover/confirmation-code.ts';
import { writeFileAtomic } from '../../../../../main/system/files/atomic.ts';
import { checkRecipients, openBundle, sealBundle } from '../../../../../main/adapters/handover/age-bundle.ts';
import { writeHandover } from '../../../../../main/adapters/handover/write-handover.ts';
import { generatePrivateKey, publicKeyOf } from '../../../../../main/adapters/wireguard/keys.ts';
import { sampleInput } from '../../../core/handover/sample.ts';

const built = buildHandoverBundle(sampleInput);
if (!built.ok) throw new Error('the sample is whole');
const bundle: HandoverBundle = built.value;

let identity = '';
let recipient = '';
let other = '';
let sealed: Uint8Array = new Uint8Array();
beforeAll(async () => {
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
  other = await generateX25519Identity();
  const result = await sealBundle(bundle, [recipient]);
  if (!result.ok) throw new Error(result.failure.code);
  sealed = result.value;
});

const failed = (kind: string, code: string) => ({ ok: false, failure: { kind, code } });

describe('recipients', () => {
  it('are trimmed and deduplicated', () => {
    expect(checkRecipients([` ${recipient}\n`, recipient])).toEqual(ok([recipient]));
  });

  it('are required', () => {
    expect(checkRecipients([])).toMatchObject(failed('input', 'handover.no-recipients'));
  });

  it('are named if they are invalid', () => {
    const mistyped = `${recipient.slice(0, -1)}${recipient.endsWith('q') ? 'p' : 'q'}`;
    for (const bad of [
      mistyped,
      recipient.toUpperCase(),
      recipient.slice(0, -3),
      'age1',
      '',
      'ssh-ed25519 AAAA',
      `age1pq1${'q'.repeat(99)}`,
    ]) {
      expect(checkRecipients([recipient, bad])).toEqual(
        fail(failure('input', 'handover.recipient-invalid', { recipient: bad.slice(0, 80) })),
      );
    }
  });

  it('are not shown if a secret key was given instead', () => {
    const result = checkRecipients([identity]);
    expect(result).toMatchObject(failed('input', 'handover.recipient-invalid'));
    expect(JSON.stringify(result)).not.toContain(identity.slice(16));
  });

  it('of low order are refused: they give no shared secret', async () => {
    // 32 zero bytes in bech32.
    const point = 'age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z';
    expect(await sealBundle(bundle, [recipient, point])).toEqual(
      fail(failure('input', 'handover.recipient-invalid', { recipient: point })),
    );
  });
});

describe('the sealed bundle', () => {
  it('opens with the identity, with and without comments in its file', async () => {
    const file = `# created: 2026-11-20T10:00:00Z\r\n# public key: ${recipient}\r\n\r\n${identity}\r\n`;
    expect(await openBundle(sealed, file)).toMatchObject(ok({ bundle }));
    expect(await openBundle(sealed, `${other}\n${identity}`)).toMatchObject(ok({ bundle }));
  });

  it('opens for every recipient', async () => {
    const both = await sealBundle(bundle, [await identityToRecipient(other), recipient]);
    if (!both.ok) throw new Error(both.failure.code);
    for (const one of [identity, other]) expect(await openBundle(both.value, one)).toMatchObject(ok({ bundle }));
  });

  it('opens in armored form', async () => {
    const armored = new TextEncoder().encode(armor.encode(sealed));
    expect(await openBundle(armored, identity)).toMatchObject(ok({ bundle }));
    expect(await openBundle(armored.subarray(0, -40), identity)).toMatchObject(failed('trust', 'handover.altered'));
  });

  it('does not open with another identity', async () => {
    expect(await openBundle(sealed, other)).toMatchObject(failed('input', 'handover.wrong-identity'));
  });

  it.each([
    ['', 0],
    ['# only a comment\n', 0],
    ['# a comment\nno identity\n', 2],
    ['AGE-SECRET-KEY-1QQQQ', 1],
  ])('does not open with the identity file %j', async (file, line) => {
    expect(await openBundle(sealed, file)).toEqual(fail(failure('input', 'handover.identity-invalid', { line })));
  });

  it.each([
    ['encrypted', 'age-encryption.org/v1\n-> scrypt abc 18\n'],
    ['encrypted', '-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n'],
    ['recipient', 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
    ['ssh', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n'],
    ['ssh', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 somebody'],
    ['plugin', 'AGE-PLUGIN-YUBIKEY-1QQPQ'],
  ])('says what the file is in place of an identity: %s', async (kind, file) => {
    expect(await openBundle(sealed, file)).toEqual(fail(failure('input', `handover.identity-${kind}`)));
  });

  it('is distinguished from other kinds of files', async () => {
    for (const file of ['', '{}', 'age-encryption.org/v2\n']) {
      expect(await openBundle(new TextEncoder().encode(file), identity)).toMatchObject(
        failed('input', 'handover.not-age'),
      );
    }
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    for (const content of ['', 'not json', '{"format":"edge-handover/v9"}']) {
      const file = await encrypter.encrypt(content);
      expect(await openBundle(file, identity)).toMatchObject(failed('input', 'handover.not-a-handover'));
    }
  });

  it('rejects random files, and never throws', async () => {
    const start = fc.constantFrom('', 'age-encryption.org/v1\n', '-----BEGIN AGE ENCRYPTED FILE-----\n');
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 300 }), fc.string(), async (head, rest, key) => {
        const file = Buffer.concat([Buffer.from(head), rest]);
        for (const keys of [identity, key]) expect((await openBundle(file, keys)).ok).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses every truncation and every altered byte', async () => {
    const start = 'age-encryption.org/v1\n'.length;
    for (let length = start; length < sealed.length; length += 9) {
      expect(await openBundle(sealed.subarray(0, length), identity)).toMatchObject(failed('trust', 'handover.altered'));
    }
    for (let at = start; at < sealed.length; at += 9) {
      const altered = Uint8Array.from(sealed);
      altered[at] = (altered[at] ?? 0) ^ 4;
      const result = await openBundle(altered, identity);
      // A change in the recipients' lines looks like another recipient's file.
      const codes = at > 200 ? ['handover.altered'] : ['handover.altered', 'handover.wrong-identity'];
      expect(codes, `byte ${at}`).toContain(result.ok ? 'opened' : result.failure.code);
    }
    const longer = Uint8Array.from([...sealed, 0]);
    expect(await openBundle(longer, identity)).toMatchObject(failed('trust', 'handover.altered'));
  });
});

describe('writing the handover', () => {
  const text = (key: string): string => key;
  const encodings: readonly ((key: Buffer) => string)[] = [
    (key) => key.toString('base64'),
    (key) => key.toString('base64url'),
    (key) => key.toString('hex'),
    (key) => key.toString('hex').toUpperCase(),
    (key) => encodeURIComponent(key.toString('base64')),
    (key) => key.toString('latin1'),
  ];

  it('writes two files with matching hash and code, and no private key in any encoding', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'edge-handover-'));
    try {
      const privateKeys = sampleInput.gateways.map(() => generatePrivateKey());
      const gateways = sampleInput.gateways.map((gateway, index) => {
        const privateKey = privateKeys[index] ?? '';
        const publicKey = publicKeyOf(privateKey);
        if (!publicKey.ok) throw new Error(publicKey.failure.code);
        return { ...gateway, publicKey: publicKey.value, privateKey };
      });
      const outDir = join(folder, 'out', 'here');
      const options = {
        input: { ...sampleInput, gateways },
        recipients: [recipient],
        outDir,
        text,
        writeFile: writeFileAtomic,
      };
      const result = await writeHandover({ ...options, nowIso: '2026-12-01T08:00:00Z' });
      if (!result.ok) throw new Error(result.failure.code);
      const { value } = result;
      expect(await readdir(outDir)).toEqual(['handover-acme-paris.age', 'handover-acme-paris.txt']);
      const file = await readFile(value.bundlePath);
      expect(value.sha256).toBe(createHash('sha256').update(file).digest('hex'));
      expect(value.confirmationCode).toBe(confirmationCode(value.sha256));
      expect(await readFile(value.textPath, 'utf8')).toBe(value.publicText);
      const opened = await openBundle(file, identity);
      if (!opened.ok) throw new Error(opened.failure.code);
      expect(opened.value.bundle.created).toBe('2026-12-01T08:00:00Z');
      for (const privateKey of privateKeys) {
        for (const encode of encodings) {
          const canary = encode(Buffer.from(privateKey, 'base64'));
          for (const place of [opened.value.json, value.publicText, value.qrPayload])
            expect(place).not.toContain(canary);
        }
      }
      const again = await writeHandover({ ...options, nowIso: '2026-12-01T08:00:00Z' });
      expect(again.ok && again.value.sha256 !== value.sha256).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('writes no file without recipients, or if a part is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'edge-handover-'));
    try {
      const options = {
        input: sampleInput,
        outDir: join(folder, 'out'),
        text,
        nowIso: '2026-12-01T08:00:00Z',
        writeFile: writeFileAtomic,
      };
      expect(await writeHandover({ ...options, recipients: [] })).toMatchObject(
        failed('input', 'handover.no-recipients'),
      );
      expect(await writeHandover({ ...options, recipients: [recipient], nowIso: 'now' })).toMatchObject(
        failed('input', 'handover.incomplete'),
      );
      expect(await readdir(folder)).toEqual([]);
      await writeFile(join(folder, 'out'), '');
      expect(await writeHandover({ ...options, recipients: [recipient] })).toMatchObject(
        failed('operation', 'handover.folder'),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
