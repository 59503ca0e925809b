import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageParams } from '../../../../core/base/errors.ts';
import { type HandoverBundle, buildHandoverBundle } from '../../../../core/handover/bundle.ts';
import { confirmationCode } from '../../../../core/handover/confirmation-code.ts';
import { publicText, qrPayload } from '../../../../core/handover/public-text.ts';
import { qrCapacity, qrSvg } from '../../../../core/handover/qr.ts';
import { wireguardPeers } from '../../../../core/handover/wireguard-config.ts';
import messages from '../../../../core/locales/en/handover.json' with { type: 'json' };
import { sampleInput } from './sample.ts';

function sample(gateways = sampleInput.gateways): HandoverBundle {
  const bundle = buildHandoverBundle({ ...sampleInput, gateways });
  if (!bundle.ok) throw new Error(bundle.failure.code);
  return bundle.value;
}

const words: Readonly<Record<string, string>> = messages.public;
const text = (key: string, params: MessageParams = {}): string =>
  (words[key.replace('handover.public.', '')] ?? key).replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    String(params[name]),
  );
const sha256 = createHash('sha256').update('bundle').digest('hex');
const part = { bundle: sample(), fileName: 'handover-acme-paris.age', sha256 };

describe('the confirmation code', () => {
  it('is known for known hashes', () => {
    expect(confirmationCode('0'.repeat(64))).toBe('0000-0000-0000');
    expect(confirmationCode(`000000e8d4a50fff${'f'.repeat(48)}`)).toBe('9999-9999-9999');
    expect(confirmationCode(`000000e8d4a51001${'0'.repeat(48)}`)).toBe('0000-0000-0001');
    expect(confirmationCode(`FFFFFFFFFFFFFFFF${'0'.repeat(48)}`)).toBe('0737-0955-1615');
  });

  it('always has twelve digits in groups of four', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(confirmationCode(Buffer.from(bytes).toString('hex'))).toMatch(/^\d{4}-\d{4}-\d{4}$/);
      }),
    );
  });

  it('throws for a text that is not a SHA-256', () => {
    expect(() => confirmationCode('abc')).toThrow(TypeError);
  });
});

describe('the public text', () => {
  const content = publicText(text, part);

  it('names the file, its hash, the code and the public keys', () => {
    for (const expected of [
      'handover-acme-paris.age',
      `SHA-256: ${sha256}`,
      confirmationCode(sha256),
      ...sampleInput.gateways.flatMap(({ vm, publicKey, wireguardAddress }) => [vm, publicKey, wireguardAddress]),
    ]) {
      expect(content).toContain(expected);
    }
    expect(content).toMatch(/^Rainbow Edge acme-paris: /);
    expect(content).not.toMatch(/handover\.public\.|undefined|[{}]/);
  });

  it('holds no preshared key, and neither does the QR code', () => {
    for (const { presharedKey } of sampleInput.gateways) {
      expect(content).not.toContain(presharedKey);
      expect(qrPayload(part)).not.toContain(presharedKey);
    }
  });
});

describe('the QR code', () => {
  it('carries site, hash, code and gateways as JSON', () => {
    expect(JSON.parse(qrPayload(part))).toEqual({
      format: 'edge-handover-public/v1',
      site: 'acme-paris',
      sha256,
      code: confirmationCode(sha256),
      gateways: sampleInput.gateways.map(({ vm, wireguardAddress, publicKey }) => ({
        vm,
        endpoint: wireguardAddress,
        publicKey,
      })),
    });
  });

  it('leaves the gateways out if there are too many', () => {
    const [gateway] = sampleInput.gateways;
    if (gateway === undefined) throw new Error('the sample has gateways');
    const many = Array.from({ length: 30 }, (_, index) => ({
      ...gateway,
      vm: `acme-paris-edge-gw-${index + 1}`,
      tunnel: `100.64.0.${index + 2}/32`,
      publicKey: Buffer.alloc(32, index + 1).toString('base64'),
    }));
    const payload = qrPayload({ ...part, bundle: sample(many) });
    expect(JSON.parse(payload)).not.toHaveProperty('gateways');
    expect(payload.length).toBeLessThan(qrCapacity);
  });

  it('is an SVG document that loads nothing', () => {
    const svg = qrSvg(qrPayload(part));
    expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/);
    expect(svg.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|href/);
    expect(() => qrSvg('x'.repeat(qrCapacity + 1))).toThrow(RangeError);
    expect(qrSvg('x'.repeat(qrCapacity))).toContain('<svg');
  });
});

describe('the peers for the NOC', () => {
  it('have one section per gateway', () => {
    expect(wireguardPeers(sample())).toBe(
      sampleInput.gateways
        .map(
          ({ vm, publicKey, presharedKey, wireguardAddress, tunnel }) =>
            `# ${vm}\n# ACME SA, edge.acme.example\n[Peer]\nPublicKey = ${publicKey}\nPresharedKey = ${presharedKey}\n` +
            `Endpoint = ${wireguardAddress}\nAllowedIPs = ${tunnel}\n`,
        )
        .join('\n'),
    );
  });

  it('keep their structure with any customer name', () => {
    const line = /^(#.*|\[Peer\]|(PublicKey|PresharedKey|Endpoint|AllowedIPs) = \S+|)$/;
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (customer) => {
        const bundle = buildHandoverBundle({ ...sampleInput, site: { ...sampleInput.site, customer } });
        const refused = /[\p{Cc}\p{Zl}\p{Zp}]/u.test(customer);
        expect(bundle.ok).toBe(!refused);
        const lines = bundle.ok ? wireguardPeers(bundle.value).split(/[\n\r\u2028\u2029\u0085]/) : [];
        expect(lines.filter((candidate) => !line.test(candidate))).toEqual([]);
        expect(lines.filter((candidate) => candidate === '[Peer]')).toHaveLength(refused ? 0 : 2);
      }),
    );
  });

  it('route the LAN address only when asked', () => {
    expect(wireguardPeers(sample(), { includeLan: true })).toContain('AllowedIPs = 100.64.0.2/32, 10.20.0.2/32\n');
  });
});
