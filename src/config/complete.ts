import {
  type BuildCheckSettings,
  type Configuration,
  DEFAULT_GATES,
  type EnvironmentSettings,
  type GateSettings,
  PREVIEW,
  type SecurityHeader,
  type SmokeCheckSettings,
  type SmokeSettings,
} from '../domain/configuration.ts';
import { answers } from '../domain/smoke.ts';
import { completeApproval } from './approval-schema.ts';
import type { CheckFile } from './build-schema.ts';
import { completeCalendar } from './calendar-schema.ts';
import { completeHotfix } from './hotfix-schema.ts';
import { completeRoutes } from './routes-schema.ts';
import type { ConfigurationFile, EnvironmentFile } from './schema.ts';
import type { SmokeCheckFile, SmokeFile } from './smoke-schema.ts';

const RUN_TIMEOUT_MS = 10 * 60_000;
const WARM_UP_MS = 60_000;
const STANDARD_SECURITY: readonly SecurityHeader[] = ['hsts', 'csp', 'nosniff', 'frame', 'referrer'];

/** Puts a file that kept the schema and the rules into the domain's words, defaults filled in. */
export function complete(file: ConfigurationFile): Configuration {
  const { build, serve, database } = file;
  const names = Object.keys(file.environments);
  return {
    version: file.version,
    app: file.app,
    build: {
      output: build.output,
      checks: Object.entries(build.checks).map(([name, check]) => completeCheck(name, check)),
    },
    serve,
    database: database && {
      migrator: database.migrator,
      migrations: database.migrations,
      lockTimeoutMs: database['lock-timeout'],
      statementTimeoutMs: database['statement-timeout'],
      lockBudgetMs: database['lock-budget'],
    },
    environments: Object.entries(file.environments).map(([name, environment], index) => {
      const before = names[index - 1];
      return {
        name,
        target: completeTarget(environment.target),
        url: environment.url,
        gates: completeGates(environment, before),
        smoke: completeSmoke(file.smoke, environment.smoke, serve?.health ?? '/'),
        strategy:
          environment.strategy.kind === 'canary'
            ? {
                kind: 'canary',
                steps: environment.strategy.steps,
                pauseMs: environment.strategy.pause,
              }
            : { kind: 'blue-green' },
        rollback: environment.rollback,
      };
    }),
    routes: completeRoutes(file.routes, names),
    hotfix: completeHotfix(file.hotfix),
    preview: file.preview && {
      name: PREVIEW,
      target: completeTarget(file.preview.target),
      url: undefined,
      // Nothing is made live there: what that takes is as little as there is.
      gates: DEFAULT_GATES,
      smoke: completeSmoke(file.smoke, file.preview.smoke, serve?.health ?? '/'),
      strategy: { kind: 'blue-green' },
      rollback: { automatic: false, migrations: 'never' },
    },
  };
}

function completeGates({ gates, calendar }: EnvironmentFile, before: string | undefined): GateSettings {
  return {
    after: gates.after ?? (before === undefined ? [] : [before]),
    soakMs: gates.soak ?? DEFAULT_GATES.soakMs,
    freshMs: gates.fresh ?? DEFAULT_GATES.freshMs,
    ...completeApproval(gates.approval),
    calendar: calendar && completeCalendar(calendar),
  };
}

function completeCheck(name: string, check: CheckFile): BuildCheckSettings {
  const written: Exclude<CheckFile, { run: string }> = check;
  const common = { name, needs: written.needs ?? [] };
  if (written.coverage) {
    const { summary, ...minimum } = written.coverage;
    return { ...common, kind: 'coverage', summary, minimum: defined(minimum) };
  }
  if (written['bundle-size']) {
    const budgets = written['bundle-size'].map((budget) => ({
      files: budget.files,
      rawBytes: budget.raw,
      gzipBytes: budget.gzip,
      brotliBytes: budget.brotli,
    }));
    return { ...common, kind: 'bundle-size', budgets };
  }
  if (written.audit) return { ...common, kind: 'audit', level: written.audit };
  if (written.variables) return { ...common, kind: 'configuration', variables: written.variables };
  return { ...common, kind: 'run', run: written.run ?? '', timeoutMs: written.timeout ?? RUN_TIMEOUT_MS };
}

/** The schema lets exactly one provider through. */
function completeTarget(target: Readonly<Record<string, unknown>>): EnvironmentSettings['target'] {
  const [provider = '', settings] = Object.entries(target)[0] ?? [];
  return { provider, settings };
}

/** The checks for every environment and then its own; where there are none, that it answers at all. */
function completeSmoke(
  everywhere: SmokeFile | undefined,
  own: SmokeFile | undefined,
  answersAt: string,
): SmokeSettings {
  const checks = [...(everywhere?.checks ?? []), ...(own?.checks ?? [])].map(completeSmokeCheck);
  return {
    warmUpMs: own?.['warm-up'] ?? everywhere?.['warm-up'] ?? WARM_UP_MS,
    checks: checks.length > 0 ? checks : [answers(answersAt)],
  };
}

/** How a smoke check is called when the file does not name it. */
export const defaultName = (check: { readonly method: string; readonly path: string }): string =>
  `${check.method} ${check.path}`;

const completeSmokeCheck = (check: SmokeCheckFile): SmokeCheckSettings => ({
  name: check.name ?? defaultName(check),
  path: check.path,
  method: check.method,
  status: check.status,
  timeoutMs: check.timeout,
  headers: Object.fromEntries(
    Object.entries(check.headers).map(([header, value]) => [header.toLowerCase(), value]),
  ),
  security: check.security === 'standard' ? STANDARD_SECURITY : check.security,
  body: typeof check.body === 'string' ? [check.body] : check.body,
  json: check.json,
  version: check.version,
  health: check.health,
  latency: check.latency && { requests: check.latency.requests, p95Ms: check.latency.p95 },
});

/** Without the keys that are undefined. */
function defined<Key extends string, Value>(record: Readonly<Partial<Record<Key, Value | undefined>>>) {
  const entries = Object.entries<Value | undefined>(record).filter(
    (entry): entry is [string, Value] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries) as Partial<Record<Key, Value>>;
}
