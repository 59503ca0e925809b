import { describe, expect, it } from 'vitest';
import { mostPeers, readPeers } from '../../../../core/media/peers.ts';

const key = (seed: number): string => Buffer.alloc(32, seed).toString('base64');
const peer = { name: 'noc-1', publicKey: key(1), endpoint: '198.51.100.7:51820', allowedIps: ['100.64.0.0/24'] };

describe('the peers of media create', () => {
  it.each([
    ['an IPv6 endpoint', { endpoint: '[2001:db8::7]:1' }],
    ['a name as host', { endpoint: 'noc.ale.example:65535' }],
    ['several networks', { allowedIps: ['100.64.0.1/32', '2001:db8::/64'] }],
  ])('may have %s', (_what, change) => {
    expect(readPeers([{ ...peer, ...change }])).toEqual({ ok: true, value: [{ ...peer, ...change }] });
  });

  it.each([
    ['media.peer-port', { endpoint: '198.51.100.7:99999' }, 'endpoint'],
    ['media.peer-port', { endpoint: '198.51.100.7:0' }, 'endpoint'],
    ['media.peer-port', { endpoint: '198.51.100.7:051820' }, 'endpoint'],
    ['media.peer-port', { endpoint: '198.51.100.7:' }, 'endpoint'],
    ['media.peer-host', { endpoint: '198.51.100.777:51820' }, 'endpoint'],
    ['media.peer-host', { endpoint: 'noc .example:51820' }, 'endpoint'],
    ['media.peer-host', { endpoint: '[::g]:51820' }, 'endpoint'],
    ['media.peer-endpoint', { endpoint: '198.51.100.7' }, 'endpoint'],
    ['media.peer-endpoint', { endpoint: '2001:db8::7:51820' }, 'endpoint'],
    ['media.peer-endpoint', { endpoint: ':51820' }, 'endpoint'],
    ['media.peer-key', { publicKey: 'secret' }, 'publicKey'],
    ['media.peer-key-canonical', { publicKey: `${'A'.repeat(42)}B=` }, 'publicKey'],
    ['media.peer-key-zero', { publicKey: key(0) }, 'publicKey'],
    ['media.peer-network', { allowedIps: ['100.64.0.0/33'] }, 'allowedIps'],
    ['media.peer-network', { allowedIps: ['100.64.0.0'] }, 'allowedIps'],
    ['media.peer-missing', { allowedIps: [] }, 'allowedIps'],
    ['media.peer-missing', { publicKey: 7 }, 'publicKey'],
    ['media.peer-name', { name: 'noc\nEndpoint = 203.0.113.9:1' }, 'name'],
    ['media.peer-name', { name: 'x'.repeat(65) }, 'name'],
    ['media.peer-missing', { name: '' }, 'name'],
  ])('are refused with %s for %j', (code, change, field) => {
    expect(
      readPeers([
        { ...peer, name: 'first', publicKey: key(9) },
        { ...peer, ...change },
      ]),
    ).toMatchObject({
      failure: { kind: 'input', code, params: { number: 2, field } },
    });
  });

  it('are a list of different peers', () => {
    expect(readPeers([peer, { ...peer, name: 'noc-2' }])).toMatchObject({
      failure: { code: 'media.peer-twice', params: { field: 'publicKey', number: 2, other: 1 } },
    });
    for (const list of [{}, 'x', null, 7, Array.from({ length: mostPeers + 1 }, () => peer)]) {
      expect(readPeers(list)).toMatchObject({ failure: { code: 'media.peers' } });
    }
    expect(readPeers([null])).toMatchObject({ failure: { code: 'media.peer-missing' } });
  });
});
