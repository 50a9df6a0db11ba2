import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits in real time until the condition holds.
 *
 * @returns whether it came to hold within `timeoutMs`
 * @throws the signal's reason when it is aborted first
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs, signal }: { timeoutMs: number; everyMs: number; signal?: AbortSignal },
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await sleep(everyMs);
  }
}
