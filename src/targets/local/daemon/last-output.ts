import { tellingParts } from '../../../domain/secret.ts';

/** Bytes of output that are kept. */
const KEPT = 64 * 1024;
/** Lines that are shown. */
const SHOWN = 20;

/** The end of what an app printed, kept in memory only and shown without secrets. */
export class LastOutput {
  readonly #secrets: readonly string[];
  #chunks: Buffer[] = [];
  #size = 0;
  #cut = false;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
      .flatMap(tellingParts)
      // The longest first, or a part of it would hide the rest.
      .sort((a, b) => b.length - a.length);
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Only now and then, so that an app that prints a lot costs little.
    if (this.#size > 2 * KEPT) this.#trim();
  }

  text(): string {
    this.#trim();
    let text = Buffer.concat(this.#chunks).toString('utf8');
    // The first line may begin in the middle of a secret.
    if (this.#cut) text = text.slice(text.indexOf('\n') + 1);
    for (const secret of this.#secrets) text = text.replaceAll(secret, '***');
    return text.trimEnd().split('\n').slice(-SHOWN).join('\n');
  }

  #trim(): void {
    this.#cut ||= this.#size > KEPT;
    this.#chunks = [Buffer.concat(this.#chunks).subarray(-KEPT)];
    this.#size = Math.min(this.#size, KEPT);
  }
}
