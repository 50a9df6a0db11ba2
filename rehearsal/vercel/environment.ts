import type { Deployment, Project } from './state.ts';

interface Built {
  readonly project: Project;
  readonly target: Deployment['target'];
  readonly id: string;
  readonly url: string;
  readonly git: Readonly<Record<string, unknown>> | undefined;
}

/** The variables a deployment runs with: the project's for its target, and Vercel's own. */
export function environmentOf({ project, target, id, url, git }: Built): Record<string, string> {
  const secret = [...project.bypasses.keys()][0];
  const domain = project.domains.find((one) => one.environment === 'production');
  const custom =
    typeof target === 'string'
      ? undefined
      : project.customEnvironments.find((one) => one.id === target.custom);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    ...Object.fromEntries(
      project.variables.filter((one) => isFor(one, target)).map((one) => [one.key, one.value]),
    ),
    VERCEL: '1',
    VERCEL_ENV: target === 'production' ? 'production' : 'preview',
    VERCEL_TARGET_ENV: typeof target === 'string' ? target : (custom?.slug ?? 'preview'),
    VERCEL_URL: url,
    VERCEL_PROJECT_ID: project.id,
    VERCEL_DEPLOYMENT_ID: id,
    VERCEL_REGION: 'iad1',
    ...(domain === undefined ? {} : { VERCEL_PROJECT_PRODUCTION_URL: domain.name }),
    ...(secret === undefined ? {} : { VERCEL_AUTOMATION_BYPASS_SECRET: secret }),
    ...(git === undefined
      ? {}
      : {
          VERCEL_GIT_COMMIT_SHA: text(git.commitSha),
          VERCEL_GIT_COMMIT_REF: text(git.commitRef),
          VERCEL_GIT_COMMIT_MESSAGE: text(git.commitMessage),
        }),
  };
}

const isFor = (
  { target: targets, customEnvironmentIds }: Project['variables'][number],
  target: Deployment['target'],
): boolean =>
  typeof target === 'string' ? targets.includes(target) : customEnvironmentIds.includes(target.custom);
