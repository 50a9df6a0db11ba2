import type { Observed } from '../../domain/deployment.ts';
import { Failure } from '../../domain/failure.ts';
import type { Look, Target, TargetHost, TargetProvider } from '../../ports/target.ts';
import { vercelAccessHeaders } from './access.ts';
import { activateOnVercel } from './activate.ts';
import { type ContextOptions, openContext } from './context.ts';
import { findStaged } from './deployments.ts';
import { type Lookout, openLookout } from './lookout.ts';
import { driftOf, observedFrom } from './observe.ts';
import { retireOnVercel } from './retire.ts';
import { type VercelSettings, vercelCapabilities, vercelSettings } from './settings.ts';
import { stageOnVercel } from './stage.ts';
import { standingTruth } from './standing.ts';

const NEVER = new AbortController().signal;

/** Environments on Vercel: one project, with its production, its previews and its custom environments. */
export function createVercelTarget(options: ContextOptions = {}): TargetProvider<VercelSettings> {
  return {
    id: 'vercel',
    settings: vercelSettings,
    can: vercelCapabilities,
    connect: async (settings, host) => openTarget(settings, host, options),
  };
}

function openTarget(settings: VercelSettings, host: TargetHost, options: ContextOptions): Target {
  const context = openContext(settings, host, options);
  const lookout = openLookout(context);
  const observe = observer(lookout);
  return {
    // Vercel gives a custom environment's domains to each new deployment.
    stagesLive: context.environment.kind === 'custom',
    observe: (look) => untilCancelled(look?.signal, () => observe(look)),
    stage: (request, signal) =>
      untilCancelled(signal, async () => {
        const staged = await stageOnVercel(context, request, signal);
        const { deployments } = observedFrom(lookout, await lookout.truth(signal));
        return deployments.find(({ id }) => id === staged.id) ?? staged;
      }),
    activate: (id, weight, signal, course) =>
      untilCancelled(signal, () => activateOnVercel(lookout, id, weight, signal, course)),
    retire: (id, signal) => untilCancelled(signal, () => retireOnVercel(lookout, id, signal)),
    access: (signal) => untilCancelled(signal, () => vercelAccessHeaders(context, signal)),
  };
}

/** Looks, and names each thing once that is not as Airlock left it. */
function observer(lookout: Lookout): (look?: Look) => Promise<Observed> {
  const named = new Set<string>();
  return async (look = {}) => {
    const truth = await standingTruth(lookout, look);
    for (const drift of driftOf(lookout, truth)) {
      if (!named.has(drift)) lookout.context.host.log.warning(drift);
      named.add(drift);
    }
    const known = new Set(truth.deployments.map(({ id }) => id));
    const asked = await Promise.all(
      (look.releases ?? []).map((release) => findStaged(lookout.context, release, look.signal ?? NEVER)),
    );
    const more = asked.flat().filter(({ id }) => !known.has(id));
    return observedFrom(lookout, { ...truth, deployments: [...more, ...truth.deployments] });
  };
}

async function untilCancelled<Result>(
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    signal?.throwIfAborted();
    return await work();
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new Failure(
      'CANCELLED',
      'The run was cancelled.',
      'Run it again: it goes on from where Vercel stands.',
      { cause: error },
    );
  }
}
