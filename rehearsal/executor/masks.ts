/** Hides secrets in everything that leaves a job: logs, summaries, annotations, notes. */
export class Masks {
  readonly #values = new Set<string>();
  #longestFirst: readonly string[] = [];

  /** From now on `secret`, and each line of it, is shown as `***`. Empty texts are not secrets. */
  add(secret: string): void {
    for (const value of [secret, ...secret.split(/\r?\n/)]) {
      if (value.trim() === '') continue;
      this.#values.add(value);
      // A JSON-quoted or base64 form is the same secret in another coat, as on GitHub's runner.
      this.#values.add(JSON.stringify(value).slice(1, -1));
      this.#values.add(Buffer.from(value).toString('base64'));
    }
    this.#longestFirst = [...this.#values].sort((a, b) => b.length - a.length);
  }

  /** The text without any secret; longest first, so that no tail of a longer one is left over. */
  hide(text: string): string {
    let shown = text;
    for (const value of this.#longestFirst) shown = shown.replaceAll(value, '***');
    return shown;
  }

  hides(text: string): boolean {
    return this.hide(text) !== text;
  }
}
