/**
 * A short code that a technician reads to ALE on the phone: age encrypts a bundle to its readers and does not
 * authenticate its writer.
 */

const digits = 12;

/**
 * 12 digits, grouped 4-4-4, from the SHA-256 of the bundle file: its first 8 bytes as a big-endian number, modulo
 * 10^12, with leading zeros. Another text than a SHA-256 is a bug. With standard tools:
 *
 *     echo "ibase=16; $(sha256sum handover-x.age | cut -c1-16 | tr a-f A-F) % E8D4A51000" | bc
 *     python3 -c "import hashlib,sys; print('%012d' % (int.from_bytes(hashlib.sha256(open(sys.argv[1],'rb').read()).digest()[:8],'big') % 10**12))" handover-x.age
 */
export function confirmationCode(sha256Hex: string): string {
  if (!/^[0-9a-f]{64}$/i.test(sha256Hex)) throw new TypeError('A SHA-256 has 64 hex digits.');
  const number = BigInt(`0x${sha256Hex.slice(0, 16)}`) % BigInt(10 ** digits);
  return String(number)
    .padStart(digits, '0')
    .replace(/^(\d{4})(\d{4})/, '$1-$2-');
}
