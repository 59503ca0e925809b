/** A run on stderr: live lines on a terminal, lines in a pipe, NDJSON on request. */
import { stripVTControlCharacters } from 'node:util';
import { failureInWords, type Text } from '../../core/base/text.ts';
import { endedWell, type RunEvent } from '../../core/run/event.ts';
import { deployShare, reduceRun, type RunState, type StageState, type VmState } from '../../core/run/state.ts';
import { pauseAtQuestions } from '../system/prompt.ts';
import { paint, tell } from './context.ts';
import { amountInWords, bar, durationInWords } from './units.ts';

export interface ProgressView {
  readonly onEvent: (event: RunEvent) => void;
  /** Restores the terminal. */
  end(): void;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const framesPerSecond = 10;

const since = (start: string | undefined, end: string): string =>
  start === undefined ? '' : durationInWords(Date.parse(end) - Date.parse(start));

/** The permanent line for an ended stage or operation; undefined for progress. */
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

/** Stages in progress: usually one; a large medium is read while VMs are deployed. */
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

/** On a terminal: permanent lines scroll up, progress is redrawn below them. */
function liveView(text: Text): ProgressView {
  let state: RunState | undefined;
  let drawn = 0;
  let tick = 0;
  /** Lasting lines of a pause; undefined while drawing. */
  let held: string[] | undefined;
  const clear = (): string => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[0J`);
  const draw = (lasting?: string): void => {
    if (held !== undefined) return void (lasting === undefined || held.push(lasting));
    const width = process.stderr.columns ?? 80;
    const lines = state === undefined ? [] : liveLines(text, state, frames[tick % frames.length] ?? '');
    // A wrapped line takes two rows, and the next redraw would move up too few.
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
  const release = pauseAtQuestions({
    pause: () => {
      process.stderr.write(clear());
      drawn = 0;
      held = [];
    },
    resume: () => {
      const lines = held ?? [];
      held = undefined;
      draw(lines.length === 0 ? undefined : lines.join('\n'));
    },
  });
  return {
    onEvent(event) {
      state = reduceRun(state, event);
      const lasting = lastingLine(text, state, event);
      if (lasting !== undefined) draw(lasting);
    },
    end() {
      clearInterval(timer);
      release();
      const lines = held ?? [];
      held = undefined;
      process.stderr.write(`${clear()}${lines.map((line) => `${line}\n`).join('')}`);
      drawn = 0;
    },
  };
}

/** In a pipe or a log: one line for each start of a stage and each end. */
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
