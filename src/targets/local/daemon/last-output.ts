/** Bytes of output that are kept. */
const KEPT = 64 * 1024;
/** Lines that are shown. */
const SHOWN = 20;
/** A shorter value is as likely a word as a secret. */
const SHORTEST_SECRET = 4;

/** The end of what an app printed, kept in memory only and shown without secrets. */
export class LastOutput {
  readonly #secrets: readonly string[];
  #kept = Buffer.alloc(0);
  #cut = false;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
      .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
      .filter((secret) => secret.length >= SHORTEST_SECRET)
      // The longest first, or a part of it would hide the rest.
      .sort((a, b) => b.length - a.length);
  }

  add(chunk: Buffer): void {
    const all = Buffer.concat([this.#kept, chunk]);
    this.#cut ||= all.length > KEPT;
    this.#kept = all.subarray(-KEPT);
  }

  text(): string {
    let text = this.#kept.toString('utf8');
    // The first line may begin in the middle of a secret.
    if (this.#cut) text = text.slice(text.indexOf('\n') + 1);
    for (const secret of this.#secrets) text = text.replaceAll(secret, '***');
    return text.trimEnd().split('\n').slice(-SHOWN).join('\n');
  }
}
