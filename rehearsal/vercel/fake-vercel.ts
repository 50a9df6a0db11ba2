import { randomBytes } from 'node:crypto';
import { accountNamed, newAccount, newId } from './account.ts';
import { lookAtDeployment } from './builds.ts';
import { type Clock, createClock } from './clock.ts';
import { createEdge } from './edge/edge.ts';
import { createFaults, type Faults } from './faults.ts';
import { deploymentNamed, endRollback, lookAtProject, takeProduction } from './production.ts';
import { type Pace, underWay } from './progress.ts';
import type { RollingRelease } from './rolling-release.ts';
import { type NewProject, type NewVariable, seedProject, seedVariable } from './seed.ts';
import { type LoggedRequest, listen, ROUTES } from './server.ts';
import { createServing, type Serve } from './serving.ts';
import { type Deployment, deploymentOfName, type Plan, type State, type Token } from './state.ts';
import { serveStatic } from './static-server.ts';

export interface FakeVercelOptions {
  /** Runs a deployment. Default: its static files alone. */
  readonly serve?: Serve;
  /** Milliseconds since 1970, where time begins. Default: the machine's. */
  readonly now?: () => number;
  /** Milliseconds before every answer of the API. Default 0. */
  readonly latency?: number;
  /** How many looks a build and a promote take. Default 2 each. */
  readonly pace?: Partial<Pace>;
  /** The plan of the personal account. Default hobby. */
  readonly plan?: Plan;
  /** Draws visitors' buckets, 0 to 1. Default `Math.random`. */
  readonly lot?: () => number;
}

/** One project, for a test to look into. */
export interface ProjectHandle {
  readonly id: string;
  readonly name: string;
  /** The addresses of its production domains. */
  readonly domains: readonly string[];
  /** The addresses of its custom environments' domains, by slug. */
  readonly environmentDomains: Readonly<Record<string, readonly string[]>>;
  /** The automation secret it was made with. */
  readonly bypassSecret: string | undefined;
  /** The id of the deployment that holds production, by the production domain itself. */
  live(): string | undefined;
  /** Sets environment variables, for deployments that are made from now on. */
  addVariables(variables: readonly NewVariable[]): void;
  /** Oldest first. */
  deployments(): readonly DeploymentView[];
  rollingRelease(): Readonly<RollingRelease> | undefined;
  autoAssigns(): boolean;
}

export type DeploymentView = Pick<
  Deployment,
  'id' | 'url' | 'target' | 'state' | 'substate' | 'meta' | 'files'
> & {
  readonly origin: string;
};

/** A stateful Vercel on this machine: its API, and the edge that visitors meet. */
export interface FakeVercel {
  /** The base address of the API, for `VERCEL_API_URL`. */
  readonly url: string;
  readonly clock: Clock;
  readonly faults: Faults;
  /** How many looks builds, promotes and rollbacks take from now on. */
  readonly pace: { -readonly [Work in keyof Pace]: Pace[Work] };
  /** Every request of the API so far. */
  readonly requests: LoggedRequest[];
  /** What broke in the fake, and requests without a route. A test ends with none. */
  readonly problems: readonly string[];
  /** Operations that have a route, and those of them that were answered well at least once. */
  readonly operations: ReadonlySet<string>;
  readonly exercised: ReadonlySet<string>;
  addTeam(team: { readonly slug: string; readonly plan?: Plan }): {
    readonly id: string;
    readonly slug: string;
  };
  addProject(project: NewProject): Promise<ProjectHandle>;
  /** Makes a token and gives its secret. A project's handle or id for scope `project`. */
  addToken(
    token?:
      | { readonly scope: 'full' }
      | { readonly scope: 'team'; readonly team: string }
      | { readonly scope: 'project'; readonly project: string },
  ): string;
  revokeToken(secret: string): void;
  /** What a person does at the dashboard: production goes to that deployment at once. */
  promoteByHand(deployment: string): void;
  /** Ends every build and every promote and rollback that is under way. */
  settle(): void;
  close(): Promise<void>;
}

