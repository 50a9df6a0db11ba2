/** Two signals closer together than this are one press: a terminal and a launcher both pass Ctrl-C on. */
const SAME_PRESS_MS = 300;

/**
 * Ctrl-C as a person means it: the first asks politely, the second ends. Also takes SIGTERM and SIGHUP.
 *
 * @returns `interrupt` for a press that came as a key, and `close` to stop listening
 */
export function onInterrupts(
  reactions: { readonly cancel: () => void; readonly end: () => void },
  source: Pick<NodeJS.Process, 'on' | 'off'> = process,
  now: () => number = performance.now.bind(performance),
): { interrupt(): void; close(): void } {
  let last: number | undefined;
  const interrupt = () => {
    const at = now();
    if (last === undefined) reactions.cancel();
    else if (at - last >= SAME_PRESS_MS) reactions.end();
    last = at;
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) source.on(signal, interrupt);
  return {
    interrupt,
    close() {
      for (const signal of signals) source.off(signal, interrupt);
    },
  };
}
