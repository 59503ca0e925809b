import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { layOut, metrics, type Rect } from '../../../../../core/documents/drawing/layout.ts';
import { drawEdge } from '../../../../../core/documents/drawing/svg.ts';
import { pageTheme, printTheme } from '../../../../../core/documents/drawing/theme.ts';
import { englishText, planOf, siteOf, type SiteSize } from '../../../../fixtures/run-record.ts';

const text = englishText();
const sizes: readonly SiteSize[] = ['small', 'large', 'multi'];

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width - 0.5 && b.x < a.x + a.width - 0.5 && a.y < b.y + b.height - 0.5 && b.y < a.y + a.height - 0.5;

const inside = (inner: Rect, outer: Rect): boolean =>
  inner.x >= outer.x - 0.5 &&
  inner.y >= outer.y - 0.5 &&
  inner.x + inner.width <= outer.x + outer.width + 0.5 &&
  inner.y + inner.height <= outer.y + outer.height + 0.5;

interface Drawn {
  readonly words: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly anchor: string;
  readonly bold: boolean;
}

/** Texts of an SVG with their places; refuses what is not well-formed. */
function textsOf(svg: string): Drawn[] {
  const texts: Drawn[] = [];
  let open: Omit<Drawn, 'words'> | undefined;
  let words = '';
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (name !== 'text') return;
    const { x, y } = attributes;
    open = {
      bold: 'font-weight' in attributes,
      x: Number(x),
      y: Number(y),
      size: Number(attributes['font-size']),
      anchor: attributes['text-anchor'] ?? 'start',
    };
    words = '';
  });
  parser.on('text', (piece) => {
    words += piece;
  });
  parser.on('closetag', ({ name }) => {
    if (name === 'text' && open) texts.push({ ...open, words });
  });
  parser.write(svg).close();
  return texts;
}

/** The room of a text in a wide font: DejaVu Sans, which is what a bare Linux shows. */
const roomOf = ({ words, x, y, size, anchor, bold }: Drawn): Rect => {
  const width = words.length * size * (bold ? 0.66 : 0.58);
  const left = anchor === 'end' ? x - width : anchor === 'middle' ? x - width / 2 : x;
  return { x: left, y: y - size * 0.75, width, height: size * 0.9 };
};

describe.each(sizes)('the drawing of a %s edge', (size) => {
  const plan = planOf(siteOf(size));

  it('holds every VM, address and VIP', async () => {
    const drawn = textsOf(await drawEdge(plan, text, printTheme)).map(({ words }) => words);
    for (const vm of plan.vms) {
      expect(drawn).toContain(vm.name.slice(plan.site.length + 1));
      for (const address of vm.nics.flatMap(({ addresses }) => addresses)) expect(drawn).toContain(address);
    }
    for (const vip of plan.vips) expect(drawn).toContain(vip.address);
    for (const { name } of plan.datacentres) expect(drawn.some((words) => words.includes(name))).toBe(true);
  });

  it('has no boxes over each other, and all inside their frames', async () => {
    const drawing = await layOut(plan, text);
    const page: Rect = { x: 0, y: 0, width: drawing.width, height: drawing.height };
    drawing.boxes.forEach((box, position) => {
      expect(inside(box, page)).toBe(true);
      expect(drawing.zones.filter((zone) => inside(box, zone))).toHaveLength(1);
      for (const other of drawing.boxes.slice(position + 1)) expect(overlap(box, other)).toBe(false);
    });
    drawing.zones.forEach((zone, position) => {
      const centre = drawing.datacentres.find(({ name }) => name === zone.datacentre);
      expect(centre && inside(zone, centre)).toBe(true);
      for (const other of drawing.zones.slice(position + 1)) expect(overlap(zone, other)).toBe(false);
      const front = zone.zone === 'front';
      expect(front ? zone.y + zone.height < drawing.lanY : zone.y > drawing.lanY).toBe(true);
    });
  });

  it('has no labels over each other', async () => {
    const drawn = textsOf(await drawEdge(plan, text, printTheme));
    expect(drawn.length).toBeGreaterThan(plan.vms.length * 2);
    const clashes = drawn.flatMap((one, position) =>
      drawn
        .slice(position + 1)
        .filter((other) => overlap(roomOf(one), roomOf(other)))
        .map((other) => `${one.words} / ${other.words}`),
    );
    expect(clashes).toEqual([]);
  });

  it('is the same every time', async () => {
    expect(await drawEdge(plan, text, printTheme)).toBe(await drawEdge(plan, text, printTheme));
  });
});

describe('the drawing', () => {
  const plan = planOf(siteOf('small'));

  it('names itself to a screen reader', async () => {
    const svg = await drawEdge(plan, text, pageTheme);
    expect(svg).toMatch(/^<svg [^>]*role="img"/);
    expect(svg).toContain('<title>The edge acme-paris</title>');
    expect(svg).toMatch(/<desc>[^<]*Edge GW[^<]*<\/desc>/);
  });

  it('takes its colours from the page, and fixed ones for print', async () => {
    expect(await drawEdge(plan, text, pageTheme)).toContain('var(--edge-drawing-ink, #17212b)');
    expect(await drawEdge(plan, text, printTheme)).not.toContain('var(');
  });

  it('has neither script nor style sheet nor reference to anything outside', async () => {
    const svg = await drawEdge(plan, text, pageTheme);
    expect(svg).not.toMatch(/<(script|style|image|foreignObject|use)\b|href|url\(|\son\w+=/i);
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:/);
  });

  it('draws the customer network to the LAN only where users come in that way', async () => {
    const lan = planOf(siteOf('small', (site) => ({ ...site, sizing: { ...site.sizing, visibility: 'lan' } })));
    const paths = (svg: string): number => svg.match(/<path /g)?.length ?? 0;
    expect(paths(await drawEdge(lan, text, printTheme))).toBe(paths(await drawEdge(plan, text, printTheme)) + 1);
  });

  it('shows hostile names as text', async () => {
    const evil = '<script>alert(1)</script>&"\u202e\u0000';
    const hostile = { ...plan, site: evil, vms: plan.vms.map((vm) => ({ ...vm, datacentre: evil })) };
    const svg = await drawEdge(hostile, text, printTheme);
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('\u202e');
    expect(textsOf(svg).length).toBeGreaterThan(10);
  });

  it('counts instead of listing where a component has many VMs', async () => {
    const first = plan.vms[0];
    if (first === undefined) throw new Error('the plan has VMs');
    const vms = Array.from({ length: 400 }, (_, index) => ({
      ...first,
      name: `${plan.site}-edge-gw-${index + 1}`,
      index,
    }));
    const drawn = textsOf(await drawEdge({ ...plan, vms }, text, printTheme)).map(({ words }) => words);
    expect(drawn).toContain('and 392 more');
    expect((await layOut({ ...plan, vms }, text)).height).toBeLessThan(1200);
  });

  it('draws a plan without VMs as the world outside', async () => {
    const drawing = await layOut({ ...plan, vms: [], vips: [] }, text);
    expect(drawing.boxes).toEqual([]);
    expect(drawing.outside.internet.width).toBe(metrics.outsideWidth);
  });
});
