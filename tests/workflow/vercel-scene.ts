import { expect, onTestFinished, vi } from 'vitest';
import { type Load, startLoad } from '../../rehearsal/services/load.ts';
import { isVercel, type OpenVercel } from '../../rehearsal/targets/vercel.ts';
import type { DeploymentView, ProjectHandle } from '../../rehearsal/vercel/fake-vercel.ts';
import type { CallerRepository, CallerRequest } from '../../rehearsal/world/caller-repository.ts';
import { QUAY, type Scene } from './scene.ts';

/** A caller with a site on Vercel: production alone, where nothing else is said. */
export async function openSite(
  world: Scene,
  request: Partial<CallerRequest> = {},
): Promise<CallerRepository> {
  const caller = await world.open({ app: QUAY, environments: ['production'], ...request });
  // Builds that take their time are held to more in the tests of the target.
  vercelOf(caller).fake.pace.build = 0;
  return caller;
}

/** The stand-in that a caller's production is on, and its project. */
export function vercelOf(caller: CallerRepository): OpenVercel & { readonly project: ProjectHandle } {
  const target = caller.places.production?.target;
  if (target === undefined || !isVercel(target)) throw new Error('production is not on Vercel');
  const project = target.projects.get('quay');
  if (project === undefined) throw new Error('there is no project quay');
  return { ...target, project };
}

/** What Vercel was asked to change since now, and did: its operations, in order. */
export function changesFromNow(caller: CallerRepository): () => readonly string[] {
  const { requests } = vercelOf(caller).fake;
  const from = requests.length;
  return () =>
    requests
      .slice(from)
      .filter(({ method, status }) => method !== 'GET' && status < 400)
      .map(({ operation }) => operation);
}

export const deploymentsOf = (caller: CallerRepository, version: string): readonly DeploymentView[] =>
  vercelOf(caller)
    .project.deployments()
    .filter(({ meta }) => meta.airlockVersion === version);

/** Lets Vercel do what it is asked for, and never say so. Resolves when it was asked. */
export async function unanswered(caller: CallerRepository, match: string, skip = 0): Promise<void> {
  const { faults } = vercelOf(caller).fake;
  const before = faults.hit;
  faults.next({ match, skip, answer: 'timeout', when: 'after' });
  await vi.waitFor(() => expect(faults.hit).toBe(before + 1), { timeout: 30_000, interval: 10 });
}

/** Visitors of production, at most until the test ends. */
export function visitors(caller: CallerRepository): Load {
  const place = caller.places.production;
  const load = startLoad({
    url: `${place?.address}/version`,
    clients: 3,
    pauseMs: 25,
    countBy: place?.target.deploymentHeader ?? '',
  });
  onTestFinished(async () => void (await load.stop()));
  return load;
}
