import { RequestError } from '@octokit/request-error';
import * as z from 'zod';
import { isPrerelease, makesLatest } from '../domain/version.ts';
import type { Publication, Publications, Published } from '../ports/publications.ts';
import { explained, type GitHub, settled, shaped } from './api.ts';
import { place } from './records.ts';

const WRITE = 'contents: write';
const PAGE = 100;

const release = z.object({
  id: z.number(),
  html_url: z.string(),
  tag_name: z.string(),
  draft: z.boolean(),
  name: z.nullable(z.string()),
  body: z.nullish(z.string()),
});
type Release = z.infer<typeof release>;

const commitOnly = z.object({ sha: z.string() });

/** Releases on GitHub's own pages. Needs `contents: write`. */
export function createPublications(github: GitHub): Publications {
  const where = place(github);
  const { request } = github;

  /** Commit that a tag stands for, also by an object of its own; undefined where there is no such tag. */
  const commitAt = (tag: string): Promise<string | undefined> =>
    request('GET /repos/{owner}/{repo}/commits/{ref}', { ...where, ref: `tags/${tag}`, per_page: 1 }).then(
      ({ data }) => shaped(commitOnly, data).sha,
      missing(404, 422),
    );

  /** The published one of a tag, or else a draft of it that somebody prepared: that one has no address by its tag. */
  const releaseOf = async (tag: string): Promise<Release | undefined> => {
    const published = await request('GET /repos/{owner}/{repo}/releases/tags/{tag}', { ...where, tag }).then(
      ({ data }) => shaped(release, data),
      missing(404),
    );
    if (published !== undefined) return published;
    const listed = await github.paginate('GET /repos/{owner}/{repo}/releases', { ...where, per_page: PAGE });
    return shaped(z.array(release), listed).find((one) => one.draft && one.tag_name === tag);
  };

  const latest = (): Promise<Release | undefined> =>
    request('GET /repos/{owner}/{repo}/releases/latest', where).then(
      ({ data }) => shaped(release, data),
      missing(404),
    );

  /** The tag comes first and alone: GitHub then does not ask whether the release may change workflows. */
  const ensureTag = async ({ tag, commit }: Publication): Promise<Published | undefined> => {
    const standing = await commitAt(tag);
    if (standing !== undefined) return standing === commit ? undefined : elsewhere(tag, standing, commit);
    try {
      await request('POST /repos/{owner}/{repo}/git/refs', {
        ...where,
        ref: `refs/tags/${tag}`,
        sha: commit,
      });
      return undefined;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Somebody else may have made it in this moment.
      const now = await commitAt(tag);
      if (now === undefined) return notAllowed(tag, commit, error);
      return now === commit ? undefined : elsewhere(tag, now, commit);
    }
  };

  const update = async (present: Release, { title, version, tag, text }: Publication): Promise<Published> => {
    const before = present.body ?? '';
    const body = text(before);
    if (!present.draft && body === before) return { kind: 'unchanged', url: present.html_url };
    const newest = await latest();
    // What is the latest stays it: left out, GitHub's own default would be a yes.
    const standing = newest?.id === present.id ? 'true' : 'false';
    const { data } = await request('PATCH /repos/{owner}/{repo}/releases/{release_id}', {
      ...where,
      release_id: present.id,
      body,
      ...(present.draft
        ? {
            tag_name: tag,
            name: present.name || title,
            draft: false,
            prerelease: isPrerelease(version),
            make_latest: makesLatest(version, newest?.tag_name),
          }
        : { make_latest: standing }),
    });
    return { kind: 'updated', url: shaped(release, data).html_url };
  };

  const create = async ({ title, version, tag, text }: Publication): Promise<Published> => {
    const { data } = await request('POST /repos/{owner}/{repo}/releases', {
      ...where,
      tag_name: tag,
      name: title,
      body: text(''),
      prerelease: isPrerelease(version),
      make_latest: makesLatest(version, (await latest())?.tag_name),
    });
    return { kind: 'created', url: shaped(release, data).html_url };
  };

  return {
    publish: (publication) =>
      explained(`publish the release ${publication.tag}`, WRITE, () =>
        settled(github, async () => {
          const refused = await ensureTag(publication);
          if (refused !== undefined) return refused;
          const present = await releaseOf(publication.tag);
          if (present !== undefined) return update(present, publication);
          try {
            return await create(publication);
          } catch (error) {
            const made = existsAlready(error) ? await releaseOf(publication.tag) : undefined;
            if (made === undefined) throw error;
            return update(made, publication);
          }
        }),
      ),
  };
}

const missing =
  (...statuses: readonly number[]) =>
  (error: unknown): undefined => {
    if (error instanceof RequestError && statuses.includes(error.status)) return undefined;
    throw error;
  };

/** Everything by which GitHub says that a token may make no such tag: a ruleset, or workflows that differ. */
const isRefusal = (error: unknown): error is RequestError =>
  error instanceof RequestError && [403, 404, 409, 422].includes(error.status);

const existsAlready = (error: unknown): boolean =>
  error instanceof RequestError &&
  error.status === 422 &&
  JSON.stringify(error.response?.data ?? '').includes('already_exists');

const elsewhere = (tag: string, standing: string, commit: string): Published => ({
  kind: 'refused',
  reason: 'RELEASE_TAG_ELSEWHERE',
  why: `the tag ${tag} is at ${standing.slice(0, 7)}, and ${commit.slice(0, 7)} is what went live`,
  next: `Look who moved ${tag}. To publish these notes: git push --force origin ${commit}:refs/tags/${tag}, and run this job again.`,
});

const notAllowed = (tag: string, commit: string, { message, status }: RequestError): Published => ({
  kind: 'refused',
  reason: 'RELEASE_TAG_NOT_ALLOWED',
  why: `GitHub lets this job make no tag ${tag} (${status}: ${message.split('\n', 1)[0]})`,
  next: `Grant \`${WRITE}\`. If it is granted: a ruleset keeps tags, or the commit has other workflow files than the default branch, and no job may tag that. Then push the tag yourself, git push origin ${commit}:refs/tags/${tag}, and run this job again.`,
});
