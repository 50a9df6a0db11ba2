import { compareBuild, parse } from 'semver';
import { may, refusalOf } from '../access.ts';
import { type Call, created, invalid, listed, notFound, number, ok, Refusal, route } from '../call.ts';
import { readGit, resolve } from '../git.ts';
import { loginOf, type Release, type Repository } from '../state.ts';
import { keepsTags, mustNotChangeWorkflows, RULE_VIOLATION } from '../tags.ts';

interface ReleaseText {
  readonly tag_name?: string;
  readonly target_commitish?: string;
  readonly name?: string;
  readonly body?: string;
  readonly draft?: boolean;
  readonly prerelease?: boolean;
  readonly make_latest?: 'true' | 'false' | 'legacy';
}

const READ = [{ contents: 'read' }] as const;
const WRITE = [{ contents: 'write' }] as const;
const LONGEST_BODY = 125_000;
/** What git takes for a name, as far as anybody tries. */
const TAG = /^(?!.*(?:\.\.|@\{|\/\/|\.lock$|[/.]$))[^\s~^:?*[\\]+$/;

const published = (releases: readonly Release[]): readonly Release[] =>
  releases.filter((one) => !one.draft).toReversed();

const releaseOf = (call: Pick<Call, 'repository' | 'path'>): Release => {
  const found = call.repository.releases.find((one) => one.id === number(call, 'release_id'));
  if (found === undefined) throw notFound();
  return found;
};

/** The one that somebody made it; else the newest. */
function latestOf(repository: Repository): Release | undefined {
  const full = published(repository.releases).filter((one) => !one.prerelease);
  return full.find((one) => one.isLatest) ?? full[0];
}

const refused = (...errors: readonly Readonly<Record<string, unknown>>[]): Refusal =>
  new Refusal(
    422,
    'Validation Failed',
    errors.map((one) => ({ resource: 'Release', ...one })),
  );

const commitOf = (repository: Repository, target: string): string => {
  const commit = resolve(repository, target);
  if (commit === undefined || repository.refs.has(`refs/tags/${target}`))
    throw refused({ code: 'invalid', field: 'target_commitish' });
  return commit.sha;
};

/** Holds what a release would become to what GitHub takes. */
function hold({ repository, token }: Call<never>, wanted: Release): void {
  const { tag, draft, prerelease, body, target } = wanted;
  if (!TAG.test(tag)) throw invalid('Release', 'tag_name', 'tag_name is not a valid tag');
  if ((body ?? '').length > LONGEST_BODY)
    throw invalid('Release', 'body', `body is too long (maximum is ${LONGEST_BODY} characters)`);
  if (wanted.isLatest && (draft || prerelease))
    throw refused({ code: 'custom', message: 'Latest release cannot be draft or prerelease.' });
  if (!draft && repository.releases.some((one) => one.id !== wanted.id && one.tag === tag && !one.draft))
    throw refused({ code: 'already_exists', field: 'tag_name' });
  const commit = commitOf(repository, target);
  if (mustNotChangeWorkflows(token, repository, commit)) throw new Refusal(403, refusalOf(token));
  const ref = `refs/tags/${tag}`;
  if (draft || repository.refs.has(ref)) return;
  if (keepsTags(repository, token, ref))
    throw refused(
      {
        code: 'custom',
        field: 'pre_receive',
        message: `pre_receive ${RULE_VIOLATION}\n\nCannot create ref due to creations being restricted.\n\n`,
      },
      { code: 'custom', message: 'Published releases must have a valid tag' },
    );
  repository.refs.set(ref, commit);
}

/** @param latest as it was asked for; undefined for what GitHub does then */
function makeLatest(repository: Repository, one: Release, latest: ReleaseText['make_latest']): void {
  const full = published(repository.releases).filter(({ prerelease }) => !prerelease);
  const byVersion = (release: Release) => parse(release.tag) ?? '0.0.0';
  const chosen =
    latest === 'legacy'
      ? full.toSorted((a, b) => compareBuild(byVersion(b), byVersion(a)))[0]
      : latest === 'true' && full.includes(one)
        ? one
        : undefined;
  if (chosen !== undefined) for (const each of repository.releases) each.isLatest = each === chosen;
}

/** Releases, as they stand on GitHub's own pages. */
export const releaseRoutes = {
  'repos/list-releases': route(READ, ({ repository, token, show }) => {
    const seesDrafts = may(token, repository, { contents: 'write' });
    const shown = repository.releases.filter((one) => !one.draft || seesDrafts).toReversed();
    return listed(shown.map((one) => show.release(repository, one)));
  }),

  'repos/get-latest-release': route(READ, ({ repository, show }) => {
    const latest = latestOf(repository);
    if (latest === undefined) throw notFound();
    return ok(show.release(repository, latest));
  }),

  'repos/get-release-by-tag': route(READ, ({ repository, show, path }) => {
    const found = published(repository.releases).find((one) => one.tag === path.tag);
    if (found === undefined) throw notFound();
    return ok(show.release(repository, found));
  }),

  'repos/create-release': route<ReleaseText & { readonly tag_name: string }>(WRITE, (call) => {
    const { state, repository, show, token, body } = call;
    readGit(repository);
    const release: Release = {
      id: state.nextId(),
      tag: body.tag_name,
      target: body.target_commitish ?? repository.defaultBranch,
      name: body.name ?? null,
      body: body.body ?? null,
      draft: body.draft ?? false,
      prerelease: body.prerelease ?? false,
      isLatest: body.make_latest === 'true',
      author: loginOf(token),
      createdAt: state.now(),
    };
    hold(call as Call<never>, release);
    release.isLatest = false;
    repository.releases.push(release);
    makeLatest(repository, release, body.make_latest ?? 'true');
    return created(show.release(repository, release));
  }),

  'repos/update-release': route<ReleaseText>(WRITE, (call) => {
    const { repository, show, body } = call;
    readGit(repository);
    const release = releaseOf(call);
    const wasDraft = release.draft;
    const wanted: Release = {
      ...release,
      tag: body.tag_name ?? release.tag,
      target: body.target_commitish ?? release.target,
      name: body.name ?? release.name,
      body: body.body ?? release.body,
      draft: body.draft ?? release.draft,
      prerelease: body.prerelease ?? release.prerelease,
      isLatest: body.make_latest === 'true',
    };
    hold(call as Call<never>, wanted);
    Object.assign(release, wanted, { isLatest: release.isLatest });
    makeLatest(repository, release, body.make_latest ?? (wasDraft && !release.draft ? 'true' : undefined));
    return ok(show.release(repository, release));
  }),
};
