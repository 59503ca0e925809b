/** The input of the apply program: which files, with which parser and services, and their contents. */
import { createHash } from 'node:crypto';
import type { GatewayFile } from '../../core/gateway/file.ts';
import { type FileState, plannedState } from '../../core/gateway/file-verdict.ts';
import { quoteForShell } from '../adapters/ssh/quote.ts';
import { rollbackScript } from './gateway-script.ts';

export const sha256Of = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

export const stateOf = ({ content, mode }: GatewayFile): FileState => plannedState(sha256Of(content), mode);

/** The programs' own lists are separated by blanks and line ends. */
const plainPath = /^(?:\/[A-Za-z0-9_@+:-][A-Za-z0-9_.@+:-]*|\/\.[A-Za-z0-9_@+:-][A-Za-z0-9_.@+:-]*){2,}$/;
const plainUnit = /^[A-Za-z0-9_.@:-]+$/;

/** Throws for bugs of our templates: a path or unit with other characters, or two files with the same path. */
export function checkFiles(files: readonly GatewayFile[]): void {
  for (const { path, service } of files) {
    if (!plainPath.test(path)) throw new TypeError(`${path} is no plain path of a file in a folder.`);
    if (service !== undefined && !plainUnit.test(service.unit)) throw new TypeError(`${service.unit} is no unit.`);
  }
  if (new Set(files.map(({ path }) => path)).size < files.length) throw new TypeError('Two files have one path.');
}

export interface FileToWrite {
  readonly file: GatewayFile;
  /** What is there now. */
  readonly found: FileState;
}

/** Where the new content waits, under its own name: some parsers read the name as well. */
const waiting = (path: string): string => path.replace(/\/([^/]+)$/, '/.rainbow-edge/new/$1');

/** Each unit once, in the order of the files; a restart includes a reload. */
function servicesOf(files: readonly FileToWrite[]) {
  const actions = new Map<string, 'restart' | 'reload'>();
  for (const { service } of files.map(({ file }) => file)) {
    if (service === undefined) continue;
    actions.set(service.unit, actions.get(service.unit) === 'restart' ? 'restart' : service.action);
  }
  return [...actions];
}

function programOf(files: readonly FileToWrite[]): string {
  let offset = 0;
  const lines = files.flatMap(({ file, found }) => {
    const { path, check, content } = file;
    const secret = file.secret ? 'yes' : 'no';
    const length = Buffer.byteLength(content);
    const place = [`${offset}`, `${length}`];
    offset += length;
    const parser = check?.map((word) => word.replaceAll('{file}', waiting(path)));
    return [
      quoteForShell(['file', found, stateOf(file), secret, ...place, path]),
      ...(parser === undefined ? [] : [quoteForShell(['check', secret, path, ...parser])]),
    ];
  });
  if (files.some(({ file }) => /^\/(?:etc|usr\/lib|lib)\/systemd\/system\//.test(file.path)))
    lines.push('reload_units');
  lines.push(...servicesOf(files).map(([unit, action]) => quoteForShell(['service', unit, action])));
  return `${lines.join('\n')}\n`;
}

/** The record as a file: one line for each path. */
export const recordText = (record: ReadonlyMap<string, FileState>): string =>
  [...record]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, state]) => `${state} ${path}\n`)
    .join('');

/** Standard input and arguments of the apply program. */
export function applyInput(
  files: readonly FileToWrite[],
  record: ReadonlyMap<string, FileState>,
  { id, window }: { readonly id: string; readonly window: number },
): { readonly input: Uint8Array; readonly values: readonly string[] } {
  const parts = [programOf(files), recordText(record), rollbackScript].map((part) => Buffer.from(part));
  const input = Buffer.concat([...parts, ...files.map(({ file }) => Buffer.from(file.content))]);
  return { input, values: [sha256Of(input), id, `${window}`, ...parts.map(({ length }) => `${length}`)] };
}
