import { may } from '../access.ts';
import { type Call, listed, notFound, number, ok, Refusal, route } from '../call.ts';
import { appliesTo, type Ruleset } from '../settings.ts';

/** None of these takes a body. */
type Asked = Omit<Call, 'body'>;

const METADATA = [{}] as const;
const ADMINISTRATION = [{ administration: 'read' }] as const;
const SECRETS = [{ secrets: 'read' }] as const;
const ENVIRONMENTS = [{ environments: 'read' }] as const;

const branchOf = ({ repository, path }: Pick<Asked, 'repository' | 'path'>): string => {
  const name = path.branch ?? '';
  if (!repository.refs.has(`refs/heads/${name}`)) throw new Refusal(404, 'Branch not found');
  return name;
};

/** Who may go around a ruleset is told only to those who may change it. */
const showRuleset = ({ repository, token, show }: Asked, one: Ruleset, isWhole: boolean) =>
  show.ruleset(repository, one, { isWhole, withBypass: may(token, repository, { administration: 'write' }) });

/** What a repository's owner set up; nobody changes it over this API. */
export const settingsRoutes = {
  'orgs/get': route(METADATA, ({ repository, show, token }) => {
    if (repository.settings.owner.kind !== 'Organization') throw notFound();
    return ok(show.organization(repository, token.permissions['organization-plan'] !== undefined));
  }),

  'repos/list-branches': route([{ contents: 'read' }], ({ repository, show, query }) => {
    const { branchProtection, rulesets } = repository.settings;
    const isProtected = (name: string) =>
      name in branchProtection ||
      rulesets.some(
        (one) =>
          one.target === 'branch' &&
          one.enforcement === 'active' &&
          appliesTo(one, `refs/heads/${name}`, repository.defaultBranch),
      );
    return listed(
      [...repository.refs]
        .filter(([ref]) => ref.startsWith('refs/heads/'))
        .map(([ref, sha]) => ({ name: ref.slice('refs/heads/'.length), sha }))
        .filter(
          ({ name }) => query.protected === undefined || isProtected(name) === (query.protected === 'true'),
        )
        .map(({ name, sha }) => show.branch(repository, name, sha, isProtected(name))),
    );
  }),

  'repos/list-collaborators': route(METADATA, ({ repository, show, query }) =>
    listed(
      query.permission === undefined || query.permission === 'admin'
        ? repository.settings.administrators.map((login) => show.administrator(login))
        : [],
    ),
  ),

  'repos/get-collaborator-permission-level': route(METADATA, ({ repository, show, path }) => {
    const { administrators, collaborators } = repository.settings;
    const login = path.username ?? '';
    const level = administrators.includes(login)
      ? 'admin'
      : (collaborators[login] ?? (repository.visibility === 'public' ? 'read' : 'none'));
    return ok(show.collaborator(login, level));
  }),

  // No job's token can have it: `permissions:` knows no such word.
  'teams/get-membership-for-user-in-org': route([{ members: 'read' }], ({ repository, show, path }) => {
    const { team_slug: slug = '', username = '' } = path;
    if (repository.settings.teams[slug]?.includes(username) !== true) throw notFound();
    return ok(show.membership(slug, username));
  }),

  'repos/get-branch-protection': route(ADMINISTRATION, (call) => {
    const name = branchOf(call);
    const found = call.repository.settings.branchProtection[name];
    if (found === undefined) throw new Refusal(404, 'Branch not protected');
    return ok(call.show.branchProtection(call.repository, name, found));
  }),

  'repos/get-branch-rules': route(METADATA, ({ repository, show, path }) =>
    listed(
      repository.settings.rulesets
        .filter(
          (one) =>
            one.target === 'branch' &&
            one.enforcement === 'active' &&
            appliesTo(one, `refs/heads/${path.branch}`, repository.defaultBranch),
        )
        .flatMap((one) => one.rules.map((type) => show.appliedRule(repository, one, type))),
    ),
  ),

  'repos/get-repo-rulesets': route(METADATA, (call) => {
    const targets = call.query.targets?.split(',');
    return listed(
      call.repository.settings.rulesets
        .filter(({ target }) => targets === undefined || targets.includes(target))
        .map((one) => showRuleset(call, one, false)),
    );
  }),

  'repos/get-repo-ruleset': route(METADATA, (call) => {
    const found = call.repository.settings.rulesets.find(({ id }) => id === number(call, 'ruleset_id'));
    if (found === undefined) throw notFound();
    return ok(showRuleset(call, found, true));
  }),

  'repos/list-deployment-branch-policies': route([{ actions: 'read' }], ({ repository, show, path }) => {
    const found = repository.environments.get(path.environment_name ?? '');
    if (found === undefined) throw notFound();
    const { branches, branchPatterns } = found.protection;
    const patterns = branches === 'custom' ? branchPatterns : [];
    return listed(
      patterns.map((pattern) => show.branchPolicy(found, pattern)),
      (branch_policies) => ({ total_count: patterns.length, branch_policies }),
    );
  }),

  'actions/get-github-actions-permissions-repository': route(ADMINISTRATION, ({ repository, show }) =>
    ok(show.actionsPermissions(repository)),
  ),

  'actions/get-allowed-actions-repository': route(ADMINISTRATION, ({ repository }) => {
    const { allowed, patterns } = repository.settings.actions;
    if (allowed !== 'selected') throw new Refusal(409, 'Allowed actions are not set to selected');
    return ok({ github_owned_allowed: true, verified_allowed: false, patterns_allowed: patterns });
  }),

  'actions/get-github-actions-default-workflow-permissions-repository': route(
    ADMINISTRATION,
    ({ repository: { settings } }) =>
      ok({
        default_workflow_permissions: settings.workflowToken.access,
        can_approve_pull_request_reviews: settings.workflowToken.mayApprove,
      }),
  ),

  'actions/list-repo-secrets': route(SECRETS, (call) =>
    secrets(call, call.repository.settings.secrets.repository),
  ),

  'actions/list-repo-organization-secrets': route(SECRETS, (call) =>
    secrets(call, call.repository.settings.secrets.organization),
  ),

  'actions/list-environment-secrets': route(ENVIRONMENTS, (call) => {
    const name = call.path.environment_name ?? '';
    if (!call.repository.environments.has(name)) throw notFound();
    return secrets(call, call.repository.settings.secrets.environments[name] ?? []);
  }),

  'actions/list-self-hosted-runners-for-repo': route(ADMINISTRATION, ({ repository, show }) => {
    const { runners } = repository.settings;
    return listed(
      runners.map((one) => show.runner(one)),
      (page) => ({ total_count: runners.length, runners: page }),
    );
  }),
};

const secrets = ({ repository, show }: Asked, names: readonly string[]) =>
  listed(
    names.map((name) => show.secret(repository, name)),
    (page) => ({ total_count: names.length, secrets: page }),
  );
