/**
 * File names that media may contain: plain ASCII base names that mean the same file to every tar reader, file system
 * and shell. Source: media-and-handover, "OVA: what is accepted".
 */
import { isDeviceName } from '../base/device-name.ts';

/** The longest name a ustar header holds without its prefix field, in bytes. */
const longestName = 100;

const plainName = /^[A-Za-z0-9_][A-Za-z0-9 ._+(),=-]*$/;

/** Whether `name` is a base name without path, drive, wildcard, control or non-ASCII character. */
export function isPlainName(name: string): boolean {
  return (
    name.length <= longestName &&
    plainName.test(name) &&
    !isDeviceName(name) &&
    !name.endsWith('.') &&
    !name.endsWith(' ')
  );
}
