/** A small site's handover, all fields filled. */
import type { HandoverInput } from '../../../../core/handover/bundle.ts';

const key = (seed: number): string => Buffer.alloc(32, seed).toString('base64');
const sshHostKey = `SHA256:${'A'.repeat(43)}`;

export const sampleInput: HandoverInput = {
  site: {
    name: 'acme-paris',
    customer: 'ACME SA',
    partner: 'Example Partner',
    fqdn: 'edge.acme.example',
    visibility: 'internet',
    remoteAccess: 'permanent',
  },
  gateways: [1, 2].map((number) => ({
    vm: `acme-paris-edge-gw-${number}`,
    wireguardAddress: `203.0.113.${number + 1}:51820`,
    lan: `10.20.0.${number + 1}`,
    tunnel: `100.64.0.${number + 1}/32`,
    publicKey: key(number),
    presharedKey: key(number + 10),
    sshHostKeys: [sshHostKey],
  })),
  network: {
    lan: '10.20.0.0/24',
    wan: '203.0.113.0/28',
    vips: [{ name: 'edge-gw-vip', address: '10.20.0.1' }],
  },
  certificate: { fingerprint: 'SHA256:AB:CD', notAfter: '2027-11-20T00:00:00Z' },
  media: {
    release: '2026.4',
    catalogueSha256: 'a'.repeat(64),
    signer: 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3',
  },
  vms: [
    {
      name: 'acme-paris-edge-gw-1',
      component: 'edge-gw',
      addresses: ['10.20.0.2', '203.0.113.2'],
      imageSha256: 'b'.repeat(64),
    },
  ],
  createdIso: '2026-11-20T10:00:00Z',
};
