import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { alternateTunnelAddressFor, tunnelAddressFor } from '../../../../core/handover/tunnel-address.ts';

describe('addresses inside the tunnel', () => {
  it.each([
    [['100.64.0.0/24'], 0, '100.64.0.2/32'],
    [['100.64.0.0/24'], 1, '100.64.0.3/32'],
    [['100.64.0.77/24'], 0, '100.64.0.2/32'],
    [['100.64.0.1/32', '100.64.8.0/22'], 300, '100.64.9.46/32'],
    [['100.64.0.0/29'], 4, '100.64.0.6/32'],
    [['fd00:1::/64'], 0, 'fd00:1::2/128'],
    [['10.0.0.0/8'], 70_000, '10.1.17.114/32'],
  ])('%j gives gateway %i the address %s', (allowedIps, index, address) => {
    expect(tunnelAddressFor(allowedIps, index)).toEqual({ ok: true, value: address });
  });

  it.each([
    [['100.64.0.0/24'], 0, 2, '100.64.0.254/32'],
    [['100.64.0.0/24'], 1, 2, '100.64.0.253/32'],
    [['100.64.0.1/32', '100.64.8.0/22'], 1, 2, '100.64.11.253/32'],
    [['100.64.0.0/29'], 1, 2, '100.64.0.5/32'],
    [['fd00:1::/64'], 0, 2, 'fd00:1::ffff:ffff/128'],
  ])('%j gives gateway %i of %i the other address %s', (allowedIps, index, count, address) => {
    expect(alternateTunnelAddressFor(allowedIps, index, count)).toEqual({ ok: true, value: address });
  });

  it('never gives one address twice, and says where the network is too small', () => {
    for (let length = 24; length <= 32; length += 1) {
      for (let count = 1; count <= 8; count += 1) {
        const networks = [`100.64.0.0/${length}`];
        const indexes = Array.from({ length: count }, (_, index) => index);
        const all = indexes.flatMap((index) => [
          tunnelAddressFor(networks, index),
          alternateTunnelAddressFor(networks, index, count),
        ]);
        const given = all.flatMap((one) => (one.ok ? [one.value] : []));
        expect(new Set(given).size).toBe(given.length);
        const free = 2 ** (32 - length) - 3;
        expect(all.every((one) => one.ok)).toBe(free >= 2 * count);
      }
    }
  });

  it.each([
    [['100.64.0.0/29'], 5],
    [['100.64.0.0/30'], 1],
    [['100.64.0.0/32'], 0],
    [[], 0],
  ])('%j has no address for gateway %i', (allowedIps, index) => {
    expect(tunnelAddressFor(allowedIps, index)).toMatchObject({
      ok: false,
      failure: { kind: 'input', code: 'handover.tunnel-exhausted', params: { gateway: index + 1 } },
    });
  });

  it('names an entry that is no network', () => {
    expect(tunnelAddressFor(['100.64.0.0'], 0)).toMatchObject({
      ok: false,
      failure: { code: 'handover.tunnel-network', params: { network: '100.64.0.0' } },
    });
  });

  it('gives distinct host addresses of the network, or none', () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.integer({ min: 8, max: 30 }),
        fc.uniqueArray(fc.nat(5000), { minLength: 1 }),
        (ip, length, indexes) => {
          const network = `${ip}/${length}`;
          const given = indexes.flatMap((index) => {
            const result = tunnelAddressFor([network], index);
            return result.ok ? [result.value.replace('/32', '')] : [];
          });
          expect(new Set(given).size).toBe(given.length);
          expect(given.length).toBe(indexes.filter((index) => index + 2 < 2 ** (32 - length) - 1).length);
          const edges = [
            ipaddr.IPv4.networkAddressFromCIDR(network).toString(),
            ipaddr.IPv4.broadcastAddressFromCIDR(network).toString(),
          ];
          for (const address of given) {
            expect(ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(network))).toBe(true);
            expect(edges).not.toContain(address);
          }
        },
      ),
    );
  });
});
