import { type Call, notFound, Refusal } from './call.ts';
import {
  type Account,
  type Deployment,
  deploymentOfName,
  type Project,
  type State,
  type Token,
} from './state.ts';

/** The token that a request carries. Both answers are what api.vercel.com gives: 403, told apart by a flag. */
export function authenticate(state: State, header: string | null): Token {
  const secret = /^bearer (.+)$/i.exec(header ?? '')?.[1];
  if (secret === undefined)
    throw new Refusal(403, 'forbidden', 'The request is missing an authentication token', {
      missingToken: true,
    });
  const token = state.tokens.get(secret);
  if (token === undefined || token.revoked)
    throw new Refusal(403, 'forbidden', 'Not authorized', { invalidToken: true });
  return token;
}

/** The account that a request is about: the team it names, or else the token's own. */
export function accountOf(state: State, token: Token, query: Readonly<Record<string, string>>): Account {
  const { teamId, slug } = query;
  if (teamId === undefined && slug === undefined)
    return token.scope === 'full' ? state.person : ownAccount(state, token);
  const team = [...state.accounts.values()].find((one) =>
    teamId === undefined ? one.slug === slug : one.id === teamId,
  );
  if (team === undefined) throw new Refusal(404, 'team_not_found', 'The specified team does not exist');
  if (token.scope !== 'full' && token.account !== team.id)
    throw new Refusal(
      403,
      'forbidden',
      `Not authorized: Trying to access resource under scope "${team.slug}". You must re-authenticate to this scope or use a token with access to this scope.`,
      { scope: team.slug },
    );
  return team;
}

function ownAccount(state: State, token: Exclude<Token, { scope: 'full' }>): Account {
  const account = state.accounts.get(token.account);
  if (account === undefined) throw new Error(`The fake Vercel has no account ${token.account}.`);
  return account;
}

type Scoped = Pick<Call, 'state' | 'account' | 'token'>;

/** The project of that name or id in the account. Another account's is not there; another than the token's is forbidden. */
export function findProject({ state, account, token }: Scoped, idOrName: string): Project {
  const found = [...state.projects.values()].find(
    (one) => one.account === account && (one.id === idOrName || one.name === idOrName),
  );
  if (found === undefined) throw notFound('Project not found');
  refuseOtherProject(token, found);
  return found;
}

export const projectOf = (call: Pick<Call, 'state' | 'account' | 'token' | 'path'>): Project =>
  findProject(call, call.path.project ?? '');

/** The deployment of that id, address or name. */
export function findDeployment({ state, account, token }: Scoped, idOrUrl: string): Deployment {
  const name = idOrUrl.replace(/^https?:\/\//, '').replace(/\/$/, '');
  const found =
    state.deployments.get(idOrUrl) ??
    [...state.deployments.values()].find((one) => one.url === name) ??
    deploymentOfName(state, name);
  if (found === undefined || found.project.account !== account)
    throw notFound(`The deployment "${idOrUrl}" could not be found`);
  refuseOtherProject(token, found.project);
  return found;
}

export function refuseOtherProject(token: Token, project: Project): void {
  if (token.scope === 'project' && token.project !== project.id)
    throw new Refusal(403, 'forbidden', 'Not authorized: this token has no access to this project');
}
