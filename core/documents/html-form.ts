/** Blank fields as HTML, for print. There are no input elements, since the page cannot save them. */
import { markup } from './drawing/visible.ts';
import type { FormAnswer, FormBlock, FormItem } from './model.ts';

function answerHtml(answer: FormAnswer): string {
  switch (answer.kind) {
    case 'line':
      return `<div class="blank${answer.lines > 1 ? ' two' : ''}"></div>`;
    case 'choices':
      return `<ul class="choices">${answer.options.map((one) => `<li><span class="tick"></span>${markup(one)}</li>`).join('')}</ul>`;
    case 'done':
      return (
        `<div class="done">${markup(answer.on)}<span class="blank-line"></span>` +
        `${markup(answer.by)}<span class="blank-line"></span></div>`
      );
  }
}

function itemHtml({ label, why, example, given, answer }: FormItem): string {
  const tick = answer.kind === 'done' ? '<span class="tick"></span>' : '';
  const current =
    given === undefined ? '' : `<p class="given ${given.tone ?? ''}"><bdi>${markup(given.text)}</bdi></p>`;
  const reason = why === '' ? '' : `<p class="why">${markup(why)}</p>`;
  const sample = example === '' ? '' : `<p class="example"><bdi>${markup(example)}</bdi></p>`;
  return `<li><div><p class="label">${tick}${markup(label)}</p>${reason}${sample}</div><div>${current}${answerHtml(answer)}</div></li>`;
}

export const formHtml = ({ caption, items }: FormBlock): string =>
  items.length === 0
    ? ''
    : `<p class="form-title">${markup(caption)}</p><ul class="form">${items.map(itemHtml).join('\n')}</ul>`;
