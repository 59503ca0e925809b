import { again, declared, describeForgeries, drive, href, many, nic, openBench, replaced } from './forgery-kit.ts';
import type { Forgery } from './forgery-kit.ts';
import { soundParts, tarOf } from './ova-kit.ts';

const bench = openBench();

const forgeries: Readonly<Record<string, readonly Forgery[]>> = {
  'a reference': [
    ['with a wildcard', () => href('web-d*.vmdk'), 'ovf-href'],
    ['with a question mark', () => href('web-disk?.vmdk'), 'ovf-href'],
    ['with a set', () => href('web-disk[1].vmdk'), 'ovf-href'],
    ['over http', () => href('http://198.51.100.1/disk.vmdk'), 'ovf-href'],
    ['to a file URL', () => href('file:///etc/shadow'), 'ovf-href'],
    ['to a path', () => href('/etc/shadow'), 'ovf-href'],
    ['in percent code', () => href('web%2ddisk1.vmdk'), 'ovf-href'],
    ['with nothing', () => href(''), 'ovf-href'],
    ['with another size', () => replaced(/ovf:size="\d+"/, 'ovf:size="1"'), 'ova-file-size'],
    ['in chunks', () => replaced('ovf:size=', 'ovf:chunkSize="1000" ovf:size='), 'ovf-chunks'],
    ['compressed', () => replaced('ovf:size=', 'ovf:compression="gzip" ovf:size='), 'ovf-compression'],
    [
      'with a second href in another namespace',
      () => replaced('ovf:size=', 'vmw:href="other.vmdk" ovf:size='),
      'ovf-attribute-twice',
    ],
    ['with a prefix named href', () => declared('href', 'web.ovf'), 'ovf-attribute-twice'],
    [
      'with a prefix named href alone',
      () => replaced(` ovf:href="`, ' xmlns:href="web.ovf" vmw:other="'),
      'ovf-attribute-twice',
    ],
    ['with a size that is a word', () => replaced(/ovf:size="\d+"/, 'ovf:size="much"'), 'ovf-number'],
    ['with an empty size', () => replaced(/ovf:size="\d+"/, 'ovf:size=""'), 'accepted'],
    ...['other.mf', 'second.ovf', 'web.MF', 'x.cert'].map(
      (name) =>
        [
          `to ${name}, which govc would take for the archive's own`,
          () => replaced('</References>', `<File ovf:href="${name}" ovf:id="f9"/></References>`),
          'ovf-href',
        ] as const,
    ),
    ['twice', () => replaced(/(<File [^>]*>)/, '$1$1'), 'ovf-file-duplicate'],
    ['in a second References section', () => replaced('</References>', '</References><References/>'), 'ovf-twice'],
    [
      'in a References section of another namespace',
      () => replaced('</References>', '</References><vmw:References/>'),
      'ovf-namespace',
    ],
  ],
  'a descriptor': [
    ['with a DOCTYPE', () => replaced('<Envelope', '<!DOCTYPE Envelope><Envelope'), 'xml-doctype'],
    [
      'with a million entities declared',
      () => replaced('<Envelope', `<!DOCTYPE Envelope [${'<!ENTITY a "b">'.repeat(100_000)}]><Envelope`),
      'xml-doctype',
    ],
    ['with a million entities used', () => replaced('<Name>', `<Name>${'&amp;'.repeat(1_000_000)}`), 'ova-text-size'],
    ['with as many entities as fit', () => replaced('<Name>', `<Name>${'&amp;'.repeat(400_000)}`), 'accepted'],
    [
      'with nested entities (billion laughs)',
      () => replaced('<Envelope', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Envelope'),
      'xml-doctype',
    ],
    ['with an unknown entity', () => replaced('<Name>', '<Name>&secret;'), 'xml-syntax'],
    [
      '20,000 levels deep',
      () => replaced('<Name>', `${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}<Name>`),
      'xml-limit',
    ],
    ['with 100,000 elements', () => replaced('<Name>', `${'<a/>'.repeat(100_000)}<Name>`), 'xml-limit'],
    [
      'with 10,000 attributes',
      () => replaced('<Name>', `<a ${Array.from({ length: 10_000 }, (_, index) => `a${index}="1"`).join(' ')}/><Name>`),
      'xml-limit',
    ],
    ['with too much text', () => replaced('<Name>', `<Name>${'x'.repeat(1_500_000)}`), 'xml-limit'],
    ['with a processing instruction', () => replaced('<References>', '<?run this?><References>'), 'xml-instruction'],
    ['with two roots', () => replaced('</Envelope>', '</Envelope><Envelope/>'), 'xml-syntax'],
    ['cut short', () => replaced('</Envelope>', ''), 'xml-syntax'],
    ['declared as UTF-16', () => replaced('encoding="UTF-8"', 'encoding="UTF-16"'), 'xml-encoding'],
    [
      'that is no UTF-8',
      () => {
        const parts = soundParts();
        const bad = { ...parts.ovf, bytes: Buffer.concat([parts.ovf.bytes, Buffer.from([0xff])]) };
        return tarOf([bad, parts.disk]);
      },
      'xml-encoding',
    ],
    ['of another root', () => replaced(/Envelope( |>)/g, 'Package$1'), 'ovf-envelope'],
    [
      'of OVF 0.9',
      () => replaced(/http:\/\/schemas.dmtf.org\/ovf\/envelope\/1/g, 'http://www.vmware.com/schema/ovf/1/envelope'),
      'ovf-draft',
    ],
    [
      'of an unknown namespace',
      () => replaced(/http:\/\/schemas.dmtf.org\/ovf\/envelope\/1/g, 'http://schemas.dmtf.org/ovf/envelope/9'),
      'ovf-namespace',
    ],
    ['in XML 1.1', () => replaced('version="1.0"', 'version="1.1"'), 'xml-version'],
    ['with a prefix named capacity', () => declared('capacity', '9999'), 'ovf-attribute-twice'],
    ['with a prefix named name', () => declared('name', 'DMZ'), 'ovf-attribute-twice'],
    ['with a prefix named key', () => declared('key', 'other'), 'ovf-attribute-twice'],
    ['with a prefix named transport', () => declared('transport', 'iso'), 'ovf-attribute-twice'],
    ...['Name', 'VirtualSystemType', 'VirtualQuantity', 'Connection', 'ResourceSubType', 'Product', 'Info'].map(
      (element) => [`with a second ${element}`, () => again(element, '9'), 'ovf-twice'] as const,
    ),
    [
      'with a second License',
      () =>
        replaced(
          '</VirtualSystem>',
          '<EulaSection><Info>x</Info><License>a</License><License>b</License></EulaSection></VirtualSystem>',
        ),
      'ovf-twice',
    ],
    [
      'with a NIC behind a second type',
      () => nic('<rasd:ResourceType>1</rasd:ResourceType><rasd:ResourceType>10</rasd:ResourceType>'),
      'ovf-twice',
    ],
    ...['010', '+10', '0xa', '1e1', '65546', '-10', '１０'].map(
      (type) =>
        [
          `with a NIC of type ${type}`,
          () => nic(`<rasd:ResourceType>${type}</rasd:ResourceType>`),
          'ovf-number',
        ] as const,
    ),
    ['with an item of no type', () => nic(''), 'ovf-number'],
    ['with an item of an empty type', () => nic('<rasd:ResourceType/>'), 'ovf-number'],
    [
      'with a NIC of an unknown configuration',
      () =>
        replaced(
          '</VirtualHardwareSection>',
          '<Item ovf:configuration="x"><rasd:ResourceType>10</rasd:ResourceType></Item></VirtualHardwareSection>',
        ),
      'ovf-value',
    ],
    ['with an unknown bound', () => replaced('<Item>', '<Item ovf:bound="Normal">'), 'ovf-value'],
    ['with a requirement of yes', () => replaced('<DiskSection>', '<DiskSection ovf:required="yes">'), 'ovf-value'],
    ['with a property that may be set', () => replaced('Configurable="true"', 'Configurable="maybe"'), 'ovf-value'],
    ['with an allocation of yes', () => replaced('Allocation>true<', 'Allocation>yes<'), 'ovf-value'],
    [
      'with a populated size that is no number',
      () => replaced('ovf:fileRef', 'ovf:populatedSize="much" ovf:fileRef'),
      'ovf-number',
    ],
    ['with an operating system of 40000', () => replaced('ovf:id="96"', 'ovf:id="40000"'), 'ovf-number'],
    ['with an unlimited limit', () => nic('<rasd:Limit>unlimited</rasd:Limit>'), 'ovf-number'],
    ['with a reservation beyond 64 bits', () => nic(`<rasd:Reservation>${2n ** 64n}</rasd:Reservation>`), 'ovf-number'],
    ['with two cores per socket, in words', () => nic('<vmw:CoresPerSocket>two</vmw:CoresPerSocket>'), 'ovf-number'],
    ['with a disk behind another scheme', () => drive('file:/disk/vmdisk1'), 'ovf-drive'],
    ['with a file in a drive', () => drive('ovf:/file/file1'), 'ovf-drive'],
    ['with an unknown disk behind two slashes', () => drive('ovf://disk/nothere'), 'ovf-disk-unknown'],
    [
      'with two disks in one drive',
      () => replaced(/(<rasd:HostResource>[^<]*<\/rasd:HostResource>)/, '$1$1'),
      'ovf-twice',
    ],
    [
      'with one disk in two drives',
      () =>
        replaced(
          '</VirtualHardwareSection>',
          '<Item><rasd:HostResource>/disk/vmdisk1</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item></VirtualHardwareSection>',
        ),
      'ovf-disk-twice',
    ],
    ['with a capacity in ambiguous megabytes', () => replaced('byte * 2^30', 'MegaBytes'), 'ovf-unit'],
    ['with a unit of two words', () => replaced('byte * 2^30', 'byte * byte'), 'ovf-unit'],
    ['with an empty unit', () => replaced('byte * 2^30', '1024 * 1024'), 'ovf-unit'],
    ['with an invalid class', () => replaced('<ProductSection>', '<ProductSection ovf:class="a b">'), 'ovf-property'],
    [
      'with a class that makes keys too long',
      () => replaced('<ProductSection>', `<ProductSection ovf:class="${'c'.repeat(300)}">`),
      'ovf-property',
    ],
    ['with a long attribute', () => replaced('<Name>', `<a b="${'x'.repeat(70_000)}"/><Name>`), 'xml-limit'],
    [
      'with 18,000 properties',
      () => replaced('<ProductSection>', `<ProductSection>${many(18_000, (n) => `<Property ovf:key="k${n}"/>`)}`),
      'ovf-many',
    ],
    [
      'with 18,000 networks',
      () => replaced('<NetworkSection>', `<NetworkSection>${many(18_000, (n) => `<Network ovf:name="n${n}"/>`)}`),
      'ovf-many',
    ],
    [
      'with 18,000 disks',
      () =>
        replaced('<DiskSection>', `<DiskSection>${many(18_000, (n) => `<Disk ovf:capacity="1" ovf:diskId="d${n}"/>`)}`),
      'ovf-many',
    ],
    [
      'with 6,000 NICs',
      () => replaced('<Item>', `${many(6000, () => '<Item><rasd:ResourceType>10</rasd:ResourceType></Item>')}<Item>`),
      'ovf-many',
    ],
    [
      'with a collection',
      () => replaced('</Envelope>', '<VirtualSystemCollection ovf:id="x"/></Envelope>'),
      'ovf-collection',
    ],
    ['with two systems', () => replaced('</Envelope>', '<VirtualSystem ovf:id="x"/></Envelope>'), 'ovf-twice'],
    ['without a system', () => replaced(/<VirtualSystem [\s\S]*<\/VirtualSystem>/, ''), 'ovf-no-system'],
    [
      'without hardware',
      () => replaced(/<VirtualHardwareSection[\s\S]*<\/VirtualHardwareSection>/, ''),
      'ovf-hardware',
    ],
    [
      'with hardware twice',
      () => replaced('<ProductSection>', '<VirtualHardwareSection/><ProductSection>'),
      'ovf-twice',
    ],
    ['with zero processors', () => replaced('<rasd:VirtualQuantity>1<', '<rasd:VirtualQuantity>0<'), 'ovf-cpu'],
    ['with absurd memory', () => replaced('<rasd:VirtualQuantity>1024<', '<rasd:VirtualQuantity>-5<'), 'ovf-number'],
    ['with an unknown unit', () => replaced('byte * 2^30', 'parsec'), 'ovf-unit'],
    ['with a huge exponent', () => replaced('byte * 2^30', 'byte * 2^99'), 'ovf-unit'],
    ['with a capacity of zero', () => replaced('ovf:capacity="1"', 'ovf:capacity="0"'), 'ovf-capacity'],
    [
      'with a capacity of a million TB',
      () => replaced('ovf:capacity="1"', 'ovf:capacity="1000000000"'),
      'ovf-capacity',
    ],
    ['with a disk on a parent', () => replaced('ovf:diskId', 'ovf:parentRef="base" ovf:diskId'), 'ovf-disk-parent'],
    ['with a disk of an unknown file', () => replaced('ovf:fileRef="file1"', 'ovf:fileRef="file9"'), 'ovf-disk-file'],
    ['with a sparse disk', () => replaced('#streamOptimized', '#sparse'), 'ovf-disk-format'],
    [
      'with two disks in one file',
      () => replaced(/(<Disk [^>]*?)vmdisk1([^>]*>)/, '$1vmdisk1$2$1vmdisk2$2'),
      'ovf-disk-shared',
    ],
    ['with an undefined disk', () => replaced('ovf:/disk/vmdisk1', 'ovf:/disk/vmdisk7'), 'ovf-disk-unknown'],
    [
      'with a NIC on an undeclared network',
      () => replaced('<rasd:Connection>WAN<', '<rasd:Connection>DMZ<'),
      'ovf-nic-network',
    ],
    ['with a network twice', () => replaced('ovf:name="WAN"', 'ovf:name="LAN"'), 'ovf-network'],
    ['with a property twice', () => replaced('ovf:key="lan_ip"', 'ovf:key="hostname"'), 'ovf-property'],
  ],
};

describeForgeries(bench, forgeries);
