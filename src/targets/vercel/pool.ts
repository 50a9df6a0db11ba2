/**
 * Runs `work` on every item, at most `limit` at once. The first failure stops the rest: what runs is told
 * by the signal it was given, and nothing is left behind when this rejects.
 *
 * @throws what `work` threw first, or the signal's reason
 */
export async function forEachBounded<T>(
  items: Iterable<T>,
  limit: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const waiting = items[Symbol.iterator]();
  const worker = async () => {
    try {
      for (let next = waiting.next(); !next.done; next = waiting.next()) {
        either.throwIfAborted();
        await work(next.value, either);
      }
    } catch (error) {
      // The first reason stays: an abort keeps the one it was given first.
      stop.abort(error);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  either.throwIfAborted();
}
