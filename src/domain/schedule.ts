/** Something that waits for others: a build check. */
export interface Task {
  readonly name: string;
  /** Names of tasks that must succeed before this one starts. */
  readonly needs: readonly string[];
}

export type Progress = 'running' | 'succeeded' | 'failed' | 'skipped';

/** What to do now. */
export interface Step {
  /** Tasks to start, in the order in which they were given. */
  readonly start: readonly string[];
  /** Tasks that can no longer run, each with those of its needs that did not succeed. */
  readonly skip: readonly { readonly name: string; readonly because: readonly string[] }[];
}

/**
 * The next step of a schedule. Whatever does not depend on a failure still runs, so that a person sees
 * everything that is wrong at once.
 *
 * @param progress of every task that was started or skipped; a task that is not in it waits
 * @param lanes how many tasks may run at a time
 */
export function nextStep(
  tasks: readonly Task[],
  progress: ReadonlyMap<string, Progress>,
  lanes: number,
): Step {
  const waiting = tasks.filter(({ name }) => !progress.has(name));
  const skip = waiting.flatMap(({ name, needs }) => {
    const because = needs.filter((need) => ['failed', 'skipped'].includes(progress.get(need) ?? ''));
    return because.length === 0 ? [] : [{ name, because }];
  });
  const skipped = new Set(skip.map(({ name }) => name));
  const ready = waiting.filter(
    ({ name, needs }) => !skipped.has(name) && needs.every((need) => progress.get(need) === 'succeeded'),
  );
  const running = [...progress.values()].filter((state) => state === 'running').length;
  return { start: ready.slice(0, Math.max(0, lanes - running)).map(({ name }) => name), skip };
}
