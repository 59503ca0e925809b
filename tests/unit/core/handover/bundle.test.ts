import { describe, expect, it } from 'vitest';
import {
  type HandoverInput,
  buildHandoverBundle,
  parseHandoverBundle,
  serialiseHandoverBundle,
} from '../../../../core/handover/bundle.ts';
import { sampleInput } from './sample.ts';

function built(input: HandoverInput = sampleInput) {
  const bundle = buildHandoverBundle(input);
  if (!bundle.ok) throw new Error(String(bundle.failure.params['field']));
  return bundle.value;
}

const [first, second] = sampleInput.gateways;
if (first === undefined || second === undefined) throw new Error('the sample has two gateways');

describe('the handover document', () => {
  it('holds the fields of the contract, by their names', () => {
    expect(built()).toEqual({
      format: 'edge-handover/v1',
      created: '2026-11-20T10:00:00Z',
      site: {
        name: 'acme-paris',
        customer: 'ACME SA',
        partner: 'Example Partner',
        fqdn: 'edge.acme.example',
        visibility: 'internet',
        remoteAccess: 'permanent',
      },
      gateways: sampleInput.gateways.map(({ publicKey, presharedKey, wireguardAddress, ...gateway }) => ({
        ...gateway,
        endpoint: wireguardAddress,
        wireguard: { publicKey, presharedKey },
      })),
      network: sampleInput.network,
      certificate: sampleInput.certificate,
      media: sampleInput.media,
      vms: sampleInput.vms,
    });
  });

  it('leaves out missing fields of a site', () => {
    const bundle = built({
      ...sampleInput,
      site: { ...sampleInput.site, partner: undefined },
      network: { ...sampleInput.network, wan: undefined },
      certificate: undefined,
    });
    expect(JSON.parse(serialiseHandoverBundle(bundle))).not.toHaveProperty('certificate');
    expect(bundle.site).not.toHaveProperty('partner');
    expect(bundle.network).not.toHaveProperty('wan');
  });

  it('ignores other fields of the inputs', () => {
    const secret = 'cHJpdmF0ZSBrZXkgY2FuYXJ5';
    const careless = {
      ...sampleInput,
      privateKey: secret,
      site: { ...sampleInput.site, password: secret },
      gateways: sampleInput.gateways.map((gateway) => ({ ...gateway, privateKey: secret })),
      vms: sampleInput.vms.map((vm) => ({ ...vm, secret })),
    };
    expect(serialiseHandoverBundle(built(careless))).toBe(serialiseHandoverBundle(built()));
  });

  it.each<[string, Partial<HandoverInput>]>([
    ['created', { createdIso: 'yesterday' }],
    ['site.name', { site: { ...sampleInput.site, name: '../../etc' } }],
    ['site.customer', { site: { ...sampleInput.site, customer: 'ACME\n[Peer]' } }],
    ['gateways', { gateways: [] }],
    ['gateways.0.endpoint', { gateways: [{ ...first, wireguardAddress: '203.0.113.2' }] }],
    ['gateways.0.lan', { gateways: [{ ...first, lan: '10.20.0.2/24' }] }],
    ['gateways.0.endpoint', { gateways: [{ ...first, wireguardAddress: '203.0.113.2:65536' }] }],
    ['gateways.0.endpoint', { gateways: [{ ...first, wireguardAddress: '203.0.113.2:0' }] }],
    ['gateways.0.endpoint', { gateways: [{ ...first, wireguardAddress: '203.0.113.256:51820' }] }],
    ['gateways.0.tunnel', { gateways: [{ ...first, tunnel: '100.64.0.2' }] }],
    ['gateways.0.tunnel', { gateways: [{ ...first, tunnel: '100.64.0.2/24' }] }],
    ['gateways.0.tunnel', { gateways: [{ ...first, tunnel: '0.0.0.0/0' }] }],
    ['gateways.0.tunnel', { gateways: [{ ...first, tunnel: '2001:db8::/32' }] }],
    ['gateways.0.wireguard.publicKey', { gateways: [{ ...first, publicKey: 'short' }] }],
    ['gateways.0.wireguard.publicKey', { gateways: [{ ...first, publicKey: `${'A'.repeat(42)}B=` }] }],
    ['gateways.0.wireguard.presharedKey', { gateways: [{ ...first, presharedKey: '' }] }],
    ['gateways.0.sshHostKeys.0', { gateways: [{ ...first, sshHostKeys: ['MD5:00'] }] }],
    ['gateways.1.vm', { gateways: [first, { ...second, vm: first.vm }] }],
    ['gateways.1.tunnel', { gateways: [first, { ...second, tunnel: first.tunnel }] }],
    ['gateways.1.wireguard.publicKey', { gateways: [first, { ...second, publicKey: first.publicKey }] }],
    ['media.catalogueSha256', { media: { ...sampleInput.media, catalogueSha256: 'x' } }],
  ])('refuses a wrong %s and names it', (field, change) => {
    expect(buildHandoverBundle({ ...sampleInput, ...change })).toEqual({
      ok: false,
      failure: { kind: 'input', code: 'handover.incomplete', params: { field } },
    });
  });

  it('is read back as it was written, unknown fields included', () => {
    const document: unknown = JSON.parse(serialiseHandoverBundle(built()));
    expect(parseHandoverBundle(document)).toEqual({ ok: true, value: built() });
    const later = { ...built(), extra: 1 };
    expect(parseHandoverBundle(later)).toEqual({ ok: true, value: later });
  });

  it.each([
    [undefined, '(document)'],
    [[], '(document)'],
    [{ ...sampleInput, format: 'edge-handover/v2' }, 'format'],
  ])('does not take %j for a handover', (document, field) => {
    expect(parseHandoverBundle(document)).toMatchObject({
      ok: false,
      failure: { kind: 'input', code: 'handover.not-a-handover', params: { field } },
    });
  });
});
