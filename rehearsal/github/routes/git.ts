import { refusalOf } from '../access.ts';
import { type Call, created, invalid, listed, notFound, ok, Refusal, route } from '../call.ts';
import { folderAt, history, readGit, resolve } from '../git.ts';
import type { Commit } from '../state.ts';
import { keepsTags, mustNotChangeWorkflows, RULE_VIOLATION } from '../tags.ts';

const READ = [{ contents: 'read' }] as const;
const WRITE = [{ contents: 'write' }] as const;

/** Commits that a comparison shows, however many it counts, when nobody asks for a page. */
const MOST_COMPARED = 250;

const commitOf = (call: Pick<Call, 'repository'>, ref: string): Commit => {
  const commit = resolve(call.repository, ref);
  if (commit === undefined) throw notFound();
  return commit;
};

/** Repositories, refs, tags and commits. */
export const gitRoutes = {
  'repos/get': route([{}], ({ show, repository }) => ok(show.repository(repository))),

  'repos/get-commit': route(READ, (call) => {
    const commit = resolve(call.repository, call.path.ref ?? '');
    if (commit === undefined) throw invalid('Commit', 'ref', `No commit found for SHA: ${call.path.ref}`);
    return ok({
      ...call.show.commit(call.repository, commit),
      stats: { additions: 0, deletions: 0, total: 0 },
    });
  }),

  'repos/list-commits': route(READ, (call) => {
    const from = commitOf(call, call.query.sha ?? call.repository.defaultBranch);
    return listed(history(call.repository, from).map((one) => call.show.commit(call.repository, one)));
  }),

  'repos/compare-commits-with-basehead': route(READ, (call) => {
    const [from, to] = (call.path.basehead ?? '').split('...').map((ref) => commitOf(call, ref));
    if (from === undefined || to === undefined) throw notFound();
    const before = new Set(history(call.repository, from));
    const after = new Set(history(call.repository, to));
    const ahead = [...after].filter((one) => !before.has(one)).reverse();
    const behind = [...before].filter((one) => !after.has(one)).length;
    const shared = [...after].find((one) => before.has(one));
    if (shared === undefined) throw notFound();
    const show = (commits: readonly unknown[]) => {
      const counts = { ahead: ahead.length, behind, shared };
      return call.show.comparison(call.repository, from, to, counts, commits as readonly Commit[]);
    };
    const isPaged = call.query.page !== undefined || call.query.per_page !== undefined;
    return isPaged ? listed(ahead, show) : ok(show(ahead.slice(0, MOST_COMPARED)));
  }),

  'repos/list-tags': route(READ, ({ repository, show }) => {
    readGit(repository);
    const tags = [...repository.refs].filter(([name]) => name.startsWith('refs/tags/')).reverse();
    return listed(tags.map(([name, sha]) => show.tag(repository, name.slice('refs/tags/'.length), sha)));
  }),

  /** Of folders alone: nobody asks for a file. */
  'repos/get-content': route(READ, ({ repository, show, path, query }) => {
    const ref = query.ref ?? repository.defaultBranch;
    if (resolve(repository, ref) === undefined) throw new Refusal(404, `No commit found for the ref ${ref}`);
    const entries = folderAt(repository, ref, path.path ?? '');
    if (entries === undefined) throw notFound();
    return ok(entries.map((one) => show.folderEntry(repository, ref, one)));
  }),

  'git/get-ref': route(READ, ({ repository, show, path }) => {
    readGit(repository);
    const name = `refs/${path.ref}`;
    const sha = repository.refs.get(name);
    if (sha === undefined) throw notFound();
    return ok(show.ref(repository, name, sha));
  }),

  'git/list-matching-refs': route(READ, ({ repository, show, path }) => {
    readGit(repository);
    const matching = [...repository.refs].filter(([name]) => name.startsWith(`refs/${path.ref}`));
    return listed(matching.map(([name, sha]) => show.ref(repository, name, sha)));
  }),

  'repos/list-activities': route([{ contents: 'read' }], ({ repository, show, query }) => {
    const wanted =
      query.ref === undefined || query.ref.startsWith('refs/') ? query.ref : `refs/heads/${query.ref}`;
    const found = repository.pushes.filter(({ ref }) => wanted === undefined || ref === wanted);
    const ordered = query.direction === 'asc' ? found : found.toReversed();
    return listed(ordered.map((one) => show.push(repository, one)));
  }),

  'git/create-ref': route<{ ref: string; sha: string }>(WRITE, ({ repository, show, token, body }) => {
    readGit(repository);
    if (!/^refs\/[^/]+\/.+/.test(body.ref))
      throw invalid('Reference', 'ref', `${body.ref} is not a valid ref name.`);
    if (repository.refs.has(body.ref)) throw invalid('Reference', 'ref', 'Reference already exists');
    if (!repository.commits.has(body.sha)) throw invalid('Reference', 'sha', 'Object does not exist');
    if (mustNotChangeWorkflows(token, repository, body.sha)) throw new Refusal(403, refusalOf(token));
    if (keepsTags(repository, token, body.ref))
      throw new Refusal(422, `${RULE_VIOLATION}\n\nCannot create ref due to creations being restricted.\n\n`);
    repository.refs.set(body.ref, body.sha);
    return created(show.ref(repository, body.ref, body.sha));
  }),

  'git/update-ref': route<{ sha: string; force?: boolean }>(WRITE, ({ repository, show, path, body }) => {
    const name = `refs/${path.ref}`;
    const present = repository.refs.get(name);
    if (present === undefined) throw invalid('Reference', 'ref', 'Reference does not exist');
    const next = repository.commits.get(body.sha);
    if (next === undefined) throw invalid('Reference', 'sha', 'Object does not exist');
    if (body.force !== true && !history(repository, next).some(({ sha }) => sha === present))
      throw invalid('Reference', 'sha', 'Update is not a fast forward');
    repository.refs.set(name, body.sha);
    return ok(show.ref(repository, name, body.sha));
  }),
};
