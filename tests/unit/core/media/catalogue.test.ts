import { describe, expect, it } from 'vitest';
import { unwrap } from '../../../../core/base/errors.ts';
import { formatCatalogue, imageFor, parseCatalogue } from '../../../../core/media/catalogue.ts';

const image = { components: ['edge-gw'], file: 'edge-gw.ova', size: 4096, sha256: 'a'.repeat(64) };
const sound = {
  format: 'edge-media/v1',
  release: '2026.4',
  created: '2026-11-20T10:00:00Z',
  expires: '2027-11-20T00:00:00Z',
  images: [
    image,
    {
      ...image,
      components: ['core', 'api'],
      file: 'servers.ova',
      guest: { sshUser: 'root', properties: ['hostname'] },
    },
  ],
  noc: {
    peers: [
      {
        name: 'noc-1',
        publicKey: `${'A'.repeat(42)}E=`,
        endpoint: '198.51.100.7:51820',
        allowedIps: ['100.64.0.0/24'],
      },
    ],
  },
  handover: { recipients: [] },
};
const read = (document: unknown) => parseCatalogue(JSON.stringify(document));

describe('a catalogue', () => {
  it('is read, and its images found by component', () => {
    const catalogue = unwrap(read(sound));
    expect(imageFor(catalogue, 'api')?.file).toBe('servers.ova');
    expect(imageFor(catalogue, 'mailer')).toBeUndefined();
    expect(unwrap(parseCatalogue(formatCatalogue(catalogue)))).toEqual(catalogue);
  });

  it('of a newer version with more fields is read', () => {
    const newer = { ...sound, notes: 'x', images: [{ ...image, sbom: 'y' }] };
    expect(unwrap(read(newer)).images).toEqual([image]);
  });

  const wrong: ReadonlyArray<readonly [string, object, string]> = [
    ['another format', { format: 'edge-media/v2' }, 'format'],
    ['no images', { images: [] }, 'images'],
    ['a release with a space', { release: '2026.4 2026-01-01' }, 'release'],
    ['a time that is not UTC', { created: '2026-11-20T10:00:00+01:00' }, 'created'],
    ['an expiry before its time', { expires: '2026-11-20T09:00:00Z' }, 'expires'],
    ['a path', { images: [{ ...image, file: '../edge-gw.ova' }] }, 'images.0.file'],
    ['another kind of file', { images: [{ ...image, file: 'edge-gw.exe' }] }, 'images.0.file'],
    [
      'a file twice, in another case',
      { images: [image, { ...image, components: ['api'], file: 'EDGE-GW.ova' }] },
      'images.1.file',
    ],
    ['a component twice', { images: [image, { ...image, file: 'b.ova' }] }, 'images.1.components'],
    ['a negative size', { images: [{ ...image, size: -1 }] }, 'images.0.size'],
    ['a digest in upper case', { images: [{ ...image, sha256: 'A'.repeat(64) }] }, 'images.0.sha256'],
    [
      'a recipient with one wrong letter',
      { handover: { recipients: ['age1ql3y7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'] } },
      'handover.recipients.0',
    ],
    [
      'a peer whose network is none',
      { noc: { peers: [{ ...sound.noc.peers[0], allowedIps: ['nonsense'] }] } },
      'noc.peers.0.allowedIps.0',
    ],
    [
      'a peer whose endpoint is none',
      { noc: { peers: [{ ...sound.noc.peers[0], endpoint: 'not an endpoint' }] } },
      'noc.peers.0.endpoint',
    ],
    [
      'a peer whose port is none',
      { noc: { peers: [{ ...sound.noc.peers[0], endpoint: '198.51.100.7:99999' }] } },
      'noc.peers.0.endpoint',
    ],
    [
      'a peer whose key WireGuard refuses',
      { noc: { peers: [{ ...sound.noc.peers[0], publicKey: `${'A'.repeat(42)}B=` }] } },
      'noc.peers.0.publicKey',
    ],
    ['a recipient that is no age key', { handover: { recipients: ['age1xyz'] } }, 'handover.recipients.0'],
  ];
  it.each(wrong)('is refused with %s, by name of the field', (_name, change, field) => {
    expect(read({ ...sound, ...change })).toMatchObject({
      failure: { kind: 'input', code: 'media.catalogue-format', params: { field } },
    });
  });

  it('is refused when it is no JSON', () => {
    expect(parseCatalogue('{')).toMatchObject({ failure: { code: 'media.catalogue-json' } });
    expect(parseCatalogue('null')).toMatchObject({
      failure: { code: 'media.catalogue-format', params: { field: 'catalogue.json' } },
    });
  });
});
