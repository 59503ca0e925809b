/** One line per step: what it is, how it went, how long it took. */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const terminal = process.stdout.isTTY;

/** Names of the steps under way; suites of tests run side by side. */
const running = new Set();

function draw() {
  if (!terminal) return;
  process.stdout.write('\r\u001b[K');
  if (running.size > 0) process.stdout.write(`  ${[...running].join(', ')} …`);
}

/**
 * Runs one step and prints its line. `work` returns `{ ok, note }`: the note ends the line.
 * With `quiet` only steps that did something or failed are printed: those whose note is not `up to date`.
 */
export async function step(name, work, { quiet = false } = {}) {
  const label = name.padEnd(14);
  running.add(name);
  draw();
  const start = Date.now();
  const end = (line) => {
    running.delete(name);
    if (terminal) process.stdout.write('\r\u001b[K');
    if (line !== undefined) console.log(line);
    draw();
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
