/** What one piece of govc's progress says. */
export type UploadEvent =
  | { readonly kind: 'progress'; readonly file: string; readonly percent: number; readonly rate: number }
  | { readonly kind: 'started'; readonly file: string }
  | { readonly kind: 'done'; readonly file: string }
  | { readonly kind: 'failed'; readonly file: string; readonly reason: string }
  /** 'Warning: …' from vSphere or 'warning: …' from govc. */
  | { readonly kind: 'warning'; readonly text: string }
  /** Any other line: 'Injecting OVF environment...'. */
  | { readonly kind: 'step'; readonly text: string };

const units: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const maxLine = 4_096;

/**
 * Reads one line of govc's output: `[22-11-26 09:30:22] Uploading disk.vmdk... (51%, 4.1MiB/s)`.
 * Source: govmomi v0.56, `vim25/progress` and `cli/flags/output.go`.
 */
export function parseUploadLine(line: string): UploadEvent | undefined {
  const text = line
    // govc clears the terminal's line with an escape sequence.
    .split('\u001b[K')
    .join('')
    .replace(/^\[[\d: -]+\] /, '')
    .trim();
  if (text === '') return undefined;
  const upload = /^Uploading (.+)\.\.\.\s*(\(.*\)|OK|Error: .*|)$/.exec(text);
  if (upload === null) return /^warning: /i.test(text) ? { kind: 'warning', text } : { kind: 'step', text };
  const [, file = '', rest = ''] = upload;
  if (rest === '') return { kind: 'started', file };
  if (rest === 'OK') return { kind: 'done', file };
  const failed = /^Error: (.*)$/.exec(rest);
  if (failed !== null) return { kind: 'failed', file, reason: failed[1] ?? '' };
  const progress = /^\((\d+)%(?:, ([\d.]+)(B|KiB|MiB|GiB)\/s)?\)$/.exec(rest);
  if (progress === null) return { kind: 'step', text };
  const [, percent = '0', amount = '0', unit = 'B'] = progress;
  return {
    kind: 'progress',
    file,
    percent: Math.min(100, Number(percent)),
    rate: Math.round(Number(amount) * (units[unit] ?? 1)),
  };
}

/** Cuts a stream of text into lines at \r and \n and reads them; an unfinished line waits for its end. */
export function createUploadParser(): (text: string) => readonly UploadEvent[] {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split(/[\r\n]/);
    rest = (lines.pop() ?? '').slice(-maxLine);
    return lines.flatMap((line) => parseUploadLine(line.slice(0, maxLine)) ?? []);
  };
}
