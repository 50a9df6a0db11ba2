import * as core from '@actions/core';
import { tellingParts } from '../domain/secret.ts';

/**
 * Keeps the step's secrets out of everything that is written. GitHub masks the log, but not the event
 * payloads, files and API bodies that an action writes itself, and it drops an output that holds one.
 */
export class Redactor {
  readonly #secrets = new Set<string>();

  /** Masks a secret here and in GitHub's log, with its parts that tell it: lines, the password of a URL. */
  readonly add = (secret: string): void => {
    for (const part of tellingParts(secret)) {
      if (this.#secrets.has(part)) continue;
      this.#secrets.add(part);
      core.setSecret(part);
    }
  };

  readonly redact = (text: string): string => {
    let redacted = text;
    // Longest first: one secret may contain another.
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) {
      redacted = redacted.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***');
    }
    return redacted;
  };
}
