/** The OVF descriptor of a sample image. Source: DSP0243 1.1.1, written as VMware's tools do. */

export interface SampleDescriptor {
  readonly component: string;
  readonly release: string;
  /** File name of the disk. */
  readonly disk: string;
  /** Size of the disk file, in bytes. */
  readonly diskBytes: number;
  /** Capacity in GiB. */
  readonly diskGb: number;
  readonly wan: boolean;
}

export interface SampleProperty {
  readonly key: string;
  readonly label: string;
}

const always: readonly SampleProperty[] = [
  { key: 'hostname', label: 'Host name' },
  { key: 'domain', label: 'Domain' },
  { key: 'lan_ip', label: 'LAN address' },
  { key: 'lan_prefix', label: 'LAN prefix length' },
  { key: 'lan_gateway', label: 'LAN gateway' },
  { key: 'dns', label: 'DNS servers' },
  { key: 'ntp', label: 'Time servers' },
  { key: 'ssh_authorized_key', label: 'SSH public key' },
];
const onWan: readonly SampleProperty[] = [
  { key: 'wan_ip', label: 'WAN address' },
  { key: 'wan_prefix', label: 'WAN prefix length' },
  { key: 'wan_gateway', label: 'WAN gateway' },
];

/** The properties of a sample image, with or without a WAN NIC. */
export function sampleProperties(wan: boolean): readonly SampleProperty[] {
  return wan ? [...always, ...onWan] : always;
}

/** The text of the descriptor: one system, one disk, one NIC per network. */
export function writeSampleDescriptor(sample: SampleDescriptor): string {
  const networks = sample.wan ? ['LAN', 'WAN'] : ['LAN'];
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References>
    <File ovf:href="${sample.disk}" ovf:id="file1" ovf:size="${sample.diskBytes}"/>
  </References>
  <DiskSection>
    <Info>Virtual disk information</Info>
    <Disk ovf:capacity="${sample.diskGb}" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <NetworkSection>
    <Info>The list of logical networks</Info>
${networks.map((name) => `    <Network ovf:name="${name}">\n      <Description>The ${name} network</Description>\n    </Network>`).join('\n')}
  </NetworkSection>
  <VirtualSystem ovf:id="${sample.component}">
    <Info>A virtual machine</Info>
    <Name>${sample.component}</Name>
    <OperatingSystemSection ovf:id="96" vmw:osType="debian10_64Guest">
      <Info>The kind of installed guest operating system</Info>
      <Description>Debian GNU/Linux 10 (64-bit)</Description>
    </OperatingSystemSection>
    <VirtualHardwareSection ovf:transport="com.vmware.guestInfo">
      <Info>Virtual hardware requirements</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>${sample.component}</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType>
      </System>
${items(networks)}
    </VirtualHardwareSection>
    <ProductSection>
      <Info>Settings of the guest</Info>
      <Product>Rainbow Edge ${sample.component} (sample)</Product>
      <Vendor>Sample</Vendor>
      <Version>${sample.release}</Version>
${sampleProperties(sample.wan)
  .map(
    ({ key, label }) =>
      `      <Property ovf:key="${key}" ovf:type="string" ovf:userConfigurable="true" ovf:value="">\n        <Label>${label}</Label>\n      </Property>`,
  )
  .join('\n')}
    </ProductSection>
  </VirtualSystem>
</Envelope>
`;
}

/** CPU, memory, SCSI controller, disk, NICs: CIM resource types 3, 4, 6, 17, 10. */
function items(networks: readonly string[]): string {
  const item = (fields: Readonly<Record<string, string | number>>): string =>
    [
      '      <Item>',
      ...Object.entries(fields).map(([name, value]) => `        <rasd:${name}>${value}</rasd:${name}>`),
      '      </Item>',
    ].join('\n');
  return [
    item({
      AllocationUnits: 'hertz * 10^6',
      ElementName: '1 virtual CPU',
      InstanceID: 1,
      ResourceType: 3,
      VirtualQuantity: 1,
    }),
    item({
      AllocationUnits: 'byte * 2^20',
      ElementName: '1024 MB of memory',
      InstanceID: 2,
      ResourceType: 4,
      VirtualQuantity: 1024,
    }),
    item({
      Address: 0,
      ElementName: 'SCSI controller 0',
      InstanceID: 3,
      ResourceSubType: 'VirtualSCSI',
      ResourceType: 6,
    }),
    item({
      AddressOnParent: 0,
      ElementName: 'Hard disk 1',
      HostResource: 'ovf:/disk/vmdisk1',
      InstanceID: 4,
      Parent: 3,
      ResourceType: 17,
    }),
    ...networks.map((network, index) =>
      item({
        AddressOnParent: 7 + index,
        AutomaticAllocation: 'true',
        Connection: network,
        ElementName: `Network adapter ${index + 1}`,
        InstanceID: 5 + index,
        ResourceSubType: 'VmxNet3',
        ResourceType: 10,
      }),
    ),
  ].join('\n');
}
