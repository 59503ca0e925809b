/**
 * RC2 in CBC mode, decryption only: OpenSSL up to 1.1 and older Windows hide the certificates of a PKCS#12 file with it, and
 * today's crypto libraries have it no longer. It keeps no secret here: what it hides is public, and the file's MAC says whether
 * it is genuine. Source: RFC 2268.
 */

const pi = Buffer.from(
  [
    'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2',
    '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82',
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626',
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7',
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec',
    'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731',
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9',
    '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  ].join(''),
  'hex',
);

const blockBytes = 8;

/** The 64 words of the expanded key; `bits` is its effective length. RFC 2268 section 2. */
function expand(key: Uint8Array, bits: number): Uint16Array {
  const bytes = new Uint8Array(128);
  bytes.set(key);
  const at = (index: number): number => bytes[index] ?? 0;
  const table = (index: number): number => pi[index & 0xff] ?? 0;
  for (let index = key.length; index < 128; index++) bytes[index] = table(at(index - 1) + at(index - key.length));
  const length = Math.ceil(bits / 8);
  bytes[128 - length] = table(at(128 - length) & (0xff >> (8 * length - bits)));
  for (let index = 127 - length; index >= 0; index--) bytes[index] = table(at(index + 1) ^ at(index + length));
  return Uint16Array.from({ length: 64 }, (_, index) => at(2 * index) | (at(2 * index + 1) << 8));
}

const rotations = [1, 2, 3, 5] as const;

/** RFC 2268 section 4: rounds of mixing, and of mashing after the fifth and the eleventh. */
function decryptBlock(words: Uint16Array, key: Uint16Array): void {
  const word = (index: number): number => words[index & 3] ?? 0;
  for (let round = 15; round >= 0; round--) {
    for (let index = 3; index >= 0; index--) {
      const rotation = rotations[index as 0 | 1 | 2 | 3];
      const mixed = (word(index) >> rotation) | (word(index) << (16 - rotation));
      const others = (word(index + 3) & word(index + 2)) + (~word(index + 3) & word(index + 1));
      words[index] = mixed - (key[4 * round + index] ?? 0) - others;
    }
    if (round !== 11 && round !== 5) continue;
    for (let index = 3; index >= 0; index--) words[index] = word(index) - (key[word(index + 3) & 63] ?? 0);
  }
}

/** Decrypts `content`; undefined where its length or its padding is wrong. */
export function decryptRc2(key: Uint8Array, bits: number, vector: Uint8Array, content: Uint8Array): Buffer | undefined {
  if (content.length === 0 || content.length % blockBytes !== 0) return undefined;
  const expanded = expand(key, bits);
  const plain = Buffer.alloc(content.length);
  let previous = Buffer.from(vector);
  for (let at = 0; at < content.length; at += blockBytes) {
    const block = Buffer.from(content.subarray(at, at + blockBytes));
    const words = Uint16Array.from({ length: 4 }, (_, index) => block.readUInt16LE(2 * index));
    decryptBlock(words, expanded);
    for (const [index, word] of words.entries()) {
      plain.writeUInt16LE(word ^ previous.readUInt16LE(2 * index), at + 2 * index);
    }
    previous = block;
  }
  const padding = plain.at(-1) ?? 0;
  const isPadded = padding >= 1 && padding <= blockBytes && plain.subarray(-padding).every((byte) => byte === padding);
  return isPadded ? plain.subarray(0, -padding) : undefined;
}
