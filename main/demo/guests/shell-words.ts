/** The words of the command lines that the product sends to a guest. A simulated guest has no shell. */

/**
 * The commands in a text, each as its words. Only what `quoteForShell` writes is read: words in single quotes or
 * without any, a backslash before one character, commands on lines of their own. Undefined for a quote that does not
 * end.
 */
export function shellCommands(text: string): string[][] | undefined {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const one = text.charAt(at);
    if (one === '\n') endCommand();
    else if (one === ' ' || one === '\t') endWord();
    else if (one === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return undefined;
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (one === '\\') {
      at += 1;
      word = (word ?? '') + text.charAt(at);
    } else word = (word ?? '') + one;
  }
  endCommand();
  return commands;
}
