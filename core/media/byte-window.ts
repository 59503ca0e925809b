/** Gathers a fixed number of bytes out of chunks of any size, or passes over bytes without keeping them. */
export class ByteWindow {
  #kept = new Uint8Array(0);
  #filled = 0;
  #wanted = 0;
  #skip = 0;
  /** Bytes taken so far, in all. */
  position = 0;

  /** The next {@link take} gathers `length` bytes. */
  want(length: number): void {
    if (this.#kept.length < length) this.#kept = new Uint8Array(length);
    this.#wanted = length;
    this.#filled = 0;
  }

  /** Passes over the next `length` bytes, before anything that is wanted. */
  skip(length: number): void {
    this.#skip += length;
  }

  /** Whether bytes are still missing before the thing that is wanted would be complete. */
  get pending(): number {
    return this.#skip + this.#wanted - this.#filled;
  }

  /** Bytes gathered of what is wanted. */
  get gathered(): number {
    return this.#filled;
  }

  /**
   * Takes bytes of `chunk` from `at` on; returns how many. After it, {@link complete} tells whether the wanted bytes
   * are there.
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
