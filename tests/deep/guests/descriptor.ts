/** The OVF descriptor of the reference gateway. Source: DSP0243 1.1.1, written as VMware's tools do. */

/** Source: docs/image-contract.md. `edge.nics` is no property: MACs are known only after the import. */
export const imageProperties = [
  'hostname',
  'component',
  'fqdn',
  'lan_ip',
  'lan_prefix',
  'lan_gateway',
  'lan_vlan',
  'wan_ip',
  'wan_prefix',
  'wan_gateway',
  'dns',
  'ssh_authorized_key',
] as const;

export interface Disk {
  readonly file: string;
  readonly bytes: number;
  readonly capacityBytes: number;
}

const item = (fields: Readonly<Record<string, string | number>>): string =>
  `      <Item>${Object.entries(fields)
    .map(([name, value]) => `<rasd:${name}>${value}</rasd:${name}>`)
    .join('')}</Item>`;

/** One disk on pvscsi, and two vmxnet3 NICs: LAN, WAN. */
export function gatewayDescriptor({ file, bytes, capacityBytes }: Disk): string {
  const nics = ['LAN', 'WAN'];
  const items = [
    { AllocationUnits: 'hertz * 10^6', ElementName: 'CPU', InstanceID: 1, ResourceType: 3, VirtualQuantity: 2 },
    { AllocationUnits: 'byte * 2^20', ElementName: 'Memory', InstanceID: 2, ResourceType: 4, VirtualQuantity: 2048 },
    { Address: 0, ElementName: 'SCSI 0', InstanceID: 3, ResourceSubType: 'VirtualSCSI', ResourceType: 6 },
    {
      AddressOnParent: 0,
      ElementName: 'Disk 1',
      HostResource: 'ovf:/disk/disk1',
      InstanceID: 4,
      Parent: 3,
      ResourceType: 17,
    },
    ...nics.map((network, at) => ({
      AddressOnParent: 7 + at,
      AutomaticAllocation: 'true',
      Connection: network,
      ElementName: `Network adapter ${at + 1}`,
      InstanceID: 5 + at,
      ResourceSubType: 'VmxNet3',
      ResourceType: 10,
    })),
  ];
  const properties = imageProperties.map(
    (key) => `      <Property ovf:key="${key}" ovf:type="string" ovf:userConfigurable="true" ovf:value=""/>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References>
    <File ovf:href="${file}" ovf:id="file1" ovf:size="${bytes}"/>
  </References>
  <DiskSection>
    <Info>Disks</Info>
    <Disk ovf:capacity="${capacityBytes}" ovf:diskId="disk1" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <NetworkSection>
    <Info>Networks</Info>
${nics.map((name) => `    <Network ovf:name="${name}"><Description>${name}</Description></Network>`).join('\n')}
  </NetworkSection>
  <VirtualSystem ovf:id="edge-gw">
    <Info>A virtual machine</Info>
    <Name>edge-gw</Name>
    <OperatingSystemSection ovf:id="96" vmw:osType="debian12_64Guest">
      <Info>Operating system</Info>
    </OperatingSystemSection>
    <VirtualHardwareSection ovf:transport="com.vmware.guestInfo">
      <Info>Hardware</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType>
      </System>
${items.map(item).join('\n')}
    </VirtualHardwareSection>
    <ProductSection>
      <Info>Site data</Info>
      <Product>Rainbow Edge gateway (reference)</Product>
      <Version>1</Version>
${properties.join('\n')}
    </ProductSection>
  </VirtualSystem>
</Envelope>
`;
}
