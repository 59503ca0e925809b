/** A report as one HTML file without scripts and external files, for print, dark mode and screen readers. */
import { markup } from './drawing/visible.ts';
import { formHtml } from './html-form.ts';
import { htmlStyle } from './html-style.ts';
import type {
  BarsBlock,
  Block,
  Cell,
  DocumentModel,
  FactsBlock,
  Section,
  SignaturesBlock,
  TableBlock,
} from './model.ts';

const toned = (tone: Cell['tone']): string => (tone === undefined || tone === 'neutral' ? '' : ` tone ${tone}`);

function words({ text, mono }: Cell): string {
  const lines = text.split('\n');
  const long = mono === true || /\S{25}/.test(text) ? ' long' : '';
  const inner =
    lines.length === 1
      ? `<bdi>${markup(text)}</bdi>`
      : lines.map((line) => `<span class="line"><bdi>${markup(line)}</bdi></span>`).join('');
  return long === '' && mono !== true ? inner : `<span class="${mono === true ? 'mono' : ''}${long}">${inner}</span>`;
}

function tableHtml({ caption, columns, rows, empty }: TableBlock): string {
  if (rows.length === 0) {
    return `<p class="empty"><strong>${markup(caption)}.</strong> ${markup(empty)}</p>`;
  }
  const head = columns
    .map(({ title, align }) => `<th scope="col"${align === 'end' ? ' class="end"' : ''}>${markup(title)}</th>`)
    .join('');
  const body = rows.map((row) => {
    const cells = row.map((one, position) => {
      const align = columns[position]?.align === 'end' ? 'end' : '';
      const names = `${align}${toned(one.tone)}`.trim();
      const attribute = names === '' ? '' : ` class="${names}"`;
      return position === 0 ? `<th scope="row"${attribute}>${words(one)}</th>` : `<td${attribute}>${words(one)}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return (
    `<div class="scroll" role="region" tabindex="0" aria-label="${markup(caption)}"><table><caption>${markup(caption)}</caption>` +
    `<thead><tr>${head}</tr></thead>\n<tbody>${body.join('\n')}</tbody></table></div>`
  );
}

const factsHtml = ({ items, caption }: FactsBlock): string =>
  `${caption === undefined ? '' : `<p class="form-title">${markup(caption)}</p>`}<dl>${items.map(({ label, value }) => `<dt>${markup(label)}</dt><dd class="${toned(value.tone).trim()}">${words(value)}</dd>`).join('\n')}</dl>`;

const percent = (share: number): string => (Math.max(0, Math.min(1, share)) * 100).toFixed(2);

function barsHtml({ caption, legend, items }: BarsBlock): string {
  const rows = items.map(
    ({ name, label, usedShare, plannedShare, tone }) =>
      `<li><span>${markup(name)}</span>` +
      `<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><rect class="free" width="100" height="12"/>` +
      `<rect class="used" width="${percent(usedShare)}" height="12"/>` +
      `<rect class="planned" x="${percent(usedShare)}" width="${percent(plannedShare)}" height="12"/></svg>` +
      `<span class="${toned(tone).trim()}">${markup(label)}</span></li>`,
  );
  const key = (kind: 'used' | 'planned' | 'free'): string =>
    `<span class="item"><span class="key ${kind}"></span>${markup(legend[kind])}</span>`;
  return (
    `<figure><figcaption>${markup(caption)}</figcaption><p class="legend">${key('used')}${key('planned')}${key('free')}</p>` +
    `<ul class="bars">${rows.join('\n')}</ul></figure>`
  );
}

function signaturesHtml({ labels, items }: SignaturesBlock): string {
  const line = (what: string, value: string): string =>
    `<div class="rule">${markup(value)}</div><div class="what">${markup(what)}</div>`;
  const one = ({ role, name }: SignaturesBlock['items'][number]): string =>
    `<div><h3>${markup(role)}</h3>${line(labels.name, name)}${line(labels.date, '')}${line(labels.signature, '')}</div>`;
  return `<div class="signatures">${items.map(one).join('')}</div>`;
}

function blockHtml(block: Block, drawing: string): string {
  switch (block.kind) {
    case 'table':
      return tableHtml(block);
    case 'facts':
      return factsHtml(block);
    case 'bars':
      return barsHtml(block);
    case 'signatures':
      return signaturesHtml(block);
    case 'form':
      return formHtml(block);
    case 'note':
      return `<p class="${block.tone === 'neutral' ? '' : `note ${block.tone}`}">${markup(block.text)}</p>`;
    case 'recipe':
      return `<p>${markup(block.title)}</p><pre class="mono" tabindex="0">${markup(block.lines.join('\n'))}</pre>`;
    case 'drawing':
      return drawing === '' ? '' : `<figure><figcaption>${markup(block.caption)}</figcaption>${drawing}</figure>`;
  }
}

const sectionHtml = ({ id, number, title, blocks, ownPage }: Section, drawing: string): string =>
  `<section id="${id}"${ownPage === true ? ' class="own-page"' : ''} aria-labelledby="${id}-title"><h2 id="${id}-title"><span class="number">${number}</span>${markup(title)}</h2>\n` +
  `${blocks.map((block) => blockHtml(block, drawing)).join('\n')}\n</section>`;

/**
 * The whole document.
 * @param drawing SVG of the edge with the page theme's variables; empty: no drawing. It is trusted as it is.
 */
export function renderHtml(report: DocumentModel, drawing: string): string {
  const { outcome, title, customer, site, language } = report;
  const contents = report.sections
    .map(({ id, number, title: name }) => `<li><a href="#${id}">${number}&ensp;${markup(name)}</a></li>`)
    .join('');
  return `<!doctype html>
<html lang="${markup(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="${markup(report.tool)}">
<title>${markup(`${title} – ${site}`)}</title>
<style>
${htmlStyle}
</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">${markup(title)} · ${markup(site)}</p>
<h1>${markup(customer)} – ${markup(report.fqdn)}</h1>
<div class="banner ${outcome.tone}" role="status"><strong>${markup(outcome.title)}</strong><p>${markup(outcome.text)}</p></div>
${factsHtml(report.titleBlock)}
</header>
<nav aria-labelledby="contents"><h2 id="contents">${markup(report.contentsTitle)}</h2><ol>${contents}</ol></nav>
${report.sections.map((section) => sectionHtml(section, drawing)).join('\n')}
<footer>${markup(report.words.generatedBy)}</footer>
</main>
</body>
</html>
`;
}
