import type { Conclusion, JobStatus, RunEvent, StepRef } from './events.ts';
import type { Masks } from './masks.ts';

/** The body of an event, before it is stamped with time and run. */
export type RunNews = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, 'at' | 'runId'>
    : never
  : never;

/** GitHub keeps ten annotations of a kind for each step, and this much of each message. */
const ANNOTATIONS_PER_KIND = 10;
const ANNOTATION_LENGTH = 4_096;

export interface Annotation {
  readonly level: 'notice' | 'warning' | 'error';
  readonly message: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** What one job tells. Everything passes its masks on the way out. */
export class Journal {
  readonly #job: string;
  readonly #masks: Masks;
  readonly #tell: (news: RunNews) => void;
  readonly #annotations = new Map<string, number>();

  constructor(job: string, masks: Masks, tell: (news: RunNews) => void) {
    this.#job = job;
    this.#masks = masks;
    this.#tell = tell;
  }

  log(step: StepRef | undefined, line: string): void {
    this.#tell({
      type: 'log',
      job: this.#job,
      step: step && this.#hidden(step),
      line: this.#masks.hide(line),
    });
  }

  /** An annotation, which stands in the log as well. */
  annotate(step: StepRef | undefined, annotation: Annotation): void {
    const { level, file, line } = annotation;
    this.log(step, `##[${level}]${annotation.message}`);
    const count = `${step?.stage ?? ''} ${step?.id ?? ''} ${level}`;
    const told = this.#annotations.get(count) ?? 0;
    this.#annotations.set(count, told + 1);
    if (told >= ANNOTATIONS_PER_KIND) return;
    this.#tell({
      type: 'annotation',
      job: this.#job,
      level,
      message: this.#masks.hide(annotation.message).slice(0, ANNOTATION_LENGTH),
      ...(file === undefined ? {} : { file: this.#masks.hide(file) }),
      ...(line === undefined ? {} : { line }),
    });
  }

  summary(step: StepRef, markdown: string): void {
    this.#tell({
      type: 'summary',
      job: this.#job,
      step: this.#hidden(step),
      markdown: this.#masks.hide(markdown),
    });
  }

  stepStarted(step: StepRef): void {
    this.#tell({ type: 'step-started', job: this.#job, step: this.#hidden(step) });
  }

  stepEnded(step: StepRef, outcome: Conclusion, conclusion: Conclusion, durationMs: number): void {
    const ended = { job: this.#job, step: this.#hidden(step), outcome, conclusion, durationMs };
    this.#tell({ type: 'step-ended', ...ended });
  }

  changed(status: JobStatus, note?: string): void {
    const told = note === undefined ? {} : { note: this.#masks.hide(note) };
    this.#tell({ type: 'job-changed', job: this.#job, status, ...told });
  }

  standIn(step: StepRef, action: string, what: string): void {
    this.log(step, `Stand-in for ${action}: ${what}`);
    this.#tell({ type: 'stand-in', job: this.#job, action, what: this.#masks.hide(what) });
  }

  #hidden(step: StepRef): StepRef {
    return { ...step, name: this.#masks.hide(step.name) };
  }
}
