/** Hands out a stream of bytes in the portions that its reader asks for. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next bytes, between 1 and `most`; none at the end of the stream. */
  async takeUpTo(most: number): Promise<Buffer> {
    if (await this.atEnd()) return this.#rest;
    const portion = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(portion.length);
    return portion;
  }

  /** Exactly `size` bytes; fewer only where the stream ends. */
  async take(size: number): Promise<Buffer> {
    const portions: Buffer[] = [];
    for (let left = size; left > 0; ) {
      const portion = await this.takeUpTo(left);
      if (portion.length === 0) break;
      portions.push(portion);
      left -= portion.length;
    }
    const [only] = portions;
    return portions.length === 1 && only !== undefined ? only : Buffer.concat(portions);
  }

  async atEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return true;
      this.#rest = next.value;
    }
    return false;
  }
}
