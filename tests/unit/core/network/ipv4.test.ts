import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressKind,
  formatCidr,
  formatIpv4,
  ipv4Number,
  netmask,
  overlaps,
  parseCidr,
  parseIpv4,
  prefixFor,
  subnetOf,
} from '../../../../core/network/ipv4.ts';

describe('parseIpv4', () => {
  it.each([
    ['', 'empty'],
    ['::1', 'ipv6'],
    ['::ffff:10.0.0.1', 'ipv6'],
    ['host.example', 'host-name'],
    ['10.0.0', 'not-four-parts'],
    ['10.0.0.0.1', 'not-four-parts'],
    ['10..0.1', 'not-four-parts'],
    ['1', 'not-four-parts'],
    ['010.0.0.1', 'leading-zero'],
    ['10.0.0.00', 'leading-zero'],
    ['10.0.0.256', 'out-of-range'],
    ['10.0.0.1000', 'out-of-range'],
    ['0x0a.0.0.1', 'characters'],
    [' 10.0.0.1', 'characters'],
    ['10.0.0.1\n', 'characters'],
    ['10.0.0.-1', 'characters'],
    ['١٠.0.0.1', 'characters'],
    ['10.0.0.1/24', 'address-has-prefix'],
  ])('refuses %j: %s', (text, fault) => {
    expect(parseIpv4(text)).toEqual({ ok: false, fault });
  });

  it('reads back what it writes, for any address', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xff_ff_ff_ff }), (value) => {
        expect(ipv4Number(formatIpv4(value))).toBe(value);
      }),
    );
  });
});

describe('parseCidr', () => {
  it.each([
    ['10.20.0.0', 'no-prefix'],
    ['10.20.0.0/33', 'prefix'],
    ['10.20.0.0/024', 'prefix'],
    ['10.20.0.0/ 24', 'prefix'],
    ['10.20.0.0/24/1', 'prefix'],
    ['fd00::/64', 'ipv6'],
    ['10.20.0.00/24', 'leading-zero'],
  ])('refuses %j: %s', (text, fault) => {
    expect(parseCidr(text)).toEqual({ ok: false, fault });
  });

  it('keeps the address as written beside its subnet', () => {
    const reading = parseCidr('255.255.255.129/25');
    expect(reading.ok && [formatIpv4(reading.value.address), formatCidr(reading.value)]).toEqual([
      '255.255.255.129',
      '255.255.255.128/25',
    ]);
    expect([netmask(0), netmask(24), netmask(28), netmask(32)]).toEqual([
      '0.0.0.0',
      '255.255.255.0',
      '255.255.255.240',
      '255.255.255.255',
    ]);
  });

  it('says which prefix holds so many hosts', () => {
    expect([1, 2, 13, 14, 15, 254, 255, 65_534, 4_294_967_294].map(prefixFor)).toEqual([
      30, 30, 28, 28, 27, 24, 23, 16, 0,
    ]);
    expect(prefixFor(4_294_967_295)).toBeUndefined();
  });

  it('finds overlaps both ways', () => {
    const [wide, inside, beside] = ['10.0.0.0/8', '10.20.0.0/24', '11.0.0.0/8'].map((text) => subnetOf(text));
    if (wide === undefined || inside === undefined || beside === undefined) throw new Error('unreadable');
    expect([overlaps(wide, inside), overlaps(inside, wide), overlaps(wide, beside)]).toEqual([true, true, false]);
  });
});

describe('addressKind', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['10.20.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'carrier-grade'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.9', 'documentation'],
    ['203.0.113.9', 'documentation'],
    ['198.19.0.1', 'benchmarking'],
    ['127.0.0.1', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['224.0.0.18', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['0.0.0.0', 'reserved'],
  ])('%s is %s', (text, kind) => {
    expect(addressKind(ipv4Number(text) ?? -1)).toBe(kind);
  });
});
