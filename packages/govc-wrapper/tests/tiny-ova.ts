import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

export interface TinyOva {
  /** Bytes of each disk file; the simulator only counts and hashes them. */
  readonly diskBytes: number;
  readonly disks: number;
  readonly networks: readonly string[];
}

const standard: TinyOva = { diskBytes: 256 * 1024, disks: 1, networks: ['LAN', 'WAN'] };

/** Writes an OVA of one small VM: the OVF first, then its disks, each a streamOptimized header and noise. */
export async function writeTinyOva(path: string, wanted: Partial<TinyOva> = {}): Promise<void> {
  const ova = { ...standard, ...wanted };
  const disks = Array.from({ length: ova.disks }, (_, index) => ({
    name: `disk-${String(index)}.vmdk`,
    content: diskFile(ova.diskBytes),
  }));
  const members = [{ name: 'tiny.ovf', content: Buffer.from(descriptor(ova, disks)) }, ...disks];
  const blocks = members.flatMap(({ name, content }) => [tarHeader(name, content.length), content, padding(content)]);
  await writeFile(path, Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function diskFile(bytes: number): Buffer {
  const content = randomBytes(bytes);
  content.fill(0, 0, 512);
  content.write('KDMV', 0);
  content.writeUInt32LE(3, 4);
  content.writeUInt32LE(0x30001, 8);
  return content;
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function padding(content: Buffer): Buffer {
  return Buffer.alloc((512 - (content.length % 512)) % 512);
}

const item = (instance: number, type: number, rest: string): string =>
  `<Item><rasd:ElementName>device ${String(instance)}</rasd:ElementName><rasd:InstanceID>${String(instance)}</rasd:InstanceID>${rest}<rasd:ResourceType>${String(type)}</rasd:ResourceType></Item>`;

function descriptor(ova: TinyOva, disks: readonly { readonly name: string; readonly content: Buffer }[]): string {
  const files = disks.map(
    ({ name, content }, index) =>
      `<File ovf:id="file${String(index)}" ovf:href="${name}" ovf:size="${String(content.length)}"/>`,
  );
  const diskList = disks.map(
    (_, index) =>
      `<Disk ovf:diskId="vmdisk${String(index)}" ovf:fileRef="file${String(index)}" ovf:capacity="10" ovf:capacityAllocationUnits="byte * 2^30" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>`,
  );
  const diskItems = disks.map((_, index) =>
    item(
      10 + index,
      17,
      `<rasd:AddressOnParent>${String(index)}</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/vmdisk${String(index)}</rasd:HostResource><rasd:Parent>3</rasd:Parent>`,
    ),
  );
  const nicItems = ova.networks.map((network, index) =>
    item(
      50 + index,
      10,
      `<rasd:AddressOnParent>${String(7 + index)}</rasd:AddressOnParent><rasd:AutomaticAllocation>true</rasd:AutomaticAllocation><rasd:Connection>${network}</rasd:Connection><rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType>`,
    ),
  );
  const networks = ova.networks.map((network) => `<Network ovf:name="${network}"><Description/></Network>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
  xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
<References>${files.join('')}</References>
<DiskSection><Info>Disks</Info>${diskList.join('')}</DiskSection>
<NetworkSection><Info>Networks</Info>${networks.join('')}</NetworkSection>
<VirtualSystem ovf:id="tiny"><Info>A VM</Info><Name>tiny</Name>
<OperatingSystemSection ovf:id="101"><Info>System</Info></OperatingSystemSection>
<VirtualHardwareSection ovf:transport="com.vmware.guestInfo"><Info>Hardware</Info>
<System><vssd:ElementName>Hardware</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID><vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType></System>
${item(1, 3, '<rasd:VirtualQuantity>2</rasd:VirtualQuantity>')}
${item(2, 4, '<rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:VirtualQuantity>1024</rasd:VirtualQuantity>')}
${item(3, 6, '<rasd:Address>0</rasd:Address><rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType>')}
${diskItems.join('\n')}
${nicItems.join('\n')}
</VirtualHardwareSection>
<ProductSection ovf:class="tiny"><Info>Properties</Info><Product>Tiny</Product>
<Property ovf:key="hostname" ovf:type="string" ovf:userConfigurable="true" ovf:value="localhost"/>
<Property ovf:key="release" ovf:type="string" ovf:userConfigurable="false" ovf:value="1"/>
</ProductSection>
</VirtualSystem></Envelope>
`;
}
