/** The text as one literal word of a POSIX shell: in single quotes, where only a single quote needs care. */
export const quotedForShell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
