import { fileURLToPath } from 'node:url';
import { type Document, isSeq, parseDocument } from 'yaml';
import type { Configuration, SmokeCheckSettings } from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import { type Injection, type ReleaseFault, struckEnvironment } from './injection.ts';

const FAULT_SERVER = fileURLToPath(new URL('./fault-server.mjs', import.meta.url));
const FAULT_FILES = fileURLToPath(new URL('./fault-files.mjs', import.meta.url));

/** The app under rehearsal, as far as a fault needs to know it. */
export interface AppUnderFault {
  readonly configuration: Configuration;
  /** The text of its airlock.yml. */
  readonly configurationText: string;
  /** Names of the files in its folder of migrations. */
  readonly migrations: readonly string[];
  /** Name of each environment's database in the rehearsal. */
  readonly databases: Readonly<Record<string, string>>;
  /** Path of the Node binary that runs the wrapper. */
  readonly node: string;
}

/** What to write into the work tree so that the next release carries the fault. */
export interface FaultPlan {
  /** Where it strikes. */
  readonly environment: string;
  /** What it does, in one sentence. */
  readonly what: string;
  /** The new text of airlock.yml; undefined when it stays. */
  readonly configurationText: string | undefined;
  /** New files by their path in the repository. */
  readonly files: Readonly<Record<string, string>>;
  /** Arms what misbehaves outside of the app: called once, when the release with the fault is committed. */
  readonly arm?: () => void;
}

/**
 * Plans how a release is made to fail from outside: nothing of Airlock is changed, only the app.
 *
 * @throws Failure FAULT_NOT_POSSIBLE, FAULT_ENVIRONMENT_UNKNOWN
 */
export function planFault(
  injection: Extract<Injection, { kind: ReleaseFault }>,
  app: AppUnderFault,
): FaultPlan {
  if (injection.kind === 'migration-failure') return failingMigration(injection, app);
  if (app.configuration.serve === undefined) return brokenFiles(injection, app);
  const environment = struckEnvironment(injection, namesOf(app));
  const checks = checksOf(app, environment);
  const { health } = app.configuration.serve;
  switch (injection.kind) {
    case 'smoke-failure': {
      const asked = checks.find((check) => check.version) ?? checks.find((check) => check.health);
      if (asked !== undefined)
        return wrapped(app, environment, ['--rewrite', asked.path], `${asked.path} tells of another release`);
      // The path of the readiness probe must stay well, or the release would not even be staged.
      const refused = checks.find((check) => check.path !== health && check.status < 500);
      if (refused === undefined)
        throw notPossible('smoke-failure', `no smoke check of ${environment} asks for more than ${health}`);
      return wrapped(app, environment, ['--refuse', refused.path], `${refused.path} answers 500`);
    }
    case 'slow': {
      // Being late for seconds at the path of the readiness probe would keep the release from being staged.
      const asked =
        checks.find((check) => check.latency !== undefined) ?? checks.find((check) => check.path !== health);
      if (asked === undefined)
        throw notPossible('slow', `no smoke check of ${environment} asks for more than ${health}`);
      const { latency, timeoutMs } = asked;
      const delay = latency ? Math.ceil(latency.p95Ms + Math.max(50, latency.p95Ms / 4)) : timeoutMs + 500;
      const what = `${asked.path} answers ${delay} ms late`;
      return wrapped(app, environment, ['--delay', String(delay), asked.path], what);
    }
    case 'crash-after-promote':
      return wrapped(app, environment, ['--crash'], 'the app answers 500 once visitors reach it');
  }
}

/** The app's own command behind the fault server. */
function wrapped(app: AppUnderFault, environment: string, fault: string[], what: string): FaultPlan {
  const document = parseDocument(app.configurationText);
  const wrapper = [app.node, FAULT_SERVER, environment, ...fault, '--'];
  const command = document.getIn(['serve', 'command'], true);
  // Put before the items that are there, so that comments between them stay.
  if (isSeq(command)) command.items.unshift(...wrapper.map((word) => document.createNode(word)));
  else document.setIn(['serve', 'command'], [...wrapper, ...(app.configuration.serve?.command ?? [])]);
  return {
    environment,
    what: `in ${environment} ${what}`,
    configurationText: written(document),
    files: {},
  };
}

