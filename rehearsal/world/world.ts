import { join } from 'node:path';
import type { EnvironmentSettings } from '../../src/domain/configuration.ts';
import type { Observed } from '../../src/domain/deployment.ts';
import { connectGitHub } from '../../src/github/api.ts';
import { createLedger } from '../../src/github/ledger.ts';
import { migratorProviders } from '../../src/migrators/registry.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Log } from '../../src/ports/log.ts';
import type { MigrationStatus } from '../../src/ports/migrator.ts';
import type { Target } from '../../src/ports/target.ts';
import { systemClock } from '../../src/runner/clock.ts';
import { targets } from '../../src/targets/registry.ts';
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import { type EmbeddedPostgres, startPostgres } from '../services/postgres.ts';
import { type Cast, furnishTeams } from './approvers.ts';
import { type Asked, askedBy, type Conversation, openConversation } from './conversation.ts';
import type { StageSet } from './stage-set.ts';

/** What the workflows meet outside of themselves. */
export interface World {
  readonly github: FakeGitHub;
  readonly ledger: Ledger;
  /** Environment secrets by environment. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Secrets of the whole repository. */
  readonly repositorySecrets: Readonly<Record<string, string>>;
  /** Environments that ask a person, in the order of airlock.yml. */
  readonly guarded: readonly string[];
  /** What a run asks people by comment and nobody has answered yet, the newest ask first. */
  asked(runId: number): readonly Asked[];
  readonly conversation: Conversation;
  /** Who approves by comment. */
  readonly cast: Cast;
  observe(environment: string): Promise<Observed>;
  /** Migrations in `directory` that an environment's database does not have yet. */
  pending(environment: string, directory: string): Promise<readonly MigrationStatus[]>;
  /** Ends every process of it. */
  close(): Promise<void>;
}

export interface WorldPlan {
  /** Its airlock.yml on this machine; closed with the world. */
  readonly stageSet: StageSet;
  /** `owner/name` of the rehearsed repository, and its git folder. */
  readonly repository: string;
  readonly directory: string;
  /** The person who approves in GitHub's environments. */
  readonly login: string;
  /** Those who start releases, and who approve by comment. */
  readonly starter: string;
  readonly cast: Cast;
  /** Airlock's own checkout. */
  readonly suite: string;
  /** A folder for what the world writes. */
  readonly root: string;
  readonly note: (text: string) => void;
}

const SILENT: Log = {
  info() {},
  debug() {},
  warning() {},
  error() {},
  group: (_title, work) => work(),
  mask() {},
};

/** Name of an environment's database. */
export const databaseName = (app: string, environment: string): string =>
  `${app}_${environment}`.replaceAll(/[^A-Za-z0-9]/g, '_').toLowerCase();

