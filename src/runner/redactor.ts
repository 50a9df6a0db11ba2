import * as core from '@actions/core';
import { tellingParts, writtenForms } from '../domain/secret.ts';

/**
 * Keeps the step's secrets out of everything that is written. GitHub masks the log, but not the event
 * payloads, files and API bodies that an action writes itself, and it drops an output that holds one.
 */
export class Redactor {
  readonly #secrets = new Set<string>();
  #forms: readonly string[] = [];

  /** Masks a secret here and in GitHub's log, with its parts that tell it: lines, the password of a URL. */
  readonly add = (secret: string): void => {
    for (const part of tellingParts(secret)) {
      if (this.#secrets.has(part)) continue;
      this.#secrets.add(part);
      core.setSecret(part);
    }
    const forms = new Set([...this.#secrets].flatMap(writtenForms));
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
  };

  readonly redact = (text: string): string => {
    let redacted = text;
    // Longest first: one secret may contain another.
    for (const form of this.#forms) redacted = redacted.replaceAll(form, '***');
    return redacted;
  };
}
