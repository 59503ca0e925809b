/** The drawing of the edge as SVG: Internet, customer network, gateways, servers, addresses, VIPs, per data centre. */
import type { Plan } from '../../plan/model.ts';
import type { Text } from '../../base/text.ts';
import type { Zone } from './boxes.ts';
import {
  type Drawing,
  layOut,
  metrics,
  type Outside,
  outsides,
  type PlacedBox,
  type Rect,
  shortened,
} from './layout.ts';
import type { DrawingColour, DrawingTheme } from './theme.ts';
import { markup } from './visible.ts';

const n = (value: number): string => String(Math.round(value * 10) / 10);

interface Pen {
  readonly rect: (place: Rect, fill: DrawingColour, stroke: DrawingColour, more?: string) => string;
  readonly line: (path: string, stroke: DrawingColour, width: number, more?: string) => string;
  readonly text: (x: number, y: number, words: string, style: TextStyle) => string;
}

interface TextStyle {
  readonly size: number;
  readonly colour: DrawingColour;
  readonly bold?: boolean;
  readonly anchor?: 'middle' | 'end';
}

const penOf = ({ colour }: DrawingTheme): Pen => ({
  rect: (place, fill, stroke, more = 'rx="4"') =>
    `<rect x="${n(place.x)}" y="${n(place.y)}" width="${n(place.width)}" height="${n(place.height)}" ${more}` +
    ` fill="${colour(fill)}" stroke="${colour(stroke)}"/>`,
  line: (path, stroke, width, more = '') =>
    `<path d="${path}" fill="none" stroke="${colour(stroke)}" stroke-width="${width}"${more}/>`,
  text: (x, y, words, { size, colour: ink, bold, anchor }) =>
    `<text x="${n(x)}" y="${n(y)}" font-size="${size}" fill="${colour(ink)}"` +
    `${bold === true ? ' font-weight="bold"' : ''}${anchor === undefined ? '' : ` text-anchor="${anchor}"`}>` +
    `${markup(words)}</text>`,
});

const centre = ({ x, width }: Rect): number => x + width / 2;

/**
 * The drawing as one SVG document without external reference, script or style sheet.
 * `role="img"`, title and description are in the language of `text`.
 */
export async function drawEdge(plan: Plan, text: Text, theme: DrawingTheme): Promise<string> {
  const drawing = await layOut(plan, text);
  const pen = penOf(theme);
  const title = text('drawing.title', { site: plan.site });
  const { width, height } = drawing;
  const body = [
    ...frames(drawing, pen, text),
    ...buses(drawing, plan, pen, text),
    ...connectors(drawing, plan, pen, text),
    ...outsides.flatMap((id) => outsideBox(id, drawing.outside[id], pen, text)),
    ...drawing.boxes.flatMap((box) => componentBox(box, pen)),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${n(width)}" height="${n(height)}"`,
    ` viewBox="0 0 ${n(width)} ${n(height)}" font-family="${markup(theme.font)}">`,
    `<title>${markup(title)}</title><desc>${markup(description(plan, drawing, text))}</desc>`,
    ...body,
    '</svg>',
  ].join('\n');
}

function description(plan: Plan, { boxes, datacentres }: Drawing, text: Text): string {
  const titles = (inFront: boolean): string =>
    [...new Set(boxes.filter(({ box }) => (box.zone === 'front') === inFront).map(({ box }) => box.title))].join(', ');
  return text('drawing.description', {
    vms: plan.vms.length,
    fqdn: plan.fqdn,
    datacentres: datacentres.map(({ name }) => name).join(', '),
    front: titles(true),
    inside: titles(false),
  });
}

function frames({ datacentres, zones }: Drawing, pen: Pen, text: Text): string[] {
  const heading = { size: 12, colour: 'ink', bold: true } as const;
  return [
    ...datacentres.flatMap((place) => [
      pen.rect(place, 'frame', 'line', 'rx="8"'),
      pen.text(place.x + 16, place.y + 21, datacentreTitle(place, text), heading),
    ]),
    ...zones.flatMap((place) => [
      pen.rect(place, 'zone', 'line', 'rx="6"'),
      pen.text(place.x + metrics.zonePadding, place.y + 18, zoneTitle(place.zone, text), {
        size: 10,
        colour: 'muted',
        bold: true,
      }),
    ]),
  ];
}

/** A narrow frame shows the bare name; lines come in from above at its right. */
function datacentreTitle({ name, width }: Rect & { readonly name: string }, text: Text): string {
  const most = Math.floor((width * 0.62) / 7);
  const whole = text('drawing.datacentre', { name });
  if (whole.length <= most) return whole;
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}

/** Data centres of one column each: their lines keep to the sides, clear of the labels. */
const isSlim = ({ datacentres }: Drawing): boolean => datacentres.length > 2;

const zoneTitle = (zone: Zone, text: Text): string => text(`drawing.zone.${zone}`);

/** Horizontal extent of the buses: from the first data centre's left side to the last one's right side. */
const extent = ({ datacentres, width }: Drawing): readonly [left: number, right: number] => [
  Math.min(...datacentres.map(({ x }) => x), width),
  Math.max(...datacentres.map((place) => place.x + place.width), 0),
];

