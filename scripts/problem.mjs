/** A problem that the user can solve: one sentence with the remedy. Any other error is a bug. */
export class Problem extends Error {
  constructor(sentence) {
    super(sentence);
    this.name = 'Problem';
  }
}

/** Runs a script and sets the exit code. Prints a problem as a sentence, a bug with its stack. */
export async function runScript(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error);
    process.exitCode = 1;
  }
}
