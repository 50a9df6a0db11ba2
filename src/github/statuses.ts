import type { GitHub } from './api.ts';
import type { IsOwn } from './identity.ts';

const PAGE = 100;

/** The newest status of a deployment that Airlock itself put on it. Asked only where somebody else did so since. */
export async function newestOwnStatus(
  github: GitHub,
  number: number,
  isOwn: IsOwn,
): Promise<{ readonly state: string; readonly createdAt: string } | undefined> {
  const all = await github.paginate('GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
    owner: github.repository.owner,
    repo: github.repository.name,
    deployment_id: number,
    per_page: PAGE,
  });
  const own = all.filter(({ creator }) => isOwn(creator?.login ?? ''));
  // By number: several may be of one second.
  const newest = own.toSorted((one, other) => Number(other.id) - Number(one.id))[0];
  return newest && { state: newest.state, createdAt: newest.created_at };
}
