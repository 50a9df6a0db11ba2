import type { Configuration, EnvironmentSettings } from '../../src/domain/configuration.ts';
import type { FakeGitHub } from '../github/fake-github.ts';
import type { RepositoryHandle } from '../github/repository-handle.ts';

/** People of an app whose releases are approved by comment, as they are played on this machine. */
export interface Cast {
  /** Logins that may approve, by environment, those that airlock.yml names before made-up members of teams. */
  readonly approvers: Readonly<Record<string, readonly string[]>>;
  /** Made-up members by team, as `organisation/slug`. */
  readonly teams: Readonly<Record<string, readonly string[]>>;
}

/** Plays the approvers of airlock.yml. Nobody knows here who belongs to a team: it gets as many as must say yes. */
export function castApprovers({ environments }: Pick<Configuration, 'environments'>): Cast {
  const teams: Record<string, readonly string[]> = {};
  const approvers: Record<string, readonly string[]> = {};
  for (const { name, gates } of environments) {
    if (gates.comment === undefined) continue;
    const { approvers: named, needed } = gates.comment;
    const logins = named.flatMap((one) => (one.kind === 'person' ? [one.login] : []));
    for (const one of named) {
      if (one.kind === 'person') continue;
      const key = `${one.organization}/${one.slug}`;
      const known = teams[key] ?? [];
      const more = Array.from({ length: Math.max(0, needed - known.length) }, (_, index) =>
        memberOf(one.slug, known.length + index),
      );
      teams[key] = [...known, ...more];
      logins.push(...teams[key]);
    }
    approvers[name] = logins;
  }
  return { approvers, teams };
}

const memberOf = (slug: string, index: number): string =>
  index === 0 ? `member-of-${slug}` : `member-${index + 1}-of-${slug}`;

/** Fills the organisations of teams that approve; gives the secret that a token which reads them is. */
export function furnishTeams(
  github: FakeGitHub,
  handle: RepositoryHandle,
  { owner, login, cast: { teams } }: { owner: string; login: string; cast: Cast },
): Readonly<Record<string, string>> {
  const organisations = Map.groupBy(Object.entries(teams), ([team]) => team.split('/')[0] ?? '');
  for (const [organisation, found] of organisations) {
    // GitHub's stand-in knows an organisation by any repository of it.
    const place =
      organisation === owner ? handle : github.addRepository({ owner: organisation, name: 'teams' });
    place.configure({
      teams: Object.fromEntries(found.map(([team, members]) => [team.split('/')[1] ?? '', members])),
    });
  }
  return organisations.size === 0
    ? {}
    : { AIRLOCK_TEAM_TOKEN: github.mintUserToken(login, { members: 'read' }) };
}

/** Those of them who may say yes to a run that this person started; its commits are nobody's here. */
export const answering = (
  { approvers }: Cast,
  { name, gates }: EnvironmentSettings,
  startedBy: string,
): readonly string[] =>
  (approvers[name] ?? []).filter(
    (login) => gates.selfApproval || login.toLowerCase() !== startedBy.toLowerCase(),
  );

/** Who pushes and starts releases: somebody who is not asked to approve them. */
export function starterFor(cast: Cast): string {
  const asked = new Set(
    Object.values(cast.approvers).flatMap((logins) => logins.map((one) => one.toLowerCase())),
  );
  return STARTERS.find((login) => !asked.has(login)) ?? STARTERS[0];
}

const STARTERS = ['ada', 'grace', 'linus'] as const;
