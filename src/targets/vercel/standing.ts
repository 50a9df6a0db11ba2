import { Failure } from '../../domain/failure.ts';
import type { Lookout, Truth } from './lookout.ts';
import { PATIENCE, until } from './patience.ts';
import { isUnderWay } from './project-state.ts';

/**
 * The truth that lasts: while Vercel moves production, what stands now is about to go, and who decided by it
 * would find "nothing to undo" where a promote that was cut short is still on its way.
 *
 * @throws Failure VERCEL_NOT_CONFIRMED where the move does not end, or as `VercelApi.send`
 */
export async function standingTruth(lookout: Lookout, signal: AbortSignal): Promise<Truth> {
  const { context } = lookout;
  const seen = await lookout.truth(signal);
  const moves = ({ project }: Pick<Truth, 'project'>) => isUnderWay(project.lastAliasRequest);
  if (context.environment.kind !== 'production' || !moves(seen)) return seen;
  context.host.log.info('Vercel is moving production to another deployment. Waiting until that is over …');
  const over = await until(context.host.clock, PATIENCE.aliases, signal, async () =>
    moves(await lookout.moment(signal)) ? undefined : true,
  );
  if (over) return lookout.truth(signal);
  throw new Failure(
    'VERCEL_NOT_CONFIRMED',
    'Vercel is moving production to another deployment, and does not come to an end: what is live cannot be told.',
    'Look at the project’s page and at https://www.vercel-status.com; go back there if visitors are harmed, and run the job again.',
  );
}
