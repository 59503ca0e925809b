/**
 * Lays the drawing out with ELK. It packs the boxes of each zone, then layers the zones: outside, WAN, front, LAN, rows
 * behind the LAN. The buses are straight lines at the heights that ELK gave them.
 */
import ElkModule, { type ELK, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Plan } from '../../plan/model.ts';
import type { Text } from '../../base/text.ts';
import { type Box, boxesOf, type Zone, zones } from './boxes.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedBox extends Rect {
  readonly box: Box;
}
export interface PlacedZone extends Rect {
  readonly zone: Zone;
  readonly datacentre: string;
  /** Row among the zones behind the LAN, from 0; the ones after the first hang on the trunk at the left. */
  readonly row: number;
}
export interface PlacedDatacentre extends Rect {
  readonly name: string;
}
export const outsides = ['noc', 'internet', 'customer'] as const;
export type Outside = (typeof outsides)[number];

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly zones: readonly PlacedZone[];
  readonly datacentres: readonly PlacedDatacentre[];
  readonly outside: Readonly<Record<Outside, Rect>>;
  /** Heights of the two buses. */
  readonly wanY: number;
  readonly lanY: number;
}

/** Pixels. Text is measured by a generous average: fonts differ between hosts, boxes must not. */
export const metrics = {
  rowHeight: 14,
  titleHeight: 26,
  boxPadding: 9,
  zonePadding: 10,
  zoneTitle: 20,
  datacentreTitle: 24,
  gap: 10,
  busGap: 26,
  margin: 18,
  titleChar: 7.4,
  rowChar: 6,
  outsideWidth: 184,
  outsideHeight: 48,
} as const;

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** Longest text that a box shows whole. */
export const longestLabel = 30;
export const shortened = (text: string): string => cut(text, longestLabel);

function boxWidth(boxes: readonly Box[]): number {
  const { rowChar, titleChar, boxPadding } = metrics;
  let width = 130;
  for (const box of boxes) {
    const badge = box.count > 1 ? 26 : 0;
    width = Math.max(width, shortened(box.title).length * titleChar + badge);
    for (const row of box.rows) width = Math.max(width, (shortened(row.label).length + row.value.length + 2) * rowChar);
  }
  return Math.ceil(width + 2 * boxPadding);
}

const boxHeight = (box: Box): number => metrics.titleHeight + box.rows.length * metrics.rowHeight + metrics.boxPadding;

/** Columns of boxes per data centre: fewer, the more data centres stand side by side. */
const columnsFor = (datacentres: number): number => (datacentres === 1 ? 4 : datacentres === 2 ? 2 : 1);

interface Group {
  readonly id: string;
  readonly zone: Zone;
  readonly boxes: readonly Box[];
  columns: number;
  row: number;
}

const stackedHeight = ({ boxes, columns }: Group): number =>
  boxes.reduce((sum, box) => sum + boxHeight(box) + metrics.gap, 0) / columns;

/**
 * Distributes the columns among the zones behind the LAN, the tallest first. Zones that do not fit get further rows.
 */
function shareColumns(groups: readonly Group[], columns: number): void {
  groups.forEach((group, position) => {
    group.row = position < columns ? 0 : position - columns + 1;
    group.columns = group.row === 0 ? 1 : Math.min(columns, group.boxes.length);
  });
  const firstRow = groups.filter(({ row }) => row === 0);
  for (let free = columns - firstRow.length; free > 0; free -= 1) {
    const tallest = firstRow
      .filter((group) => group.columns < group.boxes.length)
      .toSorted((a, b) => stackedHeight(b) - stackedHeight(a))[0];
    if (tallest === undefined) return;
    tallest.columns += 1;
  }
}

function groupsOf(boxes: readonly Box[], datacentre: string, columns: number): readonly Group[] {
  const ownBoxes = boxes.filter((box) => box.datacentre === datacentre);
  const groups = zones.flatMap((zone): Group[] => {
    const members = ownBoxes.filter((box) => box.zone === zone);
    if (members.length === 0) return [];
    return [{ id: `${datacentre}/${zone}`, zone, boxes: members, columns: Math.min(columns, members.length), row: 0 }];
  });
  shareColumns(
    groups.filter(({ zone }) => zone !== 'front'),
    columns,
  );
  return groups;
}

