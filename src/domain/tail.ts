/** Keeps the last part of a text that comes in pieces, so that a noisy process cannot fill the memory. */
export class Tail {
  readonly #limit: number;
  #pieces: string[] = [];
  #length = 0;
  #cut = false;

  /** @param limit characters kept at least; at most twice as many are held */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(piece: string): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length > 2 * this.#limit) this.#shorten();
  }

  #shorten(): void {
    const kept = this.#pieces.join('').slice(-this.#limit);
    this.#pieces = [kept];
    this.#length = kept.length;
    this.#cut = true;
  }

  /** Whether the beginning was dropped. */
  get cut(): boolean {
    return this.#cut || this.#length > this.#limit;
  }

  toString(): string {
    if (this.#length > this.#limit) this.#shorten();
    return this.#pieces.join('');
  }
}
