import type { Permissions } from '../executor/run-service.ts';
import { type Needs, Refusal } from './call.ts';
import { fullName, type Repository, type State, type Token } from './state.ts';

/** The token that a request carries. Unknown and revoked ones are told apart from none, as on GitHub. */
export function authenticate(state: State, header: string | undefined): Token {
  const secret = /^(?:token|bearer) (.+)$/i.exec(header ?? '')?.[1];
  if (secret === undefined) throw new Refusal(401, 'Requires authentication');
  const token = state.tokens.get(secret);
  if (token === undefined || token.revoked) throw new Refusal(401, 'Bad credentials');
  return token;
}

/** A job's token sees its own repository and public ones; for anything else there is a 404. */
export const sees = (token: Token, repository: Repository): boolean =>
  token.kind === 'user' || token.repository === fullName(repository) || repository.visibility === 'public';

/** Whether the token may do all of one set, in this repository. */
export function may(token: Token, repository: Repository, needs: Permissions): boolean {
  const own = token.kind === 'user' || token.repository === fullName(repository);
  return Object.entries(needs).every(([permission, access]) => {
    const granted = token.permissions[permission] ?? 'none';
    if (!own) return access === 'read';
    return access === 'none' || granted === 'write' || granted === access;
  });
}

/** GitHub's words for a token that lacks a permission. */
export const refusalOf = (token: Token): string =>
  token.kind === 'job'
    ? 'Resource not accessible by integration'
    : 'Resource not accessible by personal access token';

/** What `x-accepted-github-permissions` says: sets separated by `;`, the members of one by `,`. */
export const acceptedPermissions = (needs: Needs): string =>
  needs
    .map((set) => {
      const members = Object.entries(set);
      return members.length === 0
        ? 'metadata=read'
        : members.map(([permission, access]) => `${permission.replaceAll('-', '_')}=${access}`).join(',');
    })
    .join('; ');