/** Starts the GitHub, the database where the app has one, and connects to the targets. */
export async function openWorld(plan: WorldPlan): Promise<World> {
  const { stageSet, repository, login, starter, cast, note } = plan;
  const { configuration } = stageSet;
  const [owner = '', name = ''] = repository.split('/');
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end().catch(() => {});
  };
  try {
    const github = await startFakeGitHub();
    opened.push(() => github.close());
    const handle = github.addRepository({ owner, name, directory: plan.directory });
    // As docs/hotfix.md asks for: a hotfix is brought back by a pull request.
    handle.configure({
      workflowToken: { access: 'read', mayApprove: true },
      collaborators: Object.fromEntries(
        [login, starter, ...Object.values(cast.approvers).flat()].map((one) => [one, 'write']),
      ),
    });
    const guarded = configuration.environments.filter(isGuarded).map((environment) => environment.name);
    const reviewed = guarded.filter((environment) => cast.approvers[environment] === undefined);
    for (const environment of reviewed) handle.protect(environment, { reviewers: [login] });
    note(`GitHub: ${repository}, ${reviewed.join(', ') || 'no environment'} protected with a reviewer`);
    for (const [environment, logins] of Object.entries(cast.approvers))
      note(`${environment} is approved by comment: ${logins.join(', ')} may write here`);
    for (const [team, members] of Object.entries(cast.teams))
      note(`who belongs to @${team} is made up here: ${members.join(', ')}`);
    const repositorySecrets = furnishTeams(github, handle, { owner, login, cast });

    let postgres: EmbeddedPostgres | undefined;
    const secrets: Record<string, Readonly<Record<string, string>>> = { ...stageSet.secrets };
    if (configuration.database !== undefined) {
      postgres = await startPostgres({ directory: plan.root });
      opened.push(postgres.stop);
      for (const { name: environment } of configuration.environments) {
        const DATABASE_URL = await postgres.createDatabase(databaseName(configuration.app, environment));
        secrets[environment] = { ...secrets[environment], DATABASE_URL };
        await stageSet.places[environment]?.target.furnish?.(environment, { DATABASE_URL });
      }
      note('PostgreSQL: a server of its own, one database an environment');
    }
    const missing = (configuration.serve?.variables ?? []).filter((variable) => variable !== 'DATABASE_URL');
    for (const variable of missing.filter((one) => !process.env[one]))
      note(`${variable} is not set here: the app gets the word "rehearsal" for it`);
    if (missing.length > 0)
      for (const environment of configuration.environments)
        secrets[environment.name] = {
          ...secrets[environment.name],
          APP_VARIABLES: missing
            .map((variable) => `${variable}=${JSON.stringify(process.env[variable] || 'rehearsal')}`)
            .join('\n'),
        };

    // Apps end before the database that they use.
    opened.push(stageSet.close);
    const byName = new Map<string, Target>();
    for (const environment of configuration.environments)
      byName.set(environment.name, await openTarget(plan, environment));
    const token = github.mintUserToken(login);
    const api = { rest: github.apiUrl, graphql: github.graphqlUrl };
    const connection = connectGitHub({ token, api, repository: { owner, name }, clock: systemClock });
    return {
      github,
      ledger: createLedger(connection),
      secrets,
      repositorySecrets,
      guarded,
      asked: (runId) => askedBy(github, repository, runId),
      cast,
      conversation: openConversation(connection, github, handle),
      async observe(environment) {
        const target = byName.get(environment);
        return target === undefined ? { live: undefined, deployments: [] } : target.observe();
      },
      async pending(environment, directory) {
        const { database } = configuration;
        const databaseUrl = secrets[environment]?.DATABASE_URL;
        const load = database && migratorProviders[database.migrator];
        if (database === undefined || databaseUrl === undefined || load === undefined) return [];
        const provider = await load();
        const migrator = await provider.connect(
          { ...database, directory: join(directory, database.migrations) },
          { databaseUrl, log: SILENT, clock: systemClock },
        );
        try {
          return (await migrator.status()).filter(({ state }) => state === 'pending');
        } finally {
          await migrator.close();
        }
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Production always asks in a rehearsal: the question is what there is to see. */
const isGuarded = ({ name, gates }: EnvironmentSettings): boolean =>
  name === 'production' || gates.approval === 'required' || gates.comment !== undefined;

async function openTarget(
  { stageSet: { configuration, secrets, variables }, suite }: WorldPlan,
  environment: EnvironmentSettings,
): Promise<Target> {
  const registered = targets[environment.target.provider];
  if (registered === undefined) throw new Error(`no target ${environment.target.provider}`);
  const provider = await registered.load({ bundles: join(suite, 'dist') });
  return provider.connect(environment.target.settings, {
    app: configuration.app,
    environment: environment.name,
    url: environment.url,
    serve: configuration.serve,
    variables: { ...secrets[environment.name], ...variables[environment.name] },
    log: SILENT,
    clock: systemClock,
    async identityToken() {
      throw new Error('A rehearsal observes from outside of any job.');
    },
  });
}
