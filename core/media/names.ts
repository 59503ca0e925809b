/**
 * Which file names media may contain: plain ASCII base names that mean the same file to every tar reader, file
 * system and shell. Source: media-and-handover, "OVA: what is accepted".
 */

/** The longest name a ustar header holds without its prefix field, in bytes. */
const longestName = 100;

const plainName = /^[A-Za-z0-9_][A-Za-z0-9 ._+(),=-]*$/;

/** Device names that Windows takes for hardware, whatever the extension. */
const windowsDevice = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/** Whether `name` is a base name without path, drive, wildcard, control or non-ASCII character. */
export function isPlainName(name: string): boolean {
  return (
    name.length <= longestName &&
    plainName.test(name) &&
    !windowsDevice.test(name) &&
    !name.endsWith('.') &&
    !name.endsWith(' ')
  );
}

/** Makes a name from a file safe to print: control and non-ASCII characters as `\x..`, at most 80 characters. */
export function printableName(name: string): string {
  const escaped = name.replaceAll(/[^ -~]/g, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\x${code.toString(16).padStart(2, '0')}`;
  });
  return escaped.length > 80 ? `${escaped.slice(0, 77)}...` : escaped;
}
