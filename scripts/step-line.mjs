/** One line per step: name, result, duration. */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const terminal = process.stdout.isTTY;
/** Names of the steps in progress; on a terminal the last line shows them. */
const running = new Set();

function showRunning() {
  if (!terminal) return;
  process.stdout.write('\r\u001b[K');
  if (running.size > 0) process.stdout.write(`  ${[...running].join(', ')} …`);
}

/** Prints a line above the steps in progress. */
export function printLine(line) {
  if (terminal) process.stdout.write('\r\u001b[K');
  console.log(line);
  showRunning();
}

/**
 * Runs one step and prints its line. `work` returns `{ ok, note }`: the note ends the line.
 * With `quiet` steps with the note `up to date` are not printed.
 */
export async function step(name, work, { quiet = false } = {}) {
  const label = name.padEnd(14);
  const start = Date.now();
  running.add(name);
  showRunning();
  const end = (line) => {
    running.delete(name);
    if (line === undefined) showRunning();
    else printLine(line);
  };
  try {
    const { ok = true, note = 'done' } = (await work()) ?? {};
    const idle = quiet && ok && note === 'up to date';
    const took = note === 'up to date' ? '' : ` (${seconds(Date.now() - start)})`;
    end(idle ? undefined : `${ok ? '✔' : '✖'} ${label} ${note}${took}`);
    return ok;
  } catch (error) {
    end(`✖ ${label} failed (${seconds(Date.now() - start)})`);
    throw error;
  }
}
