import { RequestError } from '@octokit/request-error';
import type {
  BranchProtection,
  EnvironmentFacts,
  Gate,
  Read,
  RepositoryFacts,
  Ruleset,
  SettingsFacts,
} from '../domain/doctor/facts.ts';
import { Failure } from '../domain/failure.ts';
import type { RepositorySettings } from '../ports/repository-settings.ts';
import { explained, type GitHub } from './api.ts';
import * as answers from './settings-answers.ts';

const PAGE = 100;
const WORKFLOWS = '.github/workflows';

/** Permissions as GitHub's settings of a fine-grained token call them. */
const METADATA = '`metadata: read`';
const ACTIONS = '`actions: read`';
const CONTENTS = '`contents: read`';
const ADMINISTRATION = '`administration: read`';
const SECRETS = '`secrets: read`';
const PLAN = '`organization plan: read` (or of an owner of the organisation)';

/** A repository's settings on GitHub. Every read is one of its own: a closed door hides one answer. */
export function createRepositorySettings(github: GitHub): RepositorySettings {
  const { repository, request } = github;
  const where = { owner: repository.owner, repo: repository.name };

  const readRepository = () =>
    explained('read the repository', METADATA, async (): Promise<RepositoryFacts> => {
      const { data } = await request('GET /repos/{owner}/{repo}', where);
      return answers.repository(data);
    });

  const readPlan = async ({ ownerKind }: RepositoryFacts): Promise<Read<string>> => {
    const hidden: Read<string> = {
      kind: 'unread',
      why: 'GitHub shows the owner’s plan to few tokens',
      needs: PLAN,
    };
    if (ownerKind === 'user') return hidden;
    const plan = await attempt('read the plan', PLAN, async () => {
      const { data } = await request('GET /orgs/{org}', { org: repository.owner });
      return data.plan?.name;
    });
    if (plan.kind === 'unread') return plan;
    return plan.value === undefined ? hidden : { kind: 'read', value: plan.value };
  };

  const readGate = async (name: string): Promise<Gate | undefined> => {
    const { data } = await request('GET /repos/{owner}/{repo}/environments/{environment_name}', {
      ...where,
      environment_name: name,
    }).catch(missing);
    return data === undefined ? undefined : answers.gate(data);
  };

  const readEnvironment = async (name: string): Promise<EnvironmentFacts> => {
    const gate = await attempt(`read the gate of ${name}`, ACTIONS, () => readGate(name));
    const isCustom = gate.kind === 'read' && gate.value?.branches === 'custom';
    const policies = isCustom
      ? await attempt(`read the deployment branches of ${name}`, ACTIONS, async () =>
          answers.policies(
            await github.paginate(
              'GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies',
              { ...where, environment_name: name, per_page: PAGE },
            ),
          ),
        )
      : { kind: 'read' as const, value: [] };
    return { name, gate, policies };
  };

  const readBranchProtection = async (branch: string): Promise<BranchProtection | undefined> => {
    try {
      const { data } = await request('GET /repos/{owner}/{repo}/branches/{branch}/protection', {
        ...where,
        branch,
      });
      return answers.branchProtection(data);
    } catch (error) {
      // In these words, and in no others, GitHub says that there is none: it says 404 to strangers too.
      if (
        error instanceof RequestError &&
        error.status === 404 &&
        /^Branch not protected\b/.test(error.message)
      )
        return undefined;
      throw error;
    }
  };

  const readRulesets = async (): Promise<readonly Ruleset[]> => {
    const listed = await github.paginate('GET /repos/{owner}/{repo}/rulesets', {
      ...where,
      per_page: PAGE,
      includes_parents: true,
      targets: 'branch,tag',
    });
    const rulesets: Ruleset[] = [];
    for (const { id, enforcement } of listed) {
      if (enforcement !== 'active') continue;
      const { data } = await request('GET /repos/{owner}/{repo}/rulesets/{ruleset_id}', {
        ...where,
        ruleset_id: id,
        includes_parents: true,
      });
      rulesets.push(answers.ruleset(data));
    }
    return rulesets;
  };

  return {
    async read(environments) {
      const facts = await readRepository();
      return {
        repository: { kind: 'read', value: facts },
        plan: await readPlan(facts),
        administrators: await attempt('read who administers it', METADATA, async () => {
          const found = await github.paginate('GET /repos/{owner}/{repo}/collaborators', {
            ...where,
            permission: 'admin',
            per_page: PAGE,
          });
          return found.map(({ login }) => login);
        }),
        environments: await inTurn(environments, readEnvironment),
        protectedBranches: await attempt('read the protected branches', CONTENTS, async () => {
          const found = await github.paginate('GET /repos/{owner}/{repo}/branches', {
            ...where,
            protected: true,
            per_page: PAGE,
          });
          return found.map(({ name }) => name);
        }),
        defaultWorkflows: await attempt(`see the workflows of ${facts.defaultBranch}`, CONTENTS, async () => {
          const { data } = await request('GET /repos/{owner}/{repo}/contents/{path}', {
            ...where,
            path: WORKFLOWS,
            ref: facts.defaultBranch,
          });
          return answers.files(data);
        }),
        branchProtection: await attempt('read the branch protection', ADMINISTRATION, () =>
          readBranchProtection(facts.defaultBranch),
        ),
        rulesets: await attempt('read the rulesets', METADATA, readRulesets),
        actions: await attempt('read the permissions of Actions', ADMINISTRATION, async () => {
          const { data } = await request('GET /repos/{owner}/{repo}/actions/permissions', where);
          return answers.actionsPolicy(data);
        }),
        workflowToken: await attempt('read the workflows’ permissions', ADMINISTRATION, async () => {
          const { data } = await request('GET /repos/{owner}/{repo}/actions/permissions/workflow', where);
          return answers.workflowToken(data);
        }),
        repositorySecrets: await attempt('read the names of the repository’s secrets', SECRETS, async () =>
          answers.names(
            await github.paginate('GET /repos/{owner}/{repo}/actions/secrets', { ...where, per_page: PAGE }),
          ),
        ),
        organizationSecrets:
          facts.ownerKind === 'user'
            ? { kind: 'read', value: [] }
            : await attempt('read the names of the organisation’s secrets', SECRETS, async () =>
                answers.names(
                  await github.paginate('GET /repos/{owner}/{repo}/actions/organization-secrets', {
                    ...where,
                    per_page: PAGE,
                  }),
                ),
              ),
        runners: await attempt('read the runners', ADMINISTRATION, async () =>
          answers.runners(
            await github.paginate('GET /repos/{owner}/{repo}/actions/runners', { ...where, per_page: PAGE }),
          ),
        ),
      } satisfies SettingsFacts;
    },
  };
}

/** GitHub says of what a token may not see that it is not there. */
const DENIALS = new Set(['GITHUB_PERMISSION_MISSING', 'GITHUB_NOT_FOUND']);

/** One question. A token that is not accepted, and a cancel, end all of them. */
async function attempt<T>(doing: string, needs: string, work: () => Promise<T>): Promise<Read<T>> {
  try {
    return { kind: 'read', value: await explained(doing, needs, work) };
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'GITHUB_TOKEN_REJECTED' || error.code === 'CANCELLED')
      throw error;
    return DENIALS.has(error.code)
      ? { kind: 'unread', why: `the token may not ${doing}: it lacks ${needs}`, needs }
      : { kind: 'unread', why: error.message, needs: undefined };
  }
}

/** GitHub says of an environment that there is none; the repository itself was found before. */
function missing(error: unknown): { data: undefined } {
  if (error instanceof RequestError && error.status === 404) return { data: undefined };
  throw error;
}

async function inTurn<T, R>(list: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (const one of list) results.push(await work(one));
  return results;
}
