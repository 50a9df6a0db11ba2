import type { Issues, NewIssue } from '../../src/ports/issues.ts';
import type { Runs } from '../../src/ports/runs.ts';

/** Issues, in memory; their numbers begin with 4. */
export class MemoryIssues implements Issues {
  readonly issues: (NewIssue & { number: number; isOpen: boolean; notes: Map<string, string> })[] = [];

  async open(issue: NewIssue): Promise<number> {
    const known = this.issues.find(({ mark }) => mark === issue.mark);
    if (known) return known.number;
    const number = this.issues.length + 4;
    this.issues.push({ ...issue, number, isOpen: true, notes: new Map() });
    return number;
  }

  opened = async (label: string): Promise<readonly number[]> =>
    this.issues.filter((one) => one.isOpen && one.label === label).map(({ number }) => number);

  async note(number: number, mark: string, text: string): Promise<void> {
    const { notes } = this.#at(number);
    if (!notes.has(mark)) notes.set(mark, text);
  }

  async close(number: number): Promise<void> {
    this.#at(number).isOpen = false;
  }

  #at(number: number) {
    const found = this.issues.find((one) => one.number === number);
    if (!found) throw new Error(`There is no issue ${number}.`);
    return found;
  }
}

/** Runs, in memory: all have ended in their first attempt. */
export class MemoryRuns implements Runs {
  readonly attempts = new Map<string, number>();
  readonly underWay = new Set<string>();
  readonly started: { runId: string; job: number }[] = [];

  state = async (runId: string) => ({
    attempt: this.attempts.get(runId) ?? 1,
    isOver: !this.underWay.has(runId),
  });

  async again(runId: string, job: number): Promise<'started' | 'under-way'> {
    if (this.underWay.has(runId)) return 'under-way';
    this.started.push({ runId, job });
    this.attempts.set(runId, (this.attempts.get(runId) ?? 1) + 1);
    return 'started';
  }
}
