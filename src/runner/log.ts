import { randomUUID } from 'node:crypto';
import * as core from '@actions/core';
import type { Location } from '../domain/failure.ts';
import type { Log } from '../ports/log.ts';

/** What the runner would read as a command, at a line's start or, in the old form, anywhere. */
const LOOKS_LIKE_COMMAND = /^\s*::|##\[/m;

/** Prints text that may hold anything: a line of it that looks like a workflow command stays text. */
export function print(text: string): void {
  const token = randomUUID();
  core.info(LOOKS_LIKE_COMMAND.test(text) ? `::stop-commands::${token}\n${text}\n::${token}::` : text);
}

/** A place in the user's repository, as annotations name it. */
export const placed = (at: Location | undefined): core.AnnotationProperties => ({
  ...(at === undefined ? {} : { file: at.file }),
  ...(at?.line === undefined ? {} : { startLine: at.line }),
  ...(at?.column === undefined ? {} : { startColumn: at.column }),
});

/** The log of a step. `redact` takes secrets out of every text before it leaves the process. */
export function createLog(redactor: { redact(text: string): string; add(secret: string): void }): Log {
  const { redact } = redactor;
  return {
    info: (message) => print(redact(message)),
    debug: (message) => core.debug(redact(message)),
    warning: (message, at) => core.warning(redact(message), placed(at)),
    error: (message, at) => core.error(redact(message), placed(at)),
    mask: (secret) => redactor.add(secret),
    async group(title, work) {
      core.startGroup(redact(title).replaceAll(/\r?\n/g, ' '));
      try {
        return await work();
      } finally {
        core.endGroup();
      }
    },
  };
}
