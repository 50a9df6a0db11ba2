/** Keeps one value for a short while, so that a busy page is one query a second. */
export class Cache {
  /** @type {Map<string, {value: unknown, until: number}>} */
  #entries = new Map();
  #milliseconds;

  /** @param {number} milliseconds how long a value is kept */
  constructor(milliseconds) {
    this.#milliseconds = milliseconds;
  }

  /**
   * @template T
   * @param {string} key
   * @param {() => Promise<T>} load
   * @returns {Promise<T>}
   */
  async get(key, load) {
    const kept = this.#entries.get(key);
    if (kept && kept.until > Date.now()) return /** @type {T} */ (kept.value);
    const value = await load();
    this.#entries.set(key, { value, until: Date.now() + this.#milliseconds });
    return value;
  }

  /** @param {string} key */
  forget(key) {
    this.#entries.delete(key);
  }

  /** Whether what goes in comes out again. */
  async ping() {
    const token = String(Math.random());
    const seen = await this.get(token, async () => token);
    this.forget(token);
    return seen === token;
  }
}
