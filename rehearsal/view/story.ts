import type { Observed } from '../../src/domain/deployment.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import type { RunEvent } from '../executor/events.ts';

/**
 * What the views read: the run's own events, and between them what the rehearsal knows from elsewhere:
 * what it prepares, what the targets say, what the visitors of the site got.
 */
export type ViewEvent = RunEvent | StoryEvent;

export type StoryEvent = {
  readonly at: Date;
} /** A new act begins: preparing, putting the baseline live, or taking the new release through. */ & (
  | { readonly type: 'act'; readonly act: Act; readonly app: string; readonly commit?: Commit }
  /** Something the rehearsal did or stands in for, in one line. */
  | { readonly type: 'note'; readonly text: string }
  /** Live truth of one environment, as its target reports it. */
  | {
      readonly type: 'slots';
      readonly environment: string;
      readonly url: string | undefined;
      readonly observed: Observed;
    }
  /** What visitors of the environment got since the load began. */
  | ({ readonly type: 'load'; readonly environment: string } & Load)
  /** What a yes would change. Stands beside the run's own `approval-wanted`. */
  | { readonly type: 'change'; readonly change: Change }
  /** Somebody answers by comment for whom the question was. */
  | {
      readonly type: 'comment';
      readonly environment: string;
      readonly issue: number;
      readonly title: string;
      readonly by: string;
      readonly body: string;
    }
  | { readonly type: 'ending'; readonly ending: Ending }
);

/**
 * In a freeze, `ask`: what would happen now; `override`; `again`: the same run; `back`: the rollback. After a
 * hotfix, `notes`: what is told of it.
 */
export type Act = 'prepare' | 'baseline' | 'release' | 'ask' | 'override' | 'again' | 'back' | 'notes';

export interface Commit {
  readonly sha: string;
  readonly subject: string;
}

/** Requests since the load began. */
export interface Load {
  readonly sent: number;
  /** Without an answer, or with a status of 500 or above. */
  readonly failed: number;
  /** Answers by the version that gave them. */
  readonly byVersion: Readonly<Record<string, number>>;
}

/** What is about to change in an environment. */
export interface Change {
  readonly environment: string;
  readonly version: string | undefined;
  readonly commit: Commit;
  readonly live: { readonly version: string; readonly commit: string } | undefined;
  readonly migrations:
    | readonly { readonly id: string; readonly reversibility: string }[]
    /** Nobody could read them; why. */
    | string;
  /** What the environment before this one said of this very release. */
  readonly before: { readonly environment: string; readonly verdict: Verdict; readonly detail: string }[];
}

/** How the rehearsal ended. */
export interface Ending {
  /** Whether it ended the way the flags foretold. */
  readonly foretold: boolean;
  /** One sentence: what is live now. */
  readonly headline: string;
  /** Why it ended so; empty when everything went through. */
  readonly why: readonly string[];
  readonly live: readonly {
    readonly environment: string;
    /** Absent when nothing is live there. */
    readonly release?: { readonly version: string; readonly commit: string; readonly digest?: string };
    readonly isNew: boolean;
  }[];
  /** What was to be shown on the way, in order; absent where the end tells it all. */
  readonly shown?: readonly Shown[];
  /** What to look at next. */
  readonly next: readonly string[];
}

/** One thing that a rehearsal was to show. */
export interface Shown {
  readonly isTrue: boolean;
  readonly what: string;
  /** How it was seen: what a person read there. */
  readonly how: string;
}
