import { notFound, ok, type Route, route } from '../call.ts';

export const accountRoutes: readonly Route[] = [
  {
    ...route('getAuthUser', 'GET', '/v2/user', ({ state: { person } }) =>
      ok({
        user: {
          id: person.id,
          email: `${person.slug}@example.com`,
          name: person.slug,
          username: person.slug,
          avatar: null,
          defaultTeamId: null,
          limited: true,
        },
      }),
    ),
    ofPerson: true,
  },
  {
    ...route('getTeam', 'GET', '/v2/teams/:team', ({ state, path }) => {
      const team = [...state.accounts.values()].find(
        (one) => one.kind === 'team' && (one.id === path.team || one.slug === path.team),
      );
      if (team === undefined) throw notFound('Team not found');
      return ok({ id: team.id, slug: team.slug, name: team.slug, createdAt: team.createdAt });
    }),
    ofPerson: true,
  },
];
