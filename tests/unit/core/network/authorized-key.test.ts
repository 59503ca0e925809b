import { describe, expect, it } from 'vitest';
import { authorizedKeyOf } from '../../../../core/network/authorized-key.ts';
import { reachOf } from '../../../../core/network/reach.ts';
import { parseCatalogue } from '../../../../core/media/catalogue.ts';
import { aleAuthority, aleKey } from '../../../fixtures/gateway-samples.ts';

const [type = '', blob = ''] = aleKey.split(' ');

describe('a line of authorized_keys', () => {
  it('is a key, or an authority, with options that narrow it', () => {
    expect(authorizedKeyOf(aleKey)).toEqual({ line: aleKey, key: `${type} ${blob}`, isAuthority: false });
    expect(authorizedKeyOf(aleAuthority)).toMatchObject({ isAuthority: true });
    for (const option of ['restrict', 'restrict,pty', 'from="198.51.100.0/24"']) {
      expect(authorizedKeyOf(`${option} ${aleKey}`), option).toMatchObject({
        key: `${type} ${blob}`,
        isAuthority: false,
      });
    }
  });

  it.each([
    '',
    ' ',
    type,
    `${type} `,
    `${type} AAAA`,
    `${type} ${blob.slice(0, -4)}`,
    `ssh-rsa ${blob}`,
    `ssh-dss ${blob}`,
    ` ${aleKey}`,
    `${aleKey}\n${aleKey}`,
    `# ${aleKey}`,
    `command="id" ${aleKey}`,
    `environment="A=b" ${aleKey}`,
    `cert-authority,command="id" ${aleKey}`,
    `cert-authority, ${aleKey}`,
    `restrict pty ${aleKey}`,
    `${type} ${blob} é`,
  ])('is not: %j', (line) => {
    expect(authorizedKeyOf(line)).toBeUndefined();
  });
});

describe('an entry of noc.reach', () => {
  it('is host, port and protocol', () => {
    expect(reachOf('198.51.100.7:51820/udp')).toEqual({ host: '198.51.100.7', port: 51_820, protocol: 'udp' });
    expect(reachOf('ntp.ale.example:123/tcp')).toEqual({ host: 'ntp.ale.example', port: 123, protocol: 'tcp' });
    expect(reachOf('[2001:db8::1]:443/tcp')).toEqual({ host: '2001:db8::1', port: 443, protocol: 'tcp' });
    for (const text of ['', 'a:1', 'a:0/tcp', 'a:1/sctp', ':1/tcp', 'a:1/tcp ', 'a$(id):1/tcp', 'https://a:1/tcp'])
      expect(reachOf(text), text).toBeUndefined();
  });
});

describe('the catalogue', () => {
  const image = { components: ['edge-gw'], file: 'a.ova', size: 2048, sha256: 'a'.repeat(64) };
  const parse = (noc: object) =>
    parseCatalogue(
      JSON.stringify({
        format: 'edge-media/v1',
        release: '2026.4',
        created: '2026-11-20T10:00:00Z',
        expires: '2027-11-20T00:00:00Z',
        images: [image],
        noc: { peers: [], ...noc },
      }),
    );

  it('takes ALE’s keys and what must be reached, and refuses others', () => {
    expect(parse({})).toMatchObject({ ok: true });
    const noc = { sshAuthorizedKeys: [aleKey, aleAuthority], reach: ['ntp.ale.example:123/udp'] };
    expect(parse(noc)).toMatchObject({ ok: true, value: { noc } });
    expect(parse({ sshAuthorizedKeys: [aleKey, `command="id" ${aleKey}`] })).toMatchObject({
      failure: { code: 'media.catalogue-format', params: { field: 'noc.sshAuthorizedKeys.1' } },
    });
    expect(parse({ reach: ['ntp.ale.example'] })).toMatchObject({ failure: { params: { field: 'noc.reach.0' } } });
  });
});