/** A static release is the same in every environment, so the first one to ask finds the fault. */
function brokenFiles(
  injection: { kind: ReleaseFault; environment: string | undefined },
  app: AppUnderFault,
): FaultPlan {
  const [first = ''] = namesOf(app);
  if (injection.kind !== 'smoke-failure')
    throw notPossible(injection.kind, 'the app is a static folder, which has no server to misbehave');
  if (injection.environment !== undefined && injection.environment !== first)
    throw notPossible(
      injection.kind,
      `the app is a static folder, the same in every environment, so it fails in ${first} already`,
    );
  const check = checksOf(app, first).find(({ status }) => status < 400);
  if (check === undefined) throw notPossible(injection.kind, `${first} has no smoke check`);
  const document = parseDocument(app.configurationText);
  const { output, checks } = app.configuration.build;
  const asksContent =
    check.version || check.health || check.body.length > 0 || Object.keys(check.json).length > 0;
  const words = [app.node, FAULT_FILES, output, check.path, asksContent ? 'replace' : 'remove'];
  const name = freeName('injected-fault', new Set(checks.map((one) => one.name)));
  document.setIn(
    ['build', 'checks', name],
    document.createNode({ run: words.map(shellWord).join(' '), needs: checks.map((one) => one.name) }),
  );
  return {
    environment: first,
    what: `${check.path} is broken in the built files`,
    configurationText: written(document),
    files: {},
  };
}

function failingMigration(
  injection: { readonly kind: ReleaseFault; environment: string | undefined },
  app: AppUnderFault,
): FaultPlan {
  const environment = struckEnvironment(
    { kind: 'migration-failure', environment: injection.environment },
    namesOf(app),
  );
  const { database } = app.configuration;
  const name = app.databases[environment];
  if (database === undefined || name === undefined)
    throw notPossible('migration-failure', 'airlock.yml has no `database`');
  const numbers = app.migrations.flatMap((file) => /^\d+(?=_)/.exec(file)?.[0] ?? []);
  const width = Math.max(...numbers.map((digits) => digits.length), numbers.length === 0 ? 4 : 1);
  const next =
    numbers.reduce((highest, digits) => (BigInt(digits) > highest ? BigInt(digits) : highest), 0n) + 1n;
  const id = `${database.migrations}/${String(next).padStart(width, '0')}_injected_fault`;
  return {
    environment,
    what: `a migration fails in the database of ${environment}`,
    configurationText: undefined,
    files: {
      [`${id}.up.sql`]: [
        '-- Injected by the rehearsal: fails in one database and does nothing in the others.',
        'DO $$ BEGIN',
        `  IF current_database() = '${name.replaceAll("'", "''")}' THEN`,
        "    RAISE EXCEPTION 'injected fault: migration-failure';",
        '  END IF;',
        'END $$;',
        '',
      ].join('\n'),
      [`${id}.down.sql`]: 'SELECT 1;\n',
    },
  };
}

const namesOf = (app: AppUnderFault): readonly string[] =>
  app.configuration.environments.map(({ name }) => name);

const checksOf = (app: AppUnderFault, environment: string): readonly SmokeCheckSettings[] =>
  app.configuration.environments.find(({ name }) => name === environment)?.smoke.checks ?? [];

/** Folding would break long words, such as a path, over lines. */
const written = (document: Document): string => document.toString({ lineWidth: 0 });

const shellWord = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const freeName = (wanted: string, taken: ReadonlySet<string>): string =>
  taken.has(wanted) ? freeName(`${wanted}-again`, taken) : wanted;

const notPossible = (fault: ReleaseFault, why: string) =>
  new Failure(
    'FAULT_NOT_POSSIBLE',
    `The fault ${fault} cannot be injected: ${why}.`,
    'Choose another fault, or give the app what this one acts on.',
  );
