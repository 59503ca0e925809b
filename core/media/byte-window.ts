/** Collects a fixed number of bytes from chunks of any size, or skips bytes. */
export class ByteWindow {
  #kept = new Uint8Array(0);
  #filled = 0;
  #wanted = 0;
  #skip = 0;
  /** Bytes taken so far, in total. */
  position = 0;

  /** The next {@link take} collects `length` bytes. */
  want(length: number): void {
    if (this.#kept.length < length) this.#kept = new Uint8Array(length);
    this.#wanted = length;
    this.#filled = 0;
  }

  /** Skips the next `length` bytes before the wanted bytes. */
  skip(length: number): void {
    this.#skip += length;
  }

  /** Whether wanted bytes are still missing. */
  get pending(): number {
    return this.#skip + this.#wanted - this.#filled;
  }

  /** Wanted bytes collected so far. */
  get gathered(): number {
    return this.#filled;
  }

  /**
   * Takes bytes of `chunk` from `at` on and returns their number. Then {@link complete} tells whether all wanted bytes
   * are collected.
   */
  take(chunk: Uint8Array, at: number): number {
    const skipped = Math.min(this.#skip, chunk.length - at);
    this.#skip -= skipped;
    const count = Math.min(this.#wanted - this.#filled, chunk.length - at - skipped);
    if (count > 0) this.#kept.set(chunk.subarray(at + skipped, at + skipped + count), this.#filled);
    this.#filled += count;
    this.position += skipped + count;
    return skipped + count;
  }

  get complete(): boolean {
    return this.#skip === 0 && this.#filled === this.#wanted;
  }

  /** The wanted bytes; valid until the next {@link want}. */
  get bytes(): Uint8Array {
    return this.#kept.subarray(0, this.#wanted);
  }
}
