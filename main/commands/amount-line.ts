/** Progress of one thing on stderr: a line that is drawn again on a terminal, NDJSON when asked for, else nothing. */
import type { Amount } from '../../core/run.ts';
import type { CommandContext } from './context.ts';
import { tell } from './context.ts';
import { bytesInWords } from './units.ts';

export interface AmountLine {
  readonly show: (item: string, amount: Amount) => void;
  end(): void;
}

export function amountLine({ progress }: Pick<CommandContext, 'progress'>): AmountLine {
  if (progress === 'json') {
    return {
      show: (item, amount) => tell(JSON.stringify({ kind: 'progress', item, ...amount })),
      end: () => undefined,
    };
  }
  if (!process.stderr.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show(item, { bytes, total, bytesPerSecond }) {
      const share = total ? `${Math.floor((100 * bytes) / total)} %` : bytesInWords(bytes);
      const rate = bytesPerSecond ? `  ${bytesInWords(bytesPerSecond)}/s` : '';
      process.stderr.write(`\r\u001b[2K  ${item}  ${share}${rate}`);
    },
    end: () => void process.stderr.write('\r\u001b[2K'),
  };
}
