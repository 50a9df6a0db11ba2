import type { CommentApproval } from './approval/settings.ts';
import type { CalendarSettings } from './calendar/calendar.ts';
import type { HotfixSettings } from './hotfix/settings.ts';
import type { RouteSettings } from './routes/settings.ts';

/**
 * What `.github/airlock.yml` says, after it was read, checked and completed with defaults. The schema in
 * `src/config` is held to these types by the compiler. Durations are milliseconds, sizes bytes.
 */
export interface Configuration {
  readonly version: 1;
  readonly app: string;
  readonly build: BuildSettings;
  /** How the built app is started; absent for a static folder. */
  readonly serve: ServeSettings | undefined;
  readonly database: DatabaseSettings | undefined;
  /** In the order a release passes through them. */
  readonly environments: readonly EnvironmentSettings[];
  /** How far a run goes, by what started it. */
  readonly routes: RouteSettings;
  /** The short way of a hotfix to the last of them. */
  readonly hotfix: HotfixSettings;
  /** Where pull requests are shown; stands on no release's way, and nothing is made live there. */
  readonly preview: EnvironmentSettings | undefined;
}

/** Name of the environment of pull requests, here and in GitHub, where airlock.yml has `preview:`. */
export const PREVIEW = 'preview';

export interface BuildSettings {
  /** Folder whose files are sealed, relative to the repository. */
  readonly output: string;
  /** Checks in the order of the file; those that do not need each other run side by side. */
  readonly checks: readonly BuildCheckSettings[];
}

interface NamedCheck {
  readonly name: string;
  /** Names of checks that must pass before this one starts. */
  readonly needs: readonly string[];
}

export type BuildCheckSettings = NamedCheck &
  (
    | { readonly kind: 'run'; readonly run: string; readonly timeoutMs: number }
    | {
        readonly kind: 'coverage';
        /** An istanbul `coverage-summary.json`, relative to the repository. */
        readonly summary: string;
        /** Minimum percentages by measure. */
        readonly minimum: Readonly<
          Partial<Record<'lines' | 'statements' | 'functions' | 'branches', number>>
        >;
      }
    | { readonly kind: 'bundle-size'; readonly budgets: readonly SizeBudget[] }
    | { readonly kind: 'audit'; readonly level: 'low' | 'moderate' | 'high' | 'critical' }
    | { readonly kind: 'configuration'; readonly variables: readonly string[] }
  );

/** The files that match count together. */
export interface SizeBudget {
  /** Glob, relative to the repository. */
  readonly files: string;
  readonly rawBytes: number | undefined;
  readonly gzipBytes: number | undefined;
  readonly brotliBytes: number | undefined;
}

export interface ServeSettings {
  /** Program and arguments, run inside the sealed folder. The port to listen on is in `PORT`. */
  readonly command: readonly string[];
  /** Names of the step's environment variables that the app gets; nothing else is passed on. */
  readonly variables: readonly string[];
  /** Path that answers 200 when the app can take traffic. */
  readonly health: string;
}

export interface DatabaseSettings {
  readonly migrator: string;
  /** Folder of migrations, relative to the repository; sealed with the release. */
  readonly migrations: string;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockBudgetMs: number;
}

export interface EnvironmentSettings {
  /** As in GitHub's settings. */
  readonly name: string;
  readonly target: { readonly provider: string; readonly settings: unknown };
  /** Public address; a target that makes its own leaves it out. */
  readonly url: string | undefined;
  readonly gates: GateSettings;
  readonly smoke: SmokeSettings;
  readonly strategy: StrategySettings;
  readonly rollback: RollbackSettings;
}

export interface GateSettings {
  /** Environments in which this digest must stand as proven first. */
  readonly after: readonly string[];
  /** Time that it must have stood live in each of them. */
  readonly soakMs: number;
  /** Longest age of its proof in each of them. */
  readonly freshMs: number;
  /** `required`: refuse to go on unless somebody really said yes. */
  readonly approval: 'required' | 'none';
  /** Who is asked in an issue; absent where GitHub's environment asks its reviewers. */
  readonly comment: CommentApproval | undefined;
  /** Whether who started the run, or wrote any of what is new in it, may be the only one who approves it. */
  readonly selfApproval: boolean;
  /** Whether GitHub itself must keep whoever starts a run from approving it. */
  readonly preventSelfReview: boolean;
  /** Whether GitHub must restrict the branches and tags that may enter. */
  readonly branchPolicy: boolean;
  /** Whether GitHub may let administrators pass by the reviewers. */
  readonly adminBypass: boolean;
  /** When it may be changed; absent for at any time. */
  readonly calendar: CalendarSettings | undefined;
}

const DAY_MS = 24 * 60 * 60_000;

/** What `gates:` says where nothing is written. GitHub waits for an approval for 30 days. */
export const DEFAULT_GATES: GateSettings = {
  after: [],
  soakMs: 0,
  freshMs: 30 * DAY_MS,
  approval: 'none',
  comment: undefined,
  selfApproval: false,
  preventSelfReview: false,
  branchPolicy: false,
  adminBypass: true,
  calendar: undefined,
};

export type StrategySettings =
  | { readonly kind: 'blue-green' }
  /** Percentages of traffic, rising to 100, with a pause and a look after each. */
  | { readonly kind: 'canary'; readonly steps: readonly number[]; readonly pauseMs: number };

export interface RollbackSettings {
  /** Go back by itself when something fails after activation. */
  readonly automatic: boolean;
  /** `when-safe` reverts this run's migrations only if nothing is lost; `never` leaves the schema. */
  readonly migrations: 'when-safe' | 'never';
}

export interface SmokeSettings {
  /** How long a cold start may take before the checks count, in milliseconds. */
  readonly warmUpMs: number;
  readonly checks: readonly SmokeCheckSettings[];
}

/** One question, asked of one path. All of its conditions must hold. */
export interface SmokeCheckSettings {
  readonly name: string;
  readonly path: string;
  readonly method: 'GET' | 'HEAD';
  readonly status: number;
  readonly timeoutMs: number;
  /** Header name in lower case → exact text, or `/pattern/` for a regular expression. */
  readonly headers: Readonly<Record<string, string>>;
  /** Security headers by one word each. */
  readonly security: readonly SecurityHeader[];
  /** Texts the body must contain; `/pattern/` for a regular expression. */
  readonly body: readonly string[];
  /** JSON path (`a.b[0].c`) → the value it must have. */
  readonly json: Readonly<Record<string, string | number | boolean | null>>;
  /** The answer must name this very release: `version` and, where it is given, `commit`. */
  readonly version: boolean;
  /** The answer is `{status, version, database, cache}` and says that everything is well. */
  readonly health: boolean;
  /** Budget over repeated requests. */
  readonly latency: { readonly requests: number; readonly p95Ms: number } | undefined;
}

export type SecurityHeader = 'hsts' | 'csp' | 'nosniff' | 'frame' | 'referrer' | 'permissions' | 'isolation';
