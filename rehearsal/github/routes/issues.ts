import { may, refusalOf } from '../access.ts';
import { type Call, created, listed, notFound, number, ok, Refusal, route } from '../call.ts';
import { type Comment, type Issue, loginOf, mayWrite } from '../state.ts';

interface IssueText {
  readonly title?: string | number | null;
  readonly body?: string | null;
  readonly state?: 'open' | 'closed';
  readonly labels?: readonly (string | { readonly name?: string })[];
}

/**
 * GitHub names both permissions for either kind of thread, and then wants that of the thread it is:
 * `issues: write` alone gets a 403 on a pull request.
 */
const ISSUES_READ = [{ issues: 'read' }, { 'pull-requests': 'read' }] as const;
const ISSUES_WRITE = [{ issues: 'write' }, { 'pull-requests': 'write' }] as const;

const labelNames = (labels: IssueText['labels']): readonly string[] =>
  (labels ?? []).map((label) => (typeof label === 'string' ? label : (label.name ?? '')));

const issueOf = (call: Pick<Call, 'repository' | 'path'>): Issue => {
  const issue = call.repository.issues.find((one) => one.number === number(call, 'issue_number'));
  if (issue === undefined) throw notFound();
  return issue;
};

/** The thread of an operation, held to the permission of its kind. */
const threadOf = (
  call: Pick<Call, 'repository' | 'path' | 'token'>,
  access: 'read' | 'write',
  issue = issueOf(call),
): Issue => {
  const kind = issue.pull === undefined ? 'issues' : 'pull-requests';
  if (!may(call.token, call.repository, { [kind]: access })) throw new Refusal(403, refusalOf(call.token));
  return issue;
};

/** The comment that a path names, in its thread. */
function commentOf(
  call: Pick<Call, 'repository' | 'path' | 'token'>,
  access: 'read' | 'write' = 'write',
): { issue: Issue; comment: Comment } {
  for (const issue of call.repository.issues)
    for (const comment of issue.comments)
      if (comment.id === number(call, 'comment_id')) return { issue: threadOf(call, access, issue), comment };
  throw notFound();
}

export const issueRoutes = {
  'issues/create': route<IssueText>([{ issues: 'write' }], ({ state, repository, show, token, body }) => {
    const at = state.now();
    const issue: Issue = {
      id: state.nextId(),
      number: repository.issues.length + 1,
      title: String(body.title),
      body: body.body ?? null,
      state: 'open',
      labels: labelNames(body.labels),
      author: loginOf(token),
      createdAt: at,
      updatedAt: at,
      comments: [],
    };
    repository.issues.push(issue);
    return created(show.issue(repository, issue));
  }),

  'issues/get': route(ISSUES_READ, (call) => ok(call.show.issue(call.repository, threadOf(call, 'read')))),

  'issues/update': route<IssueText>(ISSUES_WRITE, (call) => {
    const issue = threadOf(call, 'write');
    const { title, body, state, labels } = call.body;
    if (title !== undefined && title !== null && String(title) !== issue.title) {
      issue.title = String(title);
      issue.renames = (issue.renames ?? 0) + 1;
    }
    if (body !== undefined && body !== issue.body) {
      issue.body = body;
      issue.editedAt = call.state.now();
    }
    if (state !== undefined) issue.state = state;
    if (labels !== undefined) issue.labels = labelNames(labels);
    issue.updatedAt = call.state.now();
    return ok(call.show.issue(call.repository, issue));
  }),

  'issues/list-for-repo': route([{ issues: 'read' }], ({ repository, show, query }) => {
    const wanted = query.state ?? 'open';
    const labels = (query.labels ?? '').split(',').filter((label) => label !== '');
    const found = repository.issues.filter(
      (one) =>
        (wanted === 'all' || one.state === wanted) && labels.every((label) => one.labels.includes(label)),
    );
    return listed(found.toReversed().map((one) => show.issue(repository, one)));
  }),

  'issues/create-comment': route<{ body: string }>(ISSUES_WRITE, (call) => {
    const issue = threadOf(call, 'write');
    if (issue.isLocked && !mayWrite(call.repository, loginOf(call.token)))
      throw new Refusal(403, 'Unable to create comment because issue is locked.');
    const at = call.state.now();
    const comment = {
      id: call.state.nextId(),
      body: call.body.body,
      author: loginOf(call.token),
      createdAt: at,
      updatedAt: at,
    };
    issue.comments.push(comment);
    return created(call.show.comment(call.repository, issue, comment));
  }),

  'issues/get-comment': route(ISSUES_READ, (call) => {
    const { issue, comment } = commentOf(call, 'read');
    return ok(call.show.comment(call.repository, issue, comment));
  }),

  'issues/update-comment': route<{ body: string }>(ISSUES_WRITE, (call) => {
    const { issue, comment } = commentOf(call);
    comment.body = call.body.body;
    comment.updatedAt = call.state.now();
    comment.editedAt = comment.updatedAt;
    return ok(call.show.comment(call.repository, issue, comment));
  }),

  'issues/delete-comment': route(ISSUES_WRITE, (call) => {
    const { issue, comment } = commentOf(call);
    issue.comments.splice(issue.comments.indexOf(comment), 1);
    return { status: 204, body: null };
  }),

  'issues/list-comments': route(ISSUES_READ, (call) => {
    const issue = threadOf(call, 'read');
    const since = Date.parse(call.query.since ?? '') || 0;
    return listed(
      issue.comments
        .filter(({ updatedAt }) => updatedAt.getTime() >= since)
        .map((one) => call.show.comment(call.repository, issue, one)),
    );
  }),

  'issues/lock': route(ISSUES_WRITE, (call) => {
    threadOf(call, 'write').isLocked = true;
    return { status: 204, body: null };
  }),

  'issues/unlock': route(ISSUES_WRITE, (call) => {
    threadOf(call, 'write').isLocked = false;
    return { status: 204, body: null };
  }),
};
