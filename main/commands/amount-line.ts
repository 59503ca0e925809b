/** Progress of one amount on stderr: a bar on a terminal, periodic lines in a pipe, NDJSON on request. */
import { isAsking } from '../system/prompt.ts';
import { performance } from 'node:perf_hooks';
import type { Amount } from '../../core/run/event.ts';
import type { CommandContext } from './context.ts';
import { tell } from './context.ts';
import { amountInWords, bar } from './units.ts';

export interface AmountLine {
  readonly show: (item: string, amount: Amount) => void;
  readonly showFiles: (files: readonly string[], amount: Amount) => void;
  end(): void;
}

/** Milliseconds between two lines in a pipe. Shorter work prints no line. */
const lineEveryMs = 5000;

export function amountLine(context: Pick<CommandContext, 'progress' | 'text'>): AmountLine {
  const line = lineFor(context);
  return { ...line, showFiles: (files, amount) => line.show(files.join(', '), amount) };
}

function lineFor({ progress, text }: Pick<CommandContext, 'progress' | 'text'>): Omit<AmountLine, 'showFiles'> {
  if (progress === 'json') {
    return {
      show: (item, amount) => tell(JSON.stringify({ kind: 'progress', item, ...amount })),
      end: () => undefined,
    };
  }
  if (!process.stderr.isTTY) {
    let last = performance.now();
    return {
      show(item, amount) {
        if (performance.now() - last < lineEveryMs) return;
        last = performance.now();
        tell(`  ${amountInWords(text, amount)}  ${item}`);
      },
      end: () => undefined,
    };
  }
  return {
    show(item, amount) {
      // It would overwrite the question.
      if (isAsking()) return;
      const share = amount.total ? `${bar(amount.bytes / amount.total)} ` : '';
      const line = `  ${share}${amountInWords(text, amount)}  ${item}`;
      process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    },
    end: () => void process.stderr.write('\r\u001b[2K'),
  };
}
