import type { IssueState } from '../../src/domain/approval/issue.ts';
import type { Issues, NewIssue } from '../../src/ports/issues.ts';
import type { Runs } from '../../src/ports/runs.ts';

/** Issues, in memory; their numbers begin with 4. */
export class MemoryIssues implements Issues {
  readonly issues: (NewIssue & IssueState & { number: number; notes: Map<string, string> })[] = [];

  async open(issue: NewIssue): Promise<number> {
    const known = this.issues.find(({ mark }) => mark === issue.mark);
    if (known) return known.number;
    const number = this.issues.length + 4;
    const state = { isOpen: true, isLocked: true, isOwn: true, isEdited: false };
    this.issues.push({ ...issue, ...state, number, notes: new Map() });
    return number;
  }

  read = async (number: number): Promise<IssueState | undefined> =>
    this.issues.find((one) => one.number === number);

  opened = async (numbers: readonly number[]): Promise<readonly number[]> =>
    this.issues.flatMap(({ isOpen, number }) => (isOpen && numbers.includes(number) ? [number] : []));

  async lock(number: number): Promise<void> {
    Object.assign(this.#at(number), { isLocked: true });
  }

  async note(number: number, mark: string, text: string): Promise<void> {
    const { notes } = this.#at(number);
    if (!notes.has(mark)) notes.set(mark, text);
  }

  async close(number: number): Promise<void> {
    Object.assign(this.#at(number), { isOpen: false });
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
    startedAt: undefined,
  });

  async again(runId: string, job: number): Promise<'started' | 'under-way'> {
    if (this.underWay.has(runId)) return 'under-way';
    this.started.push({ runId, job });
    this.attempts.set(runId, (this.attempts.get(runId) ?? 1) + 1);
    return 'started';
  }
}