function buses(drawing: Drawing, { lan, wan }: Plan, pen: Pen, text: Text): string[] {
  const [left, right] = extent(drawing);
  const slim = isSlim(drawing);
  const label = (name: 'lan' | 'wan', cidr: string, vlan: number | null): string =>
    `${text(`drawing.${name}`)} ${cidr}${vlan === null || slim ? '' : ` · VLAN ${vlan}`}`;
  const bold = { size: 10, bold: true } as const;
  return [
    pen.line(`M${n(left)} ${n(drawing.wanY)}H${n(right)}`, 'wan', 3),
    slim
      ? pen.text(left, drawing.wanY + 15, label('wan', wan.cidr, wan.vlan), { ...bold, colour: 'wan' })
      : pen.text(right, drawing.wanY - 6, label('wan', wan.cidr, wan.vlan), { ...bold, colour: 'wan', anchor: 'end' }),
    pen.line(`M${n(left + 8)} ${n(drawing.lanY)}H${n(right - 8)}`, 'lan', 3),
    pen.text(right - metrics.margin, drawing.lanY - 6, label('lan', lan.cidr, lan.vlan), {
      ...bold,
      colour: 'lan',
      anchor: 'end',
    }),
  ];
}

function connectors(drawing: Drawing, plan: Plan, pen: Pen, text: Text): string[] {
  const { outside, wanY, lanY, zones, datacentres } = drawing;
  const lines: string[] = [];
  const down = (x: number, from: number, to: number, colour: DrawingColour): void => {
    lines.push(pen.line(`M${n(x)} ${n(from)}V${n(to)}`, colour, 1.6));
  };
  const bottom = (place: Rect): number => place.y + place.height;
  down(centre(outside.internet), bottom(outside.internet), wanY, 'wan');
  down(centre(outside.customer), bottom(outside.customer), wanY, 'wan');
  for (const zone of zones) {
    if (zone.zone === 'front') {
      down(isSlim(drawing) ? zone.x + zone.width - 50 : centre(zone), wanY, zone.y, 'wan');
      down(zone.x + zone.width * (isSlim(drawing) ? 0.1 : 0.25), bottom(zone), lanY, 'lan');
    } else if (zone.row === 0) {
      down(centre(zone), lanY, zone.y, 'lan');
    } else {
      const x = (datacentres.find(({ name }) => name === zone.datacentre)?.x ?? zone.x) + 9;
      lines.push(pen.line(`M${n(x)} ${n(lanY)}V${n(zone.y + 14)}H${n(zone.x)}`, 'lan', 1.6));
    }
  }
  // Where corporate users come in on the LAN, the customer's network reaches around to it.
  if (plan.firewall.some(({ source, action }) => source === 'corporate' && action === 'allow')) {
    const { customer } = outside;
    const [, right] = extent(drawing);
    const x = right + 16;
    const y = customer.y + customer.height / 2;
    lines.push(pen.line(`M${n(customer.x + customer.width)} ${n(y)}H${n(x)}V${n(lanY)}H${n(right - 8)}`, 'lan', 1.6));
  }
  return [...lines, ...tunnels(drawing, pen, text)];
}

/** One dashed line from ALE's operations centre to the gateways of each data centre. */
function tunnels({ outside, boxes, wanY }: Drawing, pen: Pen, text: Text): string[] {
  const gateways = boxes.filter(({ box }) => box.component === 'edge-gw');
  if (gateways.length === 0) return [];
  const x = outside.noc.x + 28;
  const y = wanY - 14;
  const from = outside.noc.y + outside.noc.height;
  return [
    ...gateways.map((place) => {
      const to = place.x + place.width - 18;
      return pen.line(`M${n(x)} ${n(from)}V${n(y)}H${n(to)}V${n(place.y)}`, 'tunnel', 1.6, ' stroke-dasharray="5 3"');
    }),
    pen.text(x + 8, from + 15, text('drawing.tunnel'), { size: 10, colour: 'tunnel', bold: true }),
  ];
}

function outsideBox(id: Outside, place: Rect, pen: Pen, text: Text): string[] {
  const x = centre(place);
  return [
    pen.rect(place, 'outside', 'muted', 'rx="14"'),
    pen.text(x, place.y + 21, text(`drawing.${id}`), { size: 12, colour: 'ink', bold: true, anchor: 'middle' }),
    pen.text(x, place.y + 36, text(`drawing.${id}-note`), { size: 10, colour: 'muted', anchor: 'middle' }),
  ];
}

function componentBox({ box, ...place }: PlacedBox, pen: Pen): string[] {
  const { boxPadding, titleHeight, rowHeight } = metrics;
  const left = place.x + boxPadding;
  const right = place.x + place.width - boxPadding;
  const title = { size: 11, colour: 'ink', bold: true } as const;
  const rows = box.rows.flatMap((row, position) => {
    const y = place.y + titleHeight + 9 + position * rowHeight;
    const colour: DrawingColour = row.kind === 'more' ? 'muted' : row.kind;
    const strong = row.kind === 'vip';
    return [
      ...(row.label === ''
        ? []
        : [pen.text(left, y, shortened(row.label), { size: 10, colour: strong ? 'vip' : 'ink', bold: strong })]),
      ...(row.value === '' ? [] : [pen.text(right, y, row.value, { size: 10, colour, bold: strong, anchor: 'end' })]),
    ];
  });
  return [
    pen.rect(place, 'box', 'line'),
    pen.line(`M${n(place.x)} ${n(place.y + titleHeight - 3)}H${n(place.x + place.width)}`, 'line', 0.8),
    pen.text(left, place.y + 16, shortened(box.title), title),
    ...(box.count > 1
      ? [pen.text(right, place.y + 16, `×${box.count}`, { ...title, colour: 'muted', anchor: 'end' })]
      : []),
    ...rows,
  ];
}
