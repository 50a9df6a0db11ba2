import { Failure } from '../domain/failure.ts';
import { judgePreview } from '../domain/trust.ts';
import { createConversation } from '../github/comments.ts';
import type { Runner } from '../runner/runner.ts';
import { appVariables } from './app-variables.ts';
import { openConfiguration } from './configuration.ts';
import { connect, openLedger } from './ledger.ts';
import { openTarget } from './target.ts';

/**
 * What keeps the previews of this run's pull request, open or closed.
 *
 * @throws Failure PREVIEW_NOT_CONFIGURED, NOT_A_PREVIEW
 */
export async function openPreview(
  runner: Runner,
  inputs: {
    readonly config: string;
    readonly token: string;
    readonly 'database-url': string;
    readonly 'app-variables': string;
  },
) {
  const configuration = await openConfiguration(runner, inputs.config);
  const { preview: environment, environments, app } = configuration;
  const [first] = environments;
  if (!environment || !first) {
    throw new Failure(
      'PREVIEW_NOT_CONFIGURED',
      'airlock.yml has no `preview:`.',
      'Add `preview:` with a target that can show previews to airlock.yml.',
    );
  }
  const right = judgePreview(runner.event);
  if (right.kind === 'none') {
    throw new Failure(
      'NOT_A_PREVIEW',
      `This run may keep no preview: ${right.why}.`,
      'Start the workflow on `pull_request`, and run this only when `plan` says so.',
    );
  }
  // Masked from here on, also where the target is not opened.
  appVariables(runner, inputs);
  return {
    ...runner,
    app,
    environment,
    first,
    pullRequest: right.pullRequest,
    ledger: openLedger(runner, inputs.token),
    conversation: createConversation(connect(runner, inputs.token, runner.signal)),
    openTarget: () => openTarget(runner, configuration, environment, inputs),
  };
}
