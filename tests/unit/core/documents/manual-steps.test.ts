import { describe, expect, it } from 'vitest';
import { phaseFor } from '../../../../core/deploy/phases.ts';
import { manualSteps } from '../../../../core/documents/manual-steps.ts';
import type { Site, SiteInput } from '../../../../core/site/schema.ts';
import { renderHtml } from '../../../../core/documents/html.ts';
import type { DocumentModel } from '../../../../core/documents/model.ts';
import { planOf, plainInput, plainSite, sampleSite } from '../../../fixtures/sample-sites.ts';
import { english } from '../../../fixtures/words.ts';

const kvm = plainSite();
const multi = sampleSite('multi-dc');
const bare = plainSite({ datacentres: [{ name: 'hall', platform: 'bare-metal' }] });

function stepsOf(site: Site, more: Partial<Parameters<typeof manualSteps>[0]> = {}): DocumentModel {
  const document = manualSteps(
    {
      plan: planOf(site),
      datacentres: site.datacentres,
      customer: 'ACME',
      tool: 'edge-installer 1.0.0',
      now: '2026-11-20T10:00:00.000Z',
      ...more,
    },
    english,
  );
  if (document === undefined) throw new Error('no steps');
  return document;
}

/** Title and detail of each step of a section. */
const steps = (document: DocumentModel, id: string): Record<string, string> =>
  Object.fromEntries(
    (document.sections.find((section) => section.id === id)?.blocks ?? []).flatMap((block) =>
      block.kind === 'form' ? block.items.map(({ label, why }) => [label, why]) : [],
    ),
  );

describe('steps by hand', () => {
  it('are none where every data centre has an automatic platform', () => {
    const site = sampleSite('small-demo');
    const { datacentres } = site;
    expect(manualSteps({ plan: planOf(site), datacentres, customer: '', tool: '', now: '' }, english)).toBeUndefined();
  });

  it('are there for exactly the servers of data centres without one, base services first', () => {
    const servers = stepsOf(multi)
      .sections.map(({ id }) => id)
      .filter((id) => !id.startsWith('datacentre-'));
    const west = planOf(multi).vms.filter(({ datacentre }) => datacentre === 'west');
    expect(servers.toSorted()).toEqual(west.map(({ name }) => name).toSorted());
    const phases = servers.map((name) => phaseFor(west.find((vm) => vm.name === name)?.component ?? ''));
    const rank = { base: 0, data: 1, services: 2 };
    expect(phases.map((phase) => rank[phase])).toEqual(phases.map((phase) => rank[phase]).toSorted((a, b) => a - b));
  });

  it('name size, disks, cards with VLAN and address, image and properties of a server', () => {
    const network: SiteInput['network'] = {
      lan: { cidr: '10.20.0.0/24', vlan: 20 },
      wan: { cidr: '203.0.113.0/28', gateway: '203.0.113.1' },
    };
    const site = plainSite({ network });
    const [gateway] = planOf(site).vms;
    expect(gateway?.component).toBe('edge-gw');
    // The technical overview's row: 2 vCPU, 2 GB, 64 and 256 GB standard.
    expect(steps(stepsOf(site), 'acme-edge-gw-1')).toEqual({
      'Create the server': 'Virtual machine acme-edge-gw-1 with 2 vCPU and 2\u00a0GB of memory.',
      Disks: 'Disk 1: 64\u00a0GB standard, from the image, grown to this size\nDisk 2: 256\u00a0GB standard, empty',
      NICs: expect.stringMatching(
        /Card 1: WAN, no VLAN given, 203\.0\.113\.2 \/28\nCard 2: LAN, VLAN 20, 10\.20\.0\.2 \/24|Card 1: LAN, VLAN 20, 10\.20\.0\.2 \/24\nCard 2: WAN, no VLAN given, 203\.0\.113\.2 \/28/,
      ),
      Image: 'The image of Edge GW (GateKeeper) on the medium; catalogue.json names its file.',
      'First-boot properties': [
        'hostname=acme-edge-gw-1',
        'component=edge-gw',
        'fqdn=edge.acme.example',
        'lan_ip=10.20.0.2',
        'lan_prefix=24',
        'lan_gateway=10.20.0.1',
        'wan_ip=203.0.113.2',
        'wan_prefix=28',
        'wan_gateway=203.0.113.1',
      ].join('\n'),
      'Start and look': expect.stringContaining('answers to ping'),
    });
  });

  it('name the file of an image that was verified', () => {
    const images = [{ components: ['logs'], file: 'logs.ova', sha256: 'ab'.repeat(32) }];
    expect(steps(stepsOf(kvm, { images }), 'acme-logs-1')['Image']).toBe(`Logs: logs.ova, SHA-256 ${'ab'.repeat(32)}`);
  });

  it('give commands for KVM that hold the figures of the plan, and none for bare metal', () => {
    for (const vm of planOf(kvm).vms) {
      const block = stepsOf(kvm)
        .sections.find(({ id }) => id === vm.name)
        ?.blocks.find(({ kind }) => kind === 'recipe');
      const lines = block?.kind === 'recipe' ? block.lines.join('\n') : '';
      expect(lines).toContain(`--name ${vm.name} --vcpus ${vm.vcpu} --memory ${vm.memoryGb * 1024} `);
      expect(lines.match(/--disk /g)).toHaveLength(vm.disks.length);
      expect(lines.match(/--network /g)).toHaveLength(vm.nics.length);
      for (const { sizeGb } of vm.disks) expect(lines).toContain(` ${sizeGb}G`);
      const premium = vm.disks.filter((disk) => disk.class === 'premium').length;
      expect(lines.match(/--disk "\$PREMIUM/g) ?? []).toHaveLength(premium);
    }
    expect(JSON.stringify(stepsOf(bare))).not.toMatch(/virt-install|qemu-img/);
  });

  it('keep pairs on different hosts and let floating addresses move', () => {
    const prepare = steps(stepsOf(kvm), 'datacentre-dc1');
    expect(prepare['Never on the same host']).toBe('edge-gw-1, edge-gw-2');
    expect(prepare['Floating addresses']).toContain('edge-gw-vip 10.20.0.1');
    expect(prepare['Networks']).toContain('10.20.0.0/24');
  });

  it('have words without gaps, and are a page that shows them as text', () => {
    for (const site of [kvm, multi, bare]) {
      const document = stepsOf(site, { customer: '<b>ACME</b>' });
      const html = renderHtml(document, '');
      expect(html).not.toMatch(/manual\.[a-z]|\{[a-z]+\}(?![^<]*<\/style>)/i);
      expect(html).not.toContain('<b>');
      for (const section of document.sections) expect(html).toContain(`id="${section.id}"`);
    }
    expect(plainInput.datacentres[0].platform).toBe('kvm');
  });
});
