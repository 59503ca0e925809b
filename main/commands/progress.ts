/** A run on stderr: a live picture on a terminal, lines in a pipe, NDJSON when asked for. */
import { stripVTControlCharacters } from 'node:util';
import { failureInWords, type Text } from '../../core/base/text.ts';
import { endedWell, type RunEvent } from '../../core/run/event.ts';
import { deployShare, reduceRun, type RunState, type StageState, type VmState } from '../../core/run/state.ts';
import { paint, tell } from './context.ts';
import { amountInWords, bar, durationInWords } from './units.ts';

export interface ProgressView {
  readonly onEvent: (event: RunEvent) => void;
  /** Leaves the terminal in order. */
  end(): void;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const framesPerSecond = 10;

const since = (start: string | undefined, end: string): string =>
  start === undefined ? '' : durationInWords(Date.parse(end) - Date.parse(start));

/** The line that stays when something has come to its end; undefined for all that only moves. */
export function lastingLine(text: Text, state: RunState, event: RunEvent): string | undefined {
  const ok = paint('green', '✓', process.stderr);
  const bad = paint('red', '✗', process.stderr);
  if (event.kind === 'stage-finished') {
    const stage = state.stages.find((one) => one.stage === event.stage);
    const note = stageNote(text, state, event);
    const time = since(stage?.startedAt, event.at);
    const name = text(`deploy.stage.${event.stage}`).padEnd(18);
    const waits = paint('yellow', '…', process.stderr);
    const mark = event.outcome === 'waiting' ? waits : endedWell(event.outcome) ? ok : bad;
    return `${mark} ${name} ${note.padEnd(44)} ${paint('dim', time, process.stderr)}`.trimEnd();
  }
  if (event.kind === 'operation-waiting') {
    return `    ${paint('yellow', '…', process.stderr)} ${event.vm.padEnd(34)} ${text('deploy.waits-for-host')}`;
  }
  if (event.kind !== 'operation-finished') return undefined;
  const vm = state.vms.find((one) => one.vm === event.vm);
  if (vm?.status === 'done') {
    return `    ${ok} ${vm.vm.padEnd(34)} ${paint('dim', text('cli.vm-done', { operations: vm.operations }), process.stderr)}`;
  }
  if (event.outcome !== 'failed' || event.failure === undefined) return undefined;
  const words = failureInWords(text, event.failure);
  return `    ${bad} ${event.vm.padEnd(34)} ${words.title}: ${words.detail}\n      ${paint('cyan', '→', process.stderr)} ${words.remedy}`;
}

function stageNote(text: Text, state: RunState, event: Extract<RunEvent, { kind: 'stage-finished' }>): string {
  if (event.waitingFor !== undefined) return text(`deploy.waiting-for.${event.waitingFor}`);
  if (event.outcome !== 'done') return text(`deploy.outcome.${event.outcome}`);
  if (event.stage === 'deploy') {
    const worked = state.vms.filter(({ operations }) => operations > 0).length;
    return text('cli.stage.deploy', { worked, total: state.vms.length });
  }
  if (event.stage === 'check' || event.stage === 'preflight') {
    const warned = state.findings.filter(({ status }) => status === 'warn').length;
    const passed = state.findings.filter(({ status }) => status === 'pass').length;
    return text('cli.stage.checked', { passed, warned });
  }
  return text('deploy.outcome.done');
}

/** Usually one stage; a large medium is still read while VMs are deployed. */
function liveLines(text: Text, state: RunState, frame: string): string[] {
  const spinner = paint('cyan', frame, process.stderr);
  return state.stages
    .filter(({ status }) => status === 'working')
    .flatMap((stage) => stageLines(text, state, stage, spinner));
}

function stageLines(text: Text, state: RunState, stage: StageState, spinner: string): string[] {
  const name = text(`deploy.stage.${stage.stage}`).padEnd(18);
  if (stage.stage !== 'deploy' || state.vms.length === 0) {
    const doing =
      stage.item === undefined || stage.amount === undefined
        ? ''
        : `${stage.item}  ${amountInWords(text, stage.amount)}`;
    return [`${spinner} ${name} ${doing}`];
  }
  const working = state.vms.filter(({ status }) => status === 'working');
  const share = deployShare(state);
  return [
    `${spinner} ${name} ${bar(share)} ${Math.floor(share * 100)} %`,
    ...working.slice(0, 8).map((vm) => workingLine(text, vm, spinner)),
  ];
}

function workingLine(text: Text, { vm, current, busy, amount }: VmState, spinner: string): string {
  const doing = busy ? text('deploy.waits-for-host') : current === undefined ? '' : text(`deploy.operation.${current}`);
  return `    ${spinner} ${vm.padEnd(34)} ${doing}${amount ? `  ${amountInWords(text, amount)}` : ''}`;
}

/** On a terminal: lines that stay scroll up, what is in progress is drawn again below them. */
function liveView(text: Text): ProgressView {
  let state: RunState | undefined;
  let drawn = 0;
  let tick = 0;
  const clear = (): string => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[0J`);
  const draw = (lasting?: string): void => {
    const width = process.stderr.columns ?? 80;
    const lines = state === undefined ? [] : liveLines(text, state, frames[tick % frames.length] ?? '');
    // A line that wraps would be two, and the next drawing would climb too little.
    const cut = lines.map((line) =>
      stripVTControlCharacters(line).length < width ? line : stripVTControlCharacters(line).slice(0, width - 1),
    );
    process.stderr.write(
      `${clear()}${lasting === undefined ? '' : `${lasting}\n`}${cut.map((line) => `${line}\n`).join('')}`,
    );
    drawn = cut.length;
  };
  const timer = setInterval(() => {
    tick += 1;
    draw();
  }, 1000 / framesPerSecond);
  timer.unref();
  return {
    onEvent(event) {
      state = reduceRun(state, event);
      const lasting = lastingLine(text, state, event);
      if (lasting !== undefined) draw(lasting);
    },
    end() {
      clearInterval(timer);
      process.stderr.write(clear());
      drawn = 0;
    },
  };
}

/** In a pipe or a log: one line for whatever starts a stage or ends. */
function lineView(text: Text): ProgressView {
  let state: RunState | undefined;
  return {
    onEvent(event) {
      state = reduceRun(state, event);
      const line = lastingLine(text, state, event);
      if (line !== undefined) tell(line);
    },
    end: () => undefined,
  };
}

const ndjsonView = (): ProgressView => ({ onEvent: (event) => tell(JSON.stringify(event)), end: () => undefined });

export function createProgressView(text: Text, kind: 'auto' | 'json'): ProgressView {
  if (kind === 'json') return ndjsonView();
  return process.stderr.isTTY ? liveView(text) : lineView(text);
}
