/** A growing list of 32-bit numbers, 4 bytes each. It grows without copying the whole list. */
export class Uint32List {
  readonly #blocks: Uint32Array[] = [];
  length = 0;

  push(value: number): void {
    const block = this.#blocks[this.length >> blockBits] ?? this.#addBlock();
    block[this.length & blockMask] = value;
    this.length += 1;
  }

  /** The number at `index`; 0 beyond the end. */
  at(index: number): number {
    return index < this.length ? (this.#blocks[index >> blockBits]?.[index & blockMask] ?? 0) : 0;
  }

  /** The index of `value` in an ascending list, or undefined. */
  indexOf(value: number): number | undefined {
    let low = 0;
    let high = this.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.at(middle);
      if (found === value) return middle;
      if (found < value) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #addBlock(): Uint32Array {
    const block = new Uint32Array(blockMask + 1);
    this.#blocks.push(block);
    return block;
  }
}

const blockBits = 16;
const blockMask = 2 ** blockBits - 1;