/** Starts one on free loopback ports. */
export async function startFakeVercel(options: FakeVercelOptions = {}): Promise<FakeVercel> {
  const serving = createServing(options.serve ?? serveStatic);
  const edge = createEdge(() => state, serving, options.lot ?? Math.random);
  const clock = createClock(options.now);
  const person = newAccount('sophie', 'personal', options.plan ?? 'hobby', clock.now());
  const pace = { build: 2, alias: 2, ...options.pace };
  let last = 0;
  const state: State = {
    person,
    accounts: new Map([[person.id, person]]),
    tokens: new Map(),
    projects: new Map(),
    deployments: new Map(),
    aliases: new Map(),
    clock,
    pace,
    trouble: { builds: [], aliasing: [], visits: [], hiddenStages: 0, releaseLag: 0 },
    edge,
    stamp: () => {
      last = Math.max(last + 1, clock.now());
      return last;
    },
    newId,
  };
  const faults = createFaults(state.trouble);
  const witness = {
    requests: [] as LoggedRequest[],
    problems: [] as string[],
    exercised: new Set<string>(),
    faults,
  };
  const server = await listen(state, witness, options.latency ?? 0);

  return {
    url: server.url,
    clock,
    faults,
    pace,
    requests: witness.requests,
    problems: witness.problems,
    operations: new Set(ROUTES.map((one) => one.operation)),
    exercised: witness.exercised,
    addTeam({ slug, plan = 'pro' }) {
      const team = newAccount(slug, 'team', plan, clock.now());
      state.accounts.set(team.id, team);
      return { id: team.id, slug };
    },
    async addProject({ team, ...wanted }) {
      const account = team === undefined ? person : accountNamed(state, team);
      return handleOf(state, await seedProject(state, { ...wanted, account }));
    },
    addToken(wanted = { scope: 'full' }) {
      const secret = `vcp_${randomBytes(18).toString('hex')}`;
      state.tokens.set(secret, tokenOf(state, wanted));
      return secret;
    },
    revokeToken(secret) {
      const token = state.tokens.get(secret);
      if (token !== undefined) token.revoked = true;
    },
    promoteByHand(id) {
      const { project } = deploymentNamed(state, id);
      const at = clock.now();
      project.aliasJob = {
        type: 'promote',
        from: project.live ?? null,
        to: id,
        requestedAt: at,
        outcome: 'succeeded',
        status: 'succeeded',
        looks: state.pace.alias,
      };
      takeProduction(state, project, id);
      endRollback(project);
    },
    settle() {
      for (const deployment of state.deployments.values())
        while (deployment.state === 'QUEUED' || deployment.state === 'BUILDING')
          lookAtDeployment(state, deployment);
      for (const project of state.projects.values()) {
        project.staleJob = undefined;
        project.lag = undefined;
        while (underWay(project.aliasJob)) lookAtProject(state, project);
      }
    },
    async close() {
      await server.close();
      await edge.close();
      await serving.close();
    },
  };
}

function tokenOf(state: State, wanted: NonNullable<Parameters<FakeVercel['addToken']>[0]>): Token {
  switch (wanted.scope) {
    case 'full':
      return { scope: 'full', revoked: false };
    case 'team':
      return { scope: 'team', account: accountNamed(state, wanted.team).id, revoked: false };
    case 'project': {
      const project = state.projects.get(wanted.project);
      if (project === undefined) throw new Error(`The fake Vercel has no project ${wanted.project}.`);
      return { scope: 'project', account: project.account.id, project: project.id, revoked: false };
    }
  }
}

function handleOf(state: State, seeded: Awaited<ReturnType<typeof seedProject>>): ProjectHandle {
  const { project, bypassSecret } = seeded;
  const production = project.domains.filter((one) => one.environment === 'production');
  return {
    id: project.id,
    name: project.name,
    domains: production.map((one) => one.origin),
    environmentDomains: Object.fromEntries(
      project.customEnvironments.map(({ id, slug }) => [
        slug,
        project.domains
          .filter((one) => one.environment !== 'production' && one.environment.custom === id)
          .map((one) => one.origin),
      ]),
    ),
    bypassSecret,
    addVariables: (variables) => {
      project.variables.push(...variables.map((one) => seedVariable(state, one, project.customEnvironments)));
    },
    live: () => deploymentOfName(state, production[0]?.name ?? '')?.id,
    deployments: () =>
      [...state.deployments.values()]
        .filter((one) => one.project === project)
        .map((one) => ({
          id: one.id,
          url: one.url,
          origin: `http://${one.url}`,
          target: one.target,
          state: one.state,
          substate: one.substate,
          meta: one.meta,
          files: one.files,
        })),
    rollingRelease: () => project.rolling,
    autoAssigns: () => project.autoAssignCustomDomains,
  };
}
