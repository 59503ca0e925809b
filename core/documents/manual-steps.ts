/**
 * The manual steps for a data centre without an automatic platform: per server its size, disks, NICs, image and
 * first-boot properties, in the order of a deployment. The figures are those of the plan.
 */
import { guestProperties } from '../deploy/guest-properties.ts';
import { phaseFor, phaseNames } from '../deploy/phases.ts';
import { automaticSite, type PlatformSite } from '../platform/layout.ts';
import type { Plan, PlannedDatacentre, PlannedVm } from '../plan/model.ts';
import { cell, componentName, countCell, gbCell, gbInWords, timeCell } from './format.ts';
import type { Block, DocumentModel, FactsBlock, FormBlock, FormItem, RecipeBlock, Section } from './model.ts';
import type { Text } from '../base/text.ts';

export interface ManualStepsInput {
  readonly plan: Plan;
  /** Those of the site file. */
  readonly datacentres: readonly PlatformSite[];
  readonly customer: string;
  readonly tool: string;
  /** ISO 8601 in UTC. */
  readonly now: string;
  /** Images of the verified medium, if there is one. */
  readonly images?: readonly {
    readonly components: readonly string[];
    readonly file: string;
    readonly sha256: string;
  }[];
}

/** Whether words and commands are those of libvirt; otherwise a person installs on bare metal. */
const kindOf = (platform: string): 'kvm' | 'bare-metal' => (platform === 'bare-metal' ? 'bare-metal' : 'kvm');
type ByHand = ReturnType<typeof kindOf>;

const shortName = ({ site }: Plan, { name }: PlannedVm): string => name.slice(site.length + 1);

/** A step to tick off. Details of several lines are kept as they are. */
const step = (text: Text, key: string, label: string, why: string): FormItem => ({
  key,
  label,
  why,
  example: '',
  answer: { kind: 'done', on: text('manual.done-on'), by: text('manual.done-by') },
});

/** Servers of one component in one data centre. They must be on different hosts. */
const apart = (vms: readonly PlannedVm[], plan: Plan): readonly string[] => {
  const groups = new Map<string, string[]>();
  for (const vm of vms) groups.set(vm.component, [...(groups.get(vm.component) ?? []), shortName(plan, vm)]);
  return [...groups.values()].filter((names) => names.length > 1).map((names) => names.join(', '));
};

const vlanInWords = (text: Text, vlan: number | null): string =>
  vlan === null ? text('manual.no-vlan') : text('manual.vlan', { vlan });

function prepare(
  text: Text,
  plan: Plan,
  { platform, name }: { readonly platform: ByHand; readonly name: string },
  vms: readonly PlannedVm[],
): FormBlock {
  const params = {
    datacentre: name,
    lan: plan.lan.cidr,
    wan: plan.wan.cidr,
    lanVlan: vlanInWords(text, plan.lan.vlan),
    wanVlan: vlanInWords(text, plan.wan.vlan),
    vips: plan.vips
      .filter(({ members }) => vms.some((vm) => members.includes(vm.name)))
      .map((vip) => `${vip.name} ${vip.address}`)
      .join(', '),
    groups: apart(vms, plan).join('\n'),
  };
  const keys = [
    'host',
    'network',
    ...(params.vips === '' ? [] : ['vrrp']),
    ...(params.groups === '' ? [] : ['apart']),
    'media',
  ];
  return {
    kind: 'form',
    id: `${name}-prepare`,
    caption: text('manual.prepare.caption'),
    items: keys.map((key) => {
      const own = `manual.prepare.${key}.${platform}`;
      const detail = text.has(own) ? own : `manual.prepare.${key}.detail`;
      return step(text, `${name}-${key}`, text(`manual.prepare.${key}.title`), text(detail, params));
    }),
  };
}

const totals = (text: Text, { name, vms, vcpu, memoryGb, diskGb, premiumGb }: PlannedDatacentre): FactsBlock => ({
  kind: 'facts',
  id: `${name}-totals`,
  caption: text('manual.totals.caption'),
  items: [
    { key: 'vms', label: text('manual.totals.vms'), value: countCell(text, vms) },
    { key: 'vcpu', label: text('manual.totals.vcpu'), value: countCell(text, vcpu) },
    { key: 'memoryGb', label: text('manual.totals.memory'), value: gbCell(text, memoryGb) },
    { key: 'standardGb', label: text('manual.totals.standard'), value: gbCell(text, diskGb - premiumGb) },
    { key: 'premiumGb', label: text('manual.totals.premium'), value: gbCell(text, premiumGb) },
  ],
});

const propertiesOf = (plan: Plan, vm: PlannedVm): readonly string[] =>
  Object.entries(guestProperties(plan, vm)).map(([key, value]) => `${key}=${value}`);

