import { Failure } from '../domain/failure.ts';
import { judgeTrust } from '../domain/trust.ts';
import type { Runner } from '../runner/runner.ts';

/**
 * The plan judges how far a run may go. That strangers change no environment holds without a plan too, in
 * a workflow that calls the actions one by one.
 *
 * @throws Failure PULL_REQUEST_TARGET, FORK_RUN, EVENT_UNTRUSTED
 */
export function refuseStrangers({ event }: Pick<Runner, 'event'>): void {
  const trust = judgeTrust(event);
  if (trust.kind === 'enters' || (trust.kind === 'checks-only' && !trust.isFork)) return;
  const { reason, next } =
    trust.kind === 'refused'
      ? trust
      : { reason: 'FORK_RUN', next: 'Merge the change; the push to the default branch deploys it.' };
  throw new Failure(reason, `This run may not change an environment: ${trust.why}.`, next);
}
