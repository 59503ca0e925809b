/** Something its reader can put right: one sentence, with the remedy. Anything else that is thrown is a bug. */
export class Problem extends Error {
  constructor(sentence) {
    super(sentence);
    this.name = 'Problem';
  }
}

/** Runs a script's work and gives the process its exit code. A problem is a sentence, a bug keeps its stack. */
export async function runScript(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error);
    process.exitCode = 1;
  }
}
