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
  // The command line of Vercel asks without a version.
  ...['/v2/teams/:team', '/teams/:team'].map((path) => ({
    ...route('getTeam', 'GET', path, ({ state, path: { team: wanted } }) => {
      const team = [...state.accounts.values()].find(
        (one) => one.kind === 'team' && (one.id === wanted || one.slug === wanted),
      );
      if (team === undefined) throw notFound('Team not found');
      return ok({ id: team.id, slug: team.slug, name: team.slug, createdAt: team.createdAt });
    }),
    ofPerson: true,
  })),
];
