/** One line per step: name, result, duration. */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const terminal = process.stdout.isTTY;

/**
 * Runs one step and prints its line. `work` returns `{ ok, note }`: the note ends the line.
 * With `quiet` steps with the note `up to date` are not printed.
 */
export async function step(name, work, { quiet = false } = {}) {
  const label = name.padEnd(14);
  if (terminal) process.stdout.write(`  ${label} …`);
  const start = Date.now();
  const clear = () => {
    if (terminal) process.stdout.write('\r\u001b[K');
  };
  try {
    const { ok = true, note = 'done' } = (await work()) ?? {};
    clear();
    const idle = quiet && ok && note === 'up to date';
    if (!idle)
      console.log(
        `${ok ? '✔' : '✖'} ${label} ${note}${note === 'up to date' ? '' : ` (${seconds(Date.now() - start)})`}`,
      );
    return ok;
  } catch (error) {
    clear();
    console.log(`✖ ${label} failed (${seconds(Date.now() - start)})`);
    throw error;
  }
}
