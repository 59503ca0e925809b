/**
 * Wraps comments at 120 columns, as oxfmt wraps code. Only paragraphs with a longer line change; lists keep their
 * items, and indented lines, tables and comments beside code stay.
 */
export const columns = 120;

/** Words in lines of at most {@link columns} characters. A longer word stays whole. */
function fill(words, first, next) {
  const lines = [];
  let line = first;
  for (const word of words) {
    const isEmpty = line === first || line === next;
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = next + word;
    } else line += isEmpty ? word : ` ${word}`;
  }
  return [...lines, line];
}

const item = /^(?:- |@)/;
/** Lines that begin a paragraph of their own, or are none. */
const apart = /^(?:- |@|\d+\. |\||```|#|>|\s*$|\s{3,})/;
const apartOrIndented = new RegExp(`${apart.source}|^\\s\\s`);
const verbatim = /^(?:\||```|#|>|\s*$|\s{3,})/;
const directive = /\b(?:oxlint|eslint|prettier|@ts|v8|istanbul)-|@vitest/;

/** The lines of a comment's body, without `prefix` (` * ` or `// `). */
function wrapBody(bodies, prefix) {
  const out = [];
  for (let at = 0; at < bodies.length;) {
    const first = bodies[at];
    const isItem = item.test(first);
    const endsIt = isItem ? apart : apartOrIndented;
    const length = bodies.slice(at + 1).findIndex((line) => endsIt.test(line));
    const end = length < 0 ? bodies.length : at + 1 + length;
    const paragraph = bodies.slice(at, end);
    const fits = paragraph.every((line) => prefix.length + line.length <= columns);
    if (fits || verbatim.test(first) || directive.test(first)) out.push(...paragraph.map((line) => prefix + line));
    else {
      const words = paragraph.flatMap((line) => line.trim().split(/\s+/));
      out.push(...fill(words, prefix, isItem ? `${prefix}  ` : prefix));
    }
    at = end;
  }
  return out;
}

/** The text of a source file with wrapped comments; the same text if none is too long. */
export function wrapComments(text) {
  const lines = text.split('\n');
  const out = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    const [, indent, words] = /^(\s*)\/\*\* (.*) \*\/$/.exec(line) ?? [];
    const [, prefix] = /^(\s*(?:\* |\/\/ ))/.exec(line) ?? [];
    if (words !== undefined && line.length > columns) {
      out.push(`${indent}/**`, ...fill(words.split(/\s+/), `${indent} * `, `${indent} * `), `${indent} */`);
      at += 1;
    } else if (prefix === undefined || line.endsWith('*/')) {
      out.push(line);
      at += 1;
    } else {
      let end = at;
      while (end < lines.length && lines[end].startsWith(prefix) && !lines[end].endsWith('*/')) end += 1;
      const bodies = lines.slice(at, end).map((one) => one.slice(prefix.length));
      out.push(...wrapBody(bodies, prefix));
      at = end;
    }
  }
  return out.join('\n');
}
