import type { SmokeCheckSettings } from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import { type VercelSettings, vercelSettings } from '../../src/targets/vercel/settings.ts';
import { type Injection, type ReleaseFault, struckEnvironment } from '../faults/injection.ts';
import { type AppUnderFault, type FaultPlan, planFault } from '../faults/plan-fault.ts';
import { serveBuildOutput } from '../vercel/build-output/serve.ts';
import { type FakeVercel, type ProjectHandle, startFakeVercel } from '../vercel/fake-vercel.ts';
import type { VisitTrouble } from '../vercel/trouble.ts';
import type { EnvironmentToPlace, OpenRehearsalTarget, Place, RehearsalTarget } from './rehearsal-target.ts';

/** The target while it is open, with the stand-in itself, for a test to look into and to trouble. */
export interface OpenVercel extends OpenRehearsalTarget {
  readonly fake: FakeVercel;
  /** By the name in airlock.yml. */
  readonly projects: ReadonlyMap<string, ProjectHandle>;
}

export const isVercel = (target: OpenRehearsalTarget): target is OpenVercel => 'fake' in target;

const TEAM = 'rehearsal';

/**
 * The target that needs a Vercel: a stateful stand-in for its API and its edge. One team on the Pro plan,
 * the projects that airlock.yml names, each protected and reached with the automation secret, and a token
 * for one project only, as the documentation advises.
 */
export const vercel: RehearsalTarget = {
  id: 'vercel',
  async open({ app, environments }): Promise<OpenVercel> {
    const fake = await startFakeVercel({
      serve: ({ directory, environment }) => serveBuildOutput({ directory, environment: { ...environment } }),
    });
    try {
      fake.addTeam({ slug: TEAM });
      const projects = await createProjects(fake, environments, app);
      return {
        fake,
        projects,
        deploymentHeader: 'x-vercel-id',
        place: async (environment) => place(fake, environment, app, projects),
        async furnish(name, variables) {
          const environment = environments.find((one) => one.name === name);
          if (environment === undefined) return;
          const { project, environment: target } = settingsOf(environment, app);
          projectOf(projects, project).addVariables(
            Object.entries(variables).map(([key, value]) => ({ key, value, target: [target] })),
          );
        },
        planFault: (injection, underFault) =>
          planVercelFault(injection, underFault, fake, environments, projects, app),
        close: () => fake.close(),
      };
    } catch (error) {
      await fake.close();
      throw error;
    }
  },
};

/** An environment's settings, also when airlock.yml has it elsewhere. */
function settingsOf(
  { name, settings }: EnvironmentToPlace,
  app: string,
): Pick<VercelSettings, 'project' | 'variables'> & { readonly environment: string } {
  const { project, environment, variables } = vercelSettings.parse(settings ?? { project: app });
  return { project, environment: environment ?? name, variables };
}

/** Every project with all its custom environments and their domains: Vercel wants them before a deploy. */
async function createProjects(
  fake: FakeVercel,
  environments: readonly EnvironmentToPlace[],
  app: string,
): Promise<ReadonlyMap<string, ProjectHandle>> {
  const all = environments.map((environment) => settingsOf(environment, app));
  const projects = new Map<string, ProjectHandle>();
  for (const name of new Set(all.map(({ project }) => project))) {
    const own = all.filter(({ project }) => project === name);
    const handle = await fake.addProject({
      name,
      team: TEAM,
      protection: 'standard',
      customEnvironments: own
        .filter(({ environment }) => environment !== 'production' && environment !== 'preview')
        .map(({ environment: slug }) => ({ slug, domains: 1 })),
      variables: own.flatMap(({ variables, environment }) =>
        variables
          .filter((key) => key !== 'DATABASE_URL')
          .map((key) => ({ key, value: process.env[key] || 'rehearsal', target: [environment] })),
      ),
    });
    projects.set(name, handle);
  }
  return projects;
}

function place(
  fake: FakeVercel,
  environment: EnvironmentToPlace,
  app: string,
  projects: ReadonlyMap<string, ProjectHandle>,
): Place {
  const { project, environment: target } = settingsOf(environment, app);
  const handle = projectOf(projects, project);
  const [address] = target === 'production' ? handle.domains : (handle.environmentDomains[target] ?? []);
  if (address === undefined)
    throw new Failure(
      'REHEARSAL_TARGET_UNSUPPORTED',
      `${environment.name} is a preview on Vercel, which has no address of its own to rehearse.`,
      'Give the environment a custom environment of Vercel, or `production`.',
    );
  return {
    settings: { project, team: TEAM },
    address,
    secrets: {
      VERCEL_TOKEN: fake.addToken({ scope: 'project', project: handle.id }),
      ...(handle.bypassSecret === undefined ? {} : { VERCEL_AUTOMATION_BYPASS_SECRET: handle.bypassSecret }),
    },
    variables: { VERCEL_API_URL: fake.url },
    notes: [
      `${environment.name}: ${target} of the project ${project} of a stand-in for Vercel, at ${address}`,
    ],
  };
}

function projectOf(projects: ReadonlyMap<string, ProjectHandle>, name: string): ProjectHandle {
  const found = projects.get(name);
  if (found === undefined) throw new Error(`no project ${name}`);
  return found;
}

/** What is broken is seen from outside, at the edge: the release's files are those that were checked. */
function planVercelFault(
  injection: Extract<Injection, { kind: ReleaseFault }>,
  underFault: AppUnderFault,
  fake: FakeVercel,
  environments: readonly EnvironmentToPlace[],
  projects: ReadonlyMap<string, ProjectHandle>,
  app: string,
): FaultPlan {
  if (injection.kind === 'migration-failure') return planFault(injection, underFault);
  const name = struckEnvironment(
    injection,
    environments.map((one) => one.name),
  );
  const environment = environments.find((one) => one.name === name);
  const checks = underFault.configuration.environments.find((one) => one.name === name)?.smoke.checks ?? [];
  const check = checks.find((one) => one.version) ?? checks[0];
  if (environment === undefined || check === undefined)
    throw new Failure(
      'FAULT_NOT_POSSIBLE',
      `The fault ${injection.kind} cannot be injected: ${name} has no smoke check.`,
      'Add one to airlock.yml.',
    );
  const { project, environment: target } = settingsOf(environment, app);
  const { what, trouble } = misbehaviour(injection.kind, checks, check);
  return {
    environment: name,
    what: `in ${name} ${what}`,
    configurationText: undefined,
    files: {},
    arm() {
      const before = new Set(
        projectOf(projects, project)
          .deployments()
          .map(({ id }) => id),
      );
      fake.faults.visit({
        ...trouble,
        concerns: ({ id, environment: its }) => its === target && !before.has(id),
      });
    },
  };
}

function misbehaviour(
  kind: Exclude<ReleaseFault, 'migration-failure'>,
  checks: readonly SmokeCheckSettings[],
  asked: SmokeCheckSettings,
): { readonly what: string; readonly trouble: Omit<VisitTrouble, 'concerns'> } {
  switch (kind) {
    case 'smoke-failure':
      return { what: `${asked.path} answers 500`, trouble: { path: asked.path, status: 500 } };
    case 'slow': {
      const { path, latency, timeoutMs } = checks.find((one) => one.latency) ?? asked;
      const delay = latency ? latency.p95Ms + 100 : timeoutMs + 500;
      return { what: `${path} answers ${delay} ms late`, trouble: { path, delay } };
    }
    case 'crash-after-promote':
      return {
        what: 'the app answers 500 once visitors reach it',
        trouble: { atDomains: true, status: 500 },
      };
  }
}