// A bundler and Node give the CommonJS module's export in two different shapes.
const Elk = ((ElkModule as unknown as { default?: unknown }).default ?? ElkModule) as new () => ELK;

const px = (node: ElkNode | undefined, key: 'x' | 'y' | 'width' | 'height'): number => node?.[key] ?? 0;

const padding = (top: number, side: number): string => `[top=${top},left=${side},bottom=${side},right=${side}]`;

/** Packs the boxes of one zone into its columns. */
function packed(elk: ELK, group: Group, width: number): Promise<ElkNode> {
  const { gap, zonePadding, zoneTitle } = metrics;
  const target = group.columns * width + (group.columns - 1) * gap + 2 * zonePadding + 1;
  return elk.layout({
    id: group.id,
    layoutOptions: {
      algorithm: 'rectpacking',
      'elk.rectpacking.widthApproximation.strategy': 'TARGET_WIDTH',
      'elk.rectpacking.widthApproximation.targetWidth': String(target),
      'elk.rectpacking.packing.strategy': 'COMPACTION',
      'elk.spacing.nodeNode': String(gap),
      'elk.padding': padding(zoneTitle + zonePadding, zonePadding),
    },
    children: group.boxes.map((box) => ({ id: box.id, width, height: boxHeight(box) })),
  });
}

/** Front first (it may be empty), then the rows behind the LAN. */
const rowsOf = (groups: readonly Group[]): readonly (readonly Group[])[] => {
  const backGroups = groups.filter(({ zone }) => zone !== 'front');
  const last = Math.max(-1, ...backGroups.map(({ row }) => row));
  const rows = Array.from({ length: last + 1 }, (_, row) => backGroups.filter((group) => group.row === row));
  return [groups.filter(({ zone }) => zone === 'front'), ...rows];
};

/** Every row of every data centre gets the width of the widest, so that frames and buses line up. */
function evenWidths(
  datacentres: readonly (readonly Group[])[],
  packs: ReadonlyMap<string, ElkNode>,
): Map<string, number> {
  const rows = datacentres.flatMap(rowsOf);
  const natural = ({ id }: Group): number => px(packs.get(id), 'width');
  const total = (row: readonly Group[]): number =>
    row.reduce((sum, group) => sum + natural(group), 0) + Math.max(0, row.length - 1) * metrics.gap;
  const widest = Math.max(0, ...rows.map(total));
  return new Map(
    rows.flatMap((row) => row.map((group) => [group.id, natural(group) + (widest - total(row)) / row.length] as const)),
  );
}

/** One row of zones as a node: tops in line, side by side. */
function rowNode(
  id: string,
  row: readonly Group[],
  widths: ReadonlyMap<string, number>,
  heightOf: (group: Group) => number,
): ElkNode {
  let x = 0;
  const children = row.map((group): ElkNode => {
    const width = widths.get(group.id) ?? 0;
    const child = { id: group.id, x, y: 0, width, height: heightOf(group) };
    x += width + metrics.gap;
    return child;
  });
  const height = Math.max(1, ...children.map((child) => px(child, 'height')));
  return {
    id,
    width: Math.max(1, x - metrics.gap),
    height,
    layoutOptions: { algorithm: 'fixed', 'elk.padding': padding(0, 0) },
    children,
  };
}

const layered = (between: number, spacing: number): Record<string, string> => ({
  algorithm: 'layered',
  'elk.direction': 'DOWN',
  'elk.layered.spacing.nodeNodeBetweenLayers': String(between),
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.spacing.nodeNode': String(spacing),
});

const edge = (from: string, to: string): { id: string; sources: string[]; targets: string[] } => ({
  id: `${from}>${to}`,
  sources: [from],
  targets: [to],
});

