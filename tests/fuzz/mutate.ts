/** Mutations of byte strings for the fuzzer, from a seeded generator: a find is reproducible. */
export type Random = (below: number) => number;

/** xorshift32: good enough to choose bytes. */
export function seededRandom(seed: number): Random {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const odd = [0, 1, 0x20, 0x2f, 0x30, 0x37, 0x7f, 0x80, 0xfe, 0xff];

/** One to eight changes: bits, bytes, numbers, words of `dictionary`, cut, doubled or spliced pieces. */
export function mutate(input: Buffer, other: Buffer, dictionary: readonly Buffer[], random: Random): Buffer {
  let bytes: Buffer = Buffer.from(input);
  for (let rounds = 1 + random(8); rounds > 0; rounds--) bytes = change(bytes, other, dictionary, random);
  return bytes;
}

function change(bytes: Buffer, other: Buffer, dictionary: readonly Buffer[], random: Random): Buffer {
  const at = random(bytes.length + 1);
  const length = Math.min(1 + random(64), bytes.length - at);
  switch (random(9)) {
    case 0:
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = odd[random(odd.length)] ?? 0;
      return bytes;
    case 2:
      if (at + 4 <= bytes.length) bytes.writeUInt32LE(random(3) === 0 ? 0xffff_ffff : random(0x7fff_ffff), at);
      return bytes;
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), dictionary[random(dictionary.length)] ?? bytes, bytes.subarray(at)]);
    case 6: {
      const word = dictionary[random(dictionary.length)] ?? Buffer.alloc(0);
      word.copy(bytes, at);
      return bytes;
    }
    case 7: {
      const from = random(other.length + 1);
      return Buffer.concat([
        bytes.subarray(0, at),
        other.subarray(from, from + 1 + random(512)),
        bytes.subarray(at + length),
      ]);
    }
    default:
      // Whole blocks: archives and disks are made of them.
      return moveBlock(bytes, random);
  }
}

function moveBlock(bytes: Buffer, random: Random): Buffer {
  const blocks = Math.floor(bytes.length / 512);
  if (blocks < 2) return bytes;
  bytes.copy(bytes, random(blocks) * 512, random(blocks) * 512, random(blocks) * 512 + 512);
  return bytes;
}
