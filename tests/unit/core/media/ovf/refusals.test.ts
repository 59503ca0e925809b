import { describe, expect, it } from 'vitest';
import { FailureSignal } from '../../../../../core/base/errors.ts';
import type { MessageParams } from '../../../../../core/base/errors.ts';
import { parseOvf } from '../../../../../core/media/ovf/ovf.ts';
import { descriptor } from '../../../main/adapters/media/image/ova-kit.ts';

/** What a refusal of a descriptor says, and how long the largest ones take. */

function refusalOf(bytes: Uint8Array): MessageParams {
  try {
    parseOvf(bytes, 'web.ovf');
  } catch (error) {
    if (error instanceof FailureSignal) return { code: error.failure.code, ...error.failure.params };
    throw error;
  }
  throw new Error('it was accepted');
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const sound = descriptor();
const changed = (from: string, to: string): string => {
  const text = sound.replace(from, to);
  expect(text).not.toBe(sound);
  return text;
};
const byteOf = (text: string, part: string): number => utf8(text.slice(0, text.indexOf(part))).length;

describe('the place of a refusal', () => {
  it('is the item of a NIC on an undeclared network, and of a drive with an unknown disk', () => {
    for (const [from, to, code] of [
      ['<rasd:Connection>WAN<', '<rasd:Connection>DMZ<', 'media.ovf-nic-network'],
      ['ovf:/disk/vmdisk1', 'ovf:/disk/vmdisk7', 'media.ovf-disk-unknown'],
      ['ovf:/disk/vmdisk1', '/file/file1', 'media.ovf-drive'],
    ] as const) {
      const text = changed(from, to);
      const item = text.lastIndexOf('<Item>', text.indexOf(to));
      expect(refusalOf(utf8(text))).toMatchObject({ code, byte: item + '<Item>'.length });
    }
  });

  it('counts in bytes of the file, a byte order mark included', () => {
    const tag = '<Network ovf:name="LAN"/>';
    const text = changed('<NetworkSection>', `<NetworkSection><!-- ä€😀 -->${tag}`);
    const plain = refusalOf(utf8(text));
    const second = text.indexOf('ovf:name="LAN"', text.indexOf(tag) + tag.length);
    expect(plain).toMatchObject({ code: 'media.ovf-network', network: 'LAN' });
    expect(plain['byte']).toBe(utf8(text.slice(0, text.indexOf('>', second) + 1)).length);
    expect(refusalOf(utf8(`\ufeff${text}`))['byte']).toBe(Number(plain['byte']) + 3);
  });

  it('is the first byte that is not UTF-8', () => {
    for (const bad of [[0xff], [0xe9, 0x41], [0xe2, 0x82], [0xf0, 0x9f, 0x98, 0x41], [0xed, 0xa0, 0x80]]) {
      for (const at of [0, 1, 2000, sound.length]) {
        const bytes = Uint8Array.from([...utf8(sound.slice(0, at)), ...bad, ...(bad.length === 2 ? [] : [0x20])]);
        expect(refusalOf(bytes)).toMatchObject({ code: 'media.xml-encoding', byte: at });
      }
    }
  });

  it('is the second of two elements', () => {
    const text = changed('</Envelope>', '<References/></Envelope>');
    expect(refusalOf(utf8(text))).toMatchObject({
      code: 'media.ovf-twice',
      element: 'References',
      byte: byteOf(text, '<References/>') + '<References/>'.length,
    });
  });
});

describe('the words of a refusal', () => {
  it('are printable and short for any file', () => {
    const nasty = '\u009b31m\u202e\u2066\u00a0ä';
    for (const [from, to] of [
      ['byte * 2^30', nasty],
      ['ovf:/disk/vmdisk1', `ovf:/disk/${nasty}`],
      ['<rasd:Connection>WAN<', `<rasd:Connection>${nasty}<`],
      ['ovf:key="hostname"', `ovf:key="${nasty}"`],
      ['ovf:capacity="1"', `ovf:capacity="${nasty}${'x'.repeat(5000)}"`],
      ['web-disk1.vmdk', nasty],
    ] as const) {
      for (const value of Object.values(refusalOf(utf8(changed(from, to))))) {
        expect(String(value)).toMatch(/^[ -~]{0,80}$/);
      }
    }
  });
});

const many = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join('');
const long = (name: string, index: number): string => `${name.repeat(60)}${index}`;

/** Time of the processor, in microseconds: a busy machine does not fail a test. */
describe('the largest descriptors within the limits', () => {
  const largest: ReadonlyArray<readonly [string, string]> = [
    [
      '4,000 properties',
      changed(
        '<ProductSection>',
        `<ProductSection ovf:class="c">${many(4000, (n) => `<Property ovf:key="${long('k', n)}"/>`)}`,
      ),
    ],
    [
      '19 product sections of 900 properties',
      changed(
        '<ProductSection>',
        `${many(19, (s) => `<ProductSection ovf:class="c${s}">${many(900, (n) => `<Property ovf:key="k${n}"/>`)}</ProductSection>`)}<ProductSection>`,
      ),
    ],
    [
      '500 networks and 1,000 NICs',
      changed(
        '<NetworkSection>',
        `<NetworkSection>${many(500, (n) => `<Network ovf:name="${long('n', n)}"/>`)}`,
      ).replace(
        '<Item>',
        `${many(1000, () => `<Item><rasd:ResourceType>10</rasd:ResourceType><rasd:Connection>${long('n', 499)}</rasd:Connection></Item>`)}<Item>`,
      ),
    ],
    [
      '250 empty disks in 1,000 drives',
      changed(
        '<DiskSection>',
        `<DiskSection>${many(250, (n) => `<Disk ovf:capacity="1" ovf:diskId="${long('d', n)}"/>`)}`,
      ).replace(
        '<Item>',
        `${many(1000, () => `<Item><rasd:ResourceType>17</rasd:ResourceType><rasd:HostResource>/disk/${long('d', 249)}</rasd:HostResource></Item>`)}<Item>`,
      ),
    ],
    [
      '250 options, each item in all of them',
      changed(
        '<NetworkSection>',
        `<DeploymentOptionSection>${many(250, (n) => `<Configuration ovf:id="o${n}"/>`)}</DeploymentOptionSection><NetworkSection>`,
      ).replace(
        '<Item>',
        `${many(900, () => `<Item ovf:configuration="${many(250, (n) => ` o${n}`).trim()}"><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity></Item>`)}<Item>`,
      ),
    ],
    ['a megabyte of blanks', changed('<Name>', `<Name>a${' '.repeat(1_000_000)}b`)],
    [
      'a licence of blanks',
      changed(
        '</VirtualSystem>',
        `<EulaSection><License>a${' '.repeat(1_000_000)}b</License></EulaSection></VirtualSystem>`,
      ),
    ],
  ];
  it.each(largest)('are read at once: %s', (_name, text) => {
    const bytes = utf8(text);
    expect(bytes.length).toBeLessThan(2 * 1024 * 1024);
    const started = process.cpuUsage();
    parseOvf(bytes, 'web.ovf');
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });

  const tooLarge: ReadonlyArray<readonly [string, string, string]> = [
    ['200,000 attributes', `<a ${many(200_000, (n) => ` a${n}=""`)}/>`, 'media.xml-limit'],
    ['100,000 prefixes', `<a ${many(100_000, (n) => ` xmlns:a${n}="u"`)}/>`, 'media.xml-limit'],
    ['an attribute of two megabytes', `<a b="${'x&amp;'.repeat(330_000)}"/>`, 'media.xml-limit'],
    ['an entity without an end', `&${'a'.repeat(1_900_000)}`, 'media.xml-syntax'],
  ];
  it.each(tooLarge)('are refused at once: %s', (_name, part, code) => {
    const bytes = utf8(changed('<Name>', `${part}<Name>`));
    const started = process.cpuUsage();
    expect(refusalOf(bytes)).toMatchObject({ code });
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});
