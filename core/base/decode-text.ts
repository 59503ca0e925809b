/** Text as programs on Windows write it: UTF-8 or UTF-16, with or without a byte order mark. */

/** The text without its byte order mark; undefined where the bytes are neither UTF-8 nor UTF-16 with a mark. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    // `ignoreBOM: false` drops one mark.
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
    // PowerShell's UTF-16 without a mark reads as UTF-8 full of NUL.
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