function serverSteps(text: Text, { plan, images = [] }: ManualStepsInput, vm: PlannedVm, platform: ByHand): FormBlock {
  const disks = vm.disks.map(({ sizeGb, class: kind }, position) =>
    text(position === 0 ? 'manual.disk.first' : 'manual.disk.more', {
      number: position + 1,
      size: gbInWords(text, sizeGb),
      class: text(`manual.disk.${kind}`),
    }),
  );
  const nics = vm.nics.map(({ network, addresses }, position) =>
    text('manual.nic', {
      number: position + 1,
      network: network.toUpperCase(),
      vlan: vlanInWords(text, plan[network].vlan),
      addresses: addresses.join(', '),
      prefix: plan[network].prefix,
    }),
  );
  const image = images.find(({ components }) => components.includes(vm.component));
  const component = componentName(text, vm.component);
  const create = { name: vm.name, vcpu: vm.vcpu, memory: gbInWords(text, vm.memoryGb) };
  const rows: readonly (readonly [key: string, detail: string])[] = [
    ['create', text(`manual.create.${platform}`, create)],
    ['disks', disks.join('\n')],
    ['network', nics.join('\n')],
    [
      'image',
      image === undefined
        ? text('manual.image.unknown', { component })
        : text('manual.image.known', { component, file: image.file, sha256: image.sha256 }),
    ],
    ['properties', propertiesOf(plan, vm).join('\n')],
    ['start', text('manual.start', { address: vm.nics[0]?.addresses[0] ?? '' })],
  ];
  return {
    kind: 'form',
    id: vm.name,
    caption: text('manual.steps'),
    items: rows.map(([key, detail]) => step(text, `${vm.name}-${key}`, text(`manual.step.${key}`), detail)),
  };
}

/** The same as commands for libvirt. Names of bridges and pools stand in variables, since only the host knows them. */
function commands(text: Text, vm: PlannedVm): RecipeBlock {
  const pool = (kind: 'standard' | 'premium'): string => (kind === 'premium' ? '$PREMIUM' : '$STANDARD');
  const file = (position: number): string =>
    `"${pool(vm.disks[position]?.class ?? 'standard')}/${vm.name}-${position + 1}.qcow2"`;
  const nics = vm.nics.map(({ network }) => `--network "bridge=$${network.toUpperCase()},model=virtio"`);
  return {
    kind: 'recipe',
    id: `${vm.name}-commands`,
    title: text('manual.commands'),
    lines: [
      `qemu-img convert -O qcow2 "$IMAGE" ${file(0)}`,
      `qemu-img resize ${file(0)} ${vm.disks[0]?.sizeGb ?? 0}G`,
      ...vm.disks.slice(1).map(({ sizeGb }, position) => `qemu-img create -f qcow2 ${file(position + 1)} ${sizeGb}G`),
      `virt-install --name ${vm.name} --vcpus ${vm.vcpu} --memory ${vm.memoryGb * 1024} --import --osinfo detect=on,require=off \\`,
      ...vm.disks.map((_, position) => `  --disk ${file(position)},bus=scsi \\`),
      `  ${nics.join(' ')} \\`,
      '  --controller scsi,model=virtio-scsi --graphics vnc --noautoconsole',
    ],
  };
}

const variables = (text: Text): RecipeBlock => ({
  kind: 'recipe',
  id: 'variables',
  title: text('manual.variables'),
  lines: [
    'STANDARD=/var/lib/libvirt/standard-perf',
    'PREMIUM=/var/lib/libvirt/high-perf',
    'LAN=br-lan',
    'WAN=br-wan',
    'IMAGE=image-disk1.vmdk',
  ],
});

/** The document; undefined where every data centre has an automatic platform. */
export function manualSteps(input: ManualStepsInput, text: Text): DocumentModel | undefined {
  const { plan, customer, tool, now } = input;
  const byHand = new Set(input.datacentres.filter((one) => automaticSite(one) === undefined).map(({ name }) => name));
  const datacentres = plan.datacentres.filter(({ name }) => byHand.has(name));
  if (datacentres.length === 0) return undefined;
  const sections = datacentres.flatMap((datacentre): Omit<Section, 'number'>[] => {
    const { name } = datacentre;
    const platform = kindOf(datacentre.platform);
    const vms = plan.vms.filter((vm) => vm.datacentre === name);
    const inOrder = phaseNames.flatMap((phase) => vms.filter(({ component }) => phaseFor(component) === phase));
    const head: readonly Block[] = [
      { kind: 'note', tone: 'neutral', text: text(`manual.intro.${platform}`, { datacentre: name }) },
      { kind: 'note', tone: 'warn', text: text('manual.properties-note') },
      totals(text, datacentre),
      prepare(text, plan, { platform, name }, vms),
      ...(platform === 'kvm' ? [variables(text)] : []),
    ];
    return [
      {
        id: `datacentre-${name}`,
        title: text('manual.section', { datacentre: name, platform: text(`manual.platform.${platform}`) }),
        blocks: head,
      },
      ...inOrder.map((vm) => ({
        id: vm.name,
        title: text('manual.server', { name: vm.name, component: componentName(text, vm.component) }),
        blocks: [serverSteps(text, input, vm, platform), ...(platform === 'kvm' ? [commands(text, vm)] : [])],
      })),
    ];
  });
  const servers = datacentres.reduce((sum, { vms }) => sum + vms, 0);
  const fact = (key: string, value: string) => ({ key, label: text(`manual.head.${key}`), value: cell(value) });
  return {
    language: text.language,
    title: text('manual.title'),
    site: plan.site,
    customer,
    fqdn: plan.fqdn,
    tool,
    created: now,
    outcome: {
      tone: 'info',
      title: text('manual.outcome.title', { servers }),
      text: text('manual.outcome.text', { datacentres: datacentres.map(({ name }) => name).join(', ') }),
    },
    titleBlock: {
      kind: 'facts',
      id: 'site',
      items: [
        fact('customer', customer),
        fact('site', plan.site),
        fact('fqdn', plan.fqdn),
        { key: 'created', label: text('manual.head.created'), value: timeCell(now) },
        fact('tool', tool),
      ],
    },
    contentsTitle: text('manual.contents'),
    sections: sections.map((section, position) => ({ ...section, number: position + 1 })),
    words: {
      pageOf: text('manual.page', { page: '{page}', pages: '{pages}' }),
      generatedBy: text('manual.generated-by', { tool }),
    },
  };
}
