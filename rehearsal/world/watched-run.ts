import type { RunEvent, StepRef } from '../executor/events.ts';
import type { Run, RunRequest, RunResult } from '../executor/executor.ts';
import { startRun } from '../executor/executor.ts';

/** A run whose events are kept, and can be waited for. */
export interface WatchedRun {
  readonly id: number;
  readonly attempt: number;
  readonly done: Promise<RunResult>;
  readonly events: readonly RunEvent[];
  cancel(): void;
  /** The first event, past or to come, that passes. Rejects when the run ends without one. */
  event<T extends RunEvent['type']>(
    type: T,
    passes?: (event: Extract<RunEvent, { type: T }>) => boolean,
  ): Promise<Extract<RunEvent, { type: T }>>;
  /** The start of a step's process. Rejects when the run ends without it. */
  process(job: string, step: string, stage?: StepRef['stage']): Promise<number>;
  /** Everything that a person sees of the run: lines, annotations, summaries, notes. */
  text(): string;
  /** The summaries alone. */
  summaries(): string;
  /** Conclusion of each step that ran or was skipped, by `job: step`, `post` ones with their stage. */
  steps(): Readonly<Record<string, string>>;
}

/** Starts a run and watches it. */
export function watchRun(request: Omit<RunRequest, 'onEvent'>): WatchedRun {
  const events: RunEvent[] = [];
  const processes: { job: string; step: StepRef; pid: number }[] = [];
  const watchers = new Set<() => void>();
  const wake = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const run: Run = startRun({
    ...request,
    hooks: {
      ...request.hooks,
      onProcess(job, step, pid) {
        processes.push({ job, step, pid });
        request.hooks?.onProcess?.(job, step, pid);
        wake();
      },
    },
    onEvent(event) {
      events.push(event);
      wake();
    },
  });

  /** Waits until `look` finds something. */
  const find = <T>(what: string, look: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const watcher = () => {
        const found = look();
        const over = events.at(-1)?.type === 'run-ended';
        if (found === undefined && !over) return;
        watchers.delete(watcher);
        if (found !== undefined) resolve(found);
        else reject(new Error(`The run ended without ${what}.`));
      };
      watchers.add(watcher);
      watcher();
    });

  const texts = (event: RunEvent): string[] => {
    switch (event.type) {
      case 'log':
        return [event.line];
      case 'annotation':
        return [`${event.level}: ${event.message}`];
      case 'summary':
        return [event.markdown];
      case 'job-changed':
        return [event.note ?? ''];
      default:
        return [];
    }
  };
  return {
    id: run.id,
    attempt: run.attempt,
    done: run.done,
    events,
    cancel: () => run.cancel(),
    event: (type, passes = () => true) => {
      type Wanted = Extract<RunEvent, { type: typeof type }>;
      return find(`the event ${type}`, () =>
        events.find((event): event is Wanted => event.type === type && passes(event as Wanted)),
      );
    },
    process: (job, step, stage = 'main') =>
      find(
        `a process of ${step} in ${job}`,
        () =>
          processes.find((one) => one.job === job && one.step.id === step && one.step.stage === stage)?.pid,
      ),
    text: () => events.flatMap(texts).join('\n'),
    summaries: () => events.flatMap((event) => (event.type === 'summary' ? [event.markdown] : [])).join('\n'),
    steps: () =>
      Object.fromEntries(
        events.flatMap((event) => {
          if (event.type !== 'step-ended') return [];
          const stage = event.step.stage === 'main' ? '' : `${event.step.stage} `;
          return [[`${event.job}: ${stage}${event.step.id}`, event.conclusion]];
        }),
      ),
  };
}
