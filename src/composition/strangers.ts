import { type Configuration, PREVIEW } from '../domain/configuration.ts';
import { Failure } from '../domain/failure.ts';
import { judgePreview, judgeTrust } from '../domain/trust.ts';
import type { Runner } from '../runner/runner.ts';

const MERGE = 'Merge the change; the push to the default branch deploys it.';

/**
 * The plan judges how far a run may go. That strangers change no environment holds without a plan too, in
 * a workflow that calls the actions one by one; and a pull request changes none but its preview.
 *
 * @throws Failure PULL_REQUEST_TARGET, FORK_RUN, EVENT_UNTRUSTED, CHECKS_ONLY, NOT_A_PREVIEW
 */
export function refuseStrangers(
  { event }: Pick<Runner, 'event'>,
  configuration: Pick<Configuration, 'preview'>,
  environment: string,
): void {
  const trust = judgeTrust(event);
  const isPreview = configuration.preview !== undefined && environment === PREVIEW;
  if (trust.kind === 'enters' && !isPreview) return;
  if (trust.kind === 'refused') throw refusal(trust.reason, trust.why, trust.next);
  if (trust.kind === 'checks-only' && trust.isFork) throw refusal('FORK_RUN', trust.why, MERGE);
  if (isPreview) {
    const preview = judgePreview(event);
    if (preview.kind === 'deploys') return;
    throw refusal('NOT_A_PREVIEW', preview.why, 'Start the workflow on `pull_request`.');
  }
  if (event.name === 'pull_request') throw refusal('CHECKS_ONLY', trust.why, MERGE);
}

const refusal = (
  code: 'PULL_REQUEST_TARGET' | 'FORK_RUN' | 'EVENT_UNTRUSTED' | 'CHECKS_ONLY' | 'NOT_A_PREVIEW',
  why: string,
  next: string,
): Failure => new Failure(code, `This run may not change an environment: ${why}.`, next);
