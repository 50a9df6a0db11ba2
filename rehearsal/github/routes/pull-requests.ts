import { type Call, created, invalid, listed, notFound, number, ok, Refusal, route } from '../call.ts';
import { history, resolve } from '../git.ts';
import { type Issue, loginOf, type Pull } from '../state.ts';

interface NewPull {
  readonly title?: string;
  readonly head: string;
  readonly base: string;
  readonly body?: string;
}

type Thread = Issue & { readonly pull: Pull };

const isPull = (issue: Issue): issue is Thread => issue.pull !== undefined;

/** `owner:branch`, or a branch of this very repository. */
const branchOf = (call: Pick<Call, 'repository'>, head: string): string =>
  head.startsWith(`${call.repository.owner}:`) ? head.slice(call.repository.owner.length + 1) : head;

export const pullRequestRoutes = {
  'pulls/list': route([{ 'pull-requests': 'read' }], ({ repository, show, query }) => {
    const { state = 'open', head, base } = query;
    const found = repository.issues
      .filter(isPull)
      .filter(
        (one) =>
          (state === 'all' || one.state === state) &&
          (head === undefined || head === `${repository.owner}:${one.pull.branch}`) &&
          (base === undefined || one.pull.base === base),
      );
    return listed(found.toReversed().map((one) => show.pullRequest('pull-request-simple', repository, one)));
  }),

  'pulls/get': route([{ 'pull-requests': 'read' }], (call) => {
    const found = call.repository.issues.find((one) => one.number === number(call, 'pull_number'));
    if (found === undefined || !isPull(found)) throw notFound();
    return ok(call.show.pullRequest('pull-request', call.repository, found));
  }),

  'pulls/create': route<NewPull>(
    [{ 'pull-requests': 'write' }],
    ({ state, repository, show, token, body }) => {
      if (token.kind === 'job' && !repository.settings.workflowToken.mayApprove)
        throw new Refusal(403, 'GitHub Actions is not permitted to create or approve pull requests.');
      const branch = branchOf({ repository }, body.head);
      const [head, base] = [
        resolve(repository, `refs/heads/${branch}`),
        resolve(repository, `refs/heads/${body.base}`),
      ];
      if (head === undefined) throw invalid('PullRequest', 'head', 'is invalid');
      if (base === undefined) throw invalid('PullRequest', 'base', 'is invalid');
      if (history(repository, base).some(({ sha }) => sha === head.sha))
        throw invalid('PullRequest', 'head', `No commits between ${body.base} and ${branch}`);
      const twin = repository.issues
        .filter(isPull)
        .some(({ state: is, pull }) => is === 'open' && pull.branch === branch && pull.base === body.base);
      if (twin)
        throw invalid(
          'PullRequest',
          'head',
          `A pull request already exists for ${repository.owner}:${branch}.`,
        );
      const at = state.now();
      const issue: Thread = {
        id: state.nextId(),
        number: repository.issues.length + 1,
        title: body.title ?? branch,
        body: body.body ?? null,
        state: 'open',
        labels: [],
        author: loginOf(token),
        createdAt: at,
        updatedAt: at,
        comments: [],
        pull: { head: head.sha, branch, base: body.base },
      };
      repository.issues.push(issue);
      return created(show.pullRequest('pull-request', repository, issue));
    },
  ),
};
