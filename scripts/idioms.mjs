/**
 * The idioms of failures and comments that a program can check; docs/contributing.md states them. A rule is a row: it
 * looks at one parsed file and gives the position of every breach. `npm run check -- idioms` runs them.
 */
import ts from 'typescript';

const exportKeyword = (node) =>
  ts.canHaveModifiers(node)
    ? (ts.getModifiers(node) ?? []).find(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    : undefined;

const commentsAbove = (file, node) =>
  (ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []).map(({ pos, end }) => ({
    at: pos,
    text: file.text.slice(pos, end),
  }));

/** The text of the docstring of a declaration; of several comments above it the last docstring. */
const docOf = (file, node) => commentsAbove(file, node).findLast(({ text }) => text.startsWith('/**'))?.text ?? '';

function nodesOf(file) {
  const all = [];
  const visit = (node) => {
    all.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return all;
}

/**
 * Exported functions, declared or assigned to a constant, with their declared return type. Of overloads only the
 * signatures.
 */
const exportedFunctions = (file) =>
  file.statements
    .filter((node) => exportKeyword(node) !== undefined)
    .flatMap((node, index, all) => {
      if (ts.isFunctionDeclaration(node)) {
        const name = node.name?.text ?? '';
        const before = all[index - 1];
        const isOverloaded = before !== undefined && ts.isFunctionDeclaration(before) && before.name?.text === name;
        return isOverloaded && node.body !== undefined ? [] : [{ node, name, type: node.type }];
      }
      if (!ts.isVariableStatement(node)) return [];
      return node.declarationList.declarations.flatMap(({ name, initializer }) =>
        initializer !== undefined && ts.isArrowFunction(initializer)
          ? [{ node, name: name.getText(file), type: initializer.type }]
          : [],
      );
    });

/** Whether a comment directly above a node, or above a node around it, names a bug. */
function isDeclaredBug(file, node) {
  for (let around = node; around !== undefined && around !== file; around = around.parent) {
    if (commentsAbove(file, around).some(({ text }) => /\bbugs?\b/i.test(text))) return true;
  }
  return false;
}

const builtInErrors = new Set(['Error', 'TypeError', 'RangeError', 'SyntaxError']);
const directive = /^\/\/ ?(?:oxlint|eslint|@ts)-/;
const firstLine = (file, node) => node.getText(file).split('\n')[0];

/** The sentences of a docstring, without stars and tags with their text. */
const wordsOf = (doc) =>
  doc
    .replaceAll(/^\/\*\*|\*\/$/g, '')
    .replaceAll(/^[ \t]*\* ?/gm, '')
    .replace(/^@[\s\S]*/m, '')
    .trimEnd();

/** `failures`: core and main, whose failures are values with a code. `product`: every source of the program. */
export const areas = {
  failures: /^(?:core|main)\/.*\.ts$/,
  product: /^(?:core|main|preload|renderer)\//,
};

/** `find` gives `{ at, shows }` for every breach. */
export const rules = [
  {
    says: 'A built-in error is a bug, and a comment above the throw or its function says so. An expected failure is a value.',
    area: areas.failures,
    find: (file) =>
      nodesOf(file)
        .filter((node) => ts.isThrowStatement(node) && ts.isNewExpression(node.expression))
        .filter(({ expression }) => builtInErrors.has(expression.expression.getText(file)))
        .filter((node) => !isDeclaredBug(file, node))
        .map((node) => ({ at: node.getStart(file), shows: firstLine(file, node) })),
  },
  {
    says: 'The docstring of an exported function that gives a Result says how it fails, or refers to another function.',
    area: areas.failures,
    find: (file) =>
      exportedFunctions(file)
        .filter(({ type }) => type !== undefined && /^(?:Promise<)?Result</.test(type.getText(file)))
        .filter(({ node }) => !/\bfail|\{@link/i.test(docOf(file, node)))
        .map(({ node, name }) => ({ at: node.getStart(file), shows: name })),
  },
  {
    says: 'An export is described by /** */, not by //.',
    area: areas.product,
    find: (file) =>
      file.statements
        .filter((node) => exportKeyword(node) !== undefined)
        .filter((node) => {
          const last = commentsAbove(file, node).at(-1)?.text ?? '';
          return last.startsWith('//') && !directive.test(last);
        })
        .map((node) => ({ at: node.getStart(file), shows: firstLine(file, node) })),
  },
  {
    says: 'A docstring is sentences that end with a full stop. Types are in the code: no @returns, @throws or @type.',
    area: areas.product,
    find: (file) =>
      [...new Map(nodesOf(file).flatMap((node) => commentsAbove(file, node).map((one) => [one.at, one]))).values()]
        .filter(({ text }) => text.startsWith('/**'))
        .filter(({ text }) => {
          const words = wordsOf(text);
          const isCode = /\n {2,}\S.*$/.test(words);
          return (
            /@(?:returns?|throws|type)\b/.test(text) || !(isCode || words === '' || /[.:)`]$|https:\S+$/.test(words))
          );
        })
        .map(({ at, text }) => ({
          at,
          shows:
            text
              .split('\n')
              .find((line) => /\w/.test(line))
              ?.trim() ?? '',
        })),
  },
];

/** The script of a Vue component at its position; other files as they are. */
function scriptOf(name, text) {
  if (!name.endsWith('.vue')) return text;
  const [whole = '', open = '', script = ''] = /(<script[^>]*>)([\s\S]*?)<\/script>/.exec(text) ?? [];
  return text.slice(0, text.indexOf(whole) + open.length).replaceAll(/[^\n]/g, ' ') + script;
}

/** The breaches of all rules in a file, in words. */
export function breachesIn(name, text) {
  const wanted = rules.filter(({ area }) => area.test(name));
  if (wanted.length === 0) return [];
  const file = ts.createSourceFile(name, scriptOf(name, text), ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  return wanted.flatMap(({ says, find }) =>
    find(file).map(({ at, shows }) => ({
      says,
      line: `${name}:${file.getLineAndCharacterOfPosition(at).line + 1} ${shows}`,
    })),
  );
}
