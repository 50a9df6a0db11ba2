import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { WorkflowEvent } from '../../../../src/domain/event.ts';
import type { Release } from '../../../../src/domain/release.ts';
import type { Clock } from '../../../../src/ports/clock.ts';
import type { Log } from '../../../../src/ports/log.ts';
import type { TargetHost } from '../../../../src/ports/target.ts';

export const NEVER = new AbortController().signal;

/** Time that passes at once whenever somebody sleeps. */
export function quickClock(): Clock & { readonly slept: number[] } {
  let ahead = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(Date.now() + ahead),
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      ahead += milliseconds;
      slept.push(milliseconds);
      await turn();
      signal?.throwIfAborted();
    },
  };
}

export function memoryLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  return {
    lines,
    info: write,
    debug: () => {},
    warning: (message) => write(`warning: ${message}`),
    error: (message) => write(`error: ${message}`),
    group: (_title, work) => work(),
    mask: () => {},
  };
}

export const EVENT: WorkflowEvent = {
  name: 'push',
  repository: { owner: 'acme', name: 'shop' },
  ref: 'refs/heads/main',
  refType: 'branch',
  sha: 'a'.repeat(40),
  actor: 'ada',
  triggeringActor: 'ada',
  run: { id: '7', attempt: 2, url: 'https://github.com/acme/shop/actions/runs/7' },
  payload: { head_commit: { id: 'a'.repeat(40), message: 'Sell more\n\nMuch more.' } },
};

export const releaseNamed = (version: string): Release => ({
  app: 'shop',
  version,
  commit: 'a'.repeat(40),
  builtAt: '2026-01-01T00:00:00.000Z',
  digest: `sha256:${createHash('sha256').update(version).digest('hex')}`,
});

export const hostOf = (
  environment: string,
  variables: TargetHost['variables'],
  log: Log,
  clock: Clock,
): TargetHost => ({
  app: 'shop',
  environment,
  url: undefined,
  serve: undefined,
  variables,
  log,
  clock,
  identityToken: async (audience) => `token for ${audience}`,
});
