import { compareBuild, parse, type SemVer } from 'semver';

/** A tag that is a version: `v1.2.3`, `1.2.3-rc.1`. */
export interface VersionTag {
  readonly tag: string;
  readonly version: string;
}

/** What the history says about the version of a commit. */
export interface VersionQuestion {
  /** Full commit SHA. */
  readonly commit: string;
  /** Tags at the commit itself. */
  readonly tagsHere: readonly string[];
  /** The tag that started the run, where one did. */
  readonly startedBy: string | undefined;
  /** The highest version among the tags that the commit descends from. */
  readonly base: VersionTag | undefined;
  /** Commits since `base`; since the beginning when there is none. */
  readonly commits: number;
}

/** How a version ends that was made up between two tags. */
const MADE_UP = /[.-]0\.dev\.\d+\+[0-9a-f]{7}$/;

/** Reads a tag as a version. Other tags (`latest`, `app@1.2.3`, `v1`) are none. */
export function versionOf(tag: string): VersionTag | undefined {
  const version = tag.replace(/^v/, '');
  // semver also takes spaces and `=` in front.
  return /^\d/.test(version) && parse(version) !== null ? { tag, version } : undefined;
}

/** Whether a version is on the way to another one: `1.2.0-rc.1`. What is no version is none that anybody waits for. */
export const isPrerelease = (version: string): boolean => parse(version)?.prerelease.length !== 0;

/** The tag that a release is published under: the one that somebody gave its commit, else `v` and its version. */
export const tagFor = (version: string, tagsHere: readonly string[]): string =>
  tagsHere.find((tag) => versionOf(tag)?.version === version) ?? `v${version}`;

/**
 * Whether a release becomes the latest one of its repository, in GitHub's words: never before a higher version, so
 * that a fix of an older line does not look like news.
 *
 * @param latest tag of the one that is the latest now; where it is no version GitHub decides
 */
export function makesLatest(version: string, latest: string | undefined): 'true' | 'false' | 'legacy' {
  if (isPrerelease(version)) return 'false';
  if (latest === undefined) return 'true';
  const now = versionOf(latest);
  if (now === undefined) return 'legacy';
  return compareBuild(version, now.version) >= 0 ? 'true' : 'false';
}

/**
 * The highest version among tags: a full one before its own pre-releases. Tags that publishing release notes made
 * of a version that nobody chose do not count: the next one would be made up from a made-up one.
 */
export function highestVersion(tags: readonly string[]): VersionTag | undefined {
  return tags
    .flatMap((tag) => (MADE_UP.test(tag) ? [] : (versionOf(tag) ?? [])))
    .reduce<VersionTag | undefined>(
      (highest, one) => (highest && compareBuild(highest.version, one.version) >= 0 ? highest : one),
      undefined,
    );
}

/**
 * The version of a commit: the tag that started the run, else the highest version tagged at the commit,
 * else the next one.
 *
 * The next version is a pre-release of the one after the base, marked `0.dev.<commits>`. A number sorts
 * before every word, so it is above the base, above the same branch's earlier builds, and below any alpha,
 * rc or release that a person tags later. The commit stands behind `+`, where it does not sort:
 * `1.2.3` → `1.2.4-0.dev.5+3f2a9c1`, `1.3.0-rc.1` → `1.3.0-rc.1.0.dev.5+3f2a9c1`.
 */
export function chooseVersion(question: VersionQuestion): { version: string; from: string } {
  const here =
    (question.startedBy === undefined ? undefined : versionOf(question.startedBy)) ??
    highestVersion(question.tagsHere);
  if (here) return { version: here.version, from: `tag ${here.tag}` };
  const base = question.base && parse(question.base.version);
  const since = `${question.commits} ${question.commits === 1 ? 'commit' : 'commits'}`;
  return {
    version: `${next(base ?? undefined)}.dev.${question.commits}+${question.commit.slice(0, 7)}`,
    from: question.base ? `${since} after tag ${question.base.tag}` : `${since}, no version tag yet`,
  };
}

function next(base: SemVer | undefined): string {
  if (!base) return '0.1.0-0';
  const core = `${base.major}.${base.minor}.${base.patch}`;
  return base.prerelease.length > 0
    ? `${core}-${base.prerelease.join('.')}.0`
    : `${base.major}.${base.minor}.${base.patch + 1}-0`;
}