/** Places of boxes, zones, data centres and buses. The same plan and language give the same places. */
export async function layOut(plan: Plan, text: Text): Promise<Drawing> {
  const elk = new Elk();
  const boxes = boxesOf(plan, text);
  const names = [...new Set(plan.vms.map(({ datacentre }) => datacentre))];
  const width = boxWidth(boxes);
  const columns = columnsFor(names.length);
  const groups = names.map((name) => groupsOf(boxes, name, columns));
  const packs = new Map<string, ElkNode>();
  for (const group of groups.flat()) packs.set(group.id, await packed(elk, group, width));
  const frontHeight = Math.max(
    0,
    ...groups.flat().map(({ id, zone }) => (zone === 'front' ? px(packs.get(id), 'height') : 0)),
  );

  const { busGap, datacentreTitle, margin, gap } = metrics;
  const widths = evenWidths(groups, packs);
  const heightOf = ({ id, zone }: Group): number => (zone === 'front' ? frontHeight : px(packs.get(id), 'height'));
  const datacentres = names.map((name, position): ElkNode => {
    const rows = rowsOf(groups[position] ?? []).map((row, number) =>
      rowNode(`${name}/row/${number}`, row, widths, heightOf),
    );
    const lan: ElkNode = { id: `${name}/lan`, width: Math.max(0, ...rows.map((row) => px(row, 'width'))), height: 4 };
    const [front, ...backRows] = rows;
    const children = [...(front ? [front] : []), lan, ...backRows];
    return {
      id: `dc/${name}`,
      layoutOptions: { ...layered(busGap, gap), 'elk.padding': padding(datacentreTitle + 12, margin) },
      children,
      edges: children.slice(1).map(({ id }, before) => edge(children[before]?.id ?? '', id)),
    };
  });
  const root = await elk.layout({
    id: 'root',
    layoutOptions: { ...layered(busGap + 14, 28), 'elk.padding': padding(margin, margin + 18) },
    children: [
      ...outsides.map((id) => ({ id, width: metrics.outsideWidth, height: metrics.outsideHeight })),
      { id: 'wan', width: 40, height: 4 },
      ...datacentres,
    ],
    edges: [...outsides.map((id) => edge(id, 'wan')), ...datacentres.map(({ id }) => edge('wan', id))],
  });
  return collect(root, groups.flat(), packs, boxes);
}

function collect(root: ElkNode, groups: readonly Group[], packs: Map<string, ElkNode>, boxes: readonly Box[]): Drawing {
  const top = new Map((root.children ?? []).map((node) => [node.id, node]));
  const placedZones: PlacedZone[] = [];
  const placedBoxes: PlacedBox[] = [];
  const datacentres: PlacedDatacentre[] = [];
  let lanY = 0;
  for (const node of root.children ?? []) {
    if (!node.id.startsWith('dc/')) continue;
    const name = node.id.slice('dc/'.length);
    datacentres.push({ name, ...rectOf(node, 0, 0) });
    for (const child of node.children ?? []) {
      const place = rectOf(child, px(node, 'x'), px(node, 'y'));
      if (child.id === `${name}/lan`) lanY = place.y + 2;
      for (const zoneNode of child.children ?? []) {
        const group = groups.find(({ id }) => id === zoneNode.id);
        if (group === undefined) continue;
        const zonePlace = rectOf(zoneNode, place.x, place.y);
        placedZones.push({ zone: group.zone, datacentre: name, row: group.row, ...zonePlace });
        for (const packedBox of packs.get(group.id)?.children ?? []) {
          const box = boxes.find(({ id }) => id === packedBox.id);
          if (box) placedBoxes.push({ box, ...rectOf(packedBox, zonePlace.x, zonePlace.y) });
        }
      }
    }
  }
  const outside = (id: Outside): Rect => rectOf(top.get(id), 0, 0);
  return {
    width: px(root, 'width'),
    height: px(root, 'height'),
    boxes: placedBoxes,
    zones: placedZones,
    datacentres,
    outside: { noc: outside('noc'), internet: outside('internet'), customer: outside('customer') },
    wanY: px(top.get('wan'), 'y') + 2,
    lanY,
  };
}

const rectOf = (node: ElkNode | undefined, dx: number, dy: number): Rect => ({
  x: px(node, 'x') + dx,
  y: px(node, 'y') + dy,
  width: px(node, 'width'),
  height: px(node, 'height'),
});
