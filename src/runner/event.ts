import { readFileSync } from 'node:fs';
import type { WorkflowEvent } from '../domain/event.ts';
import { Failure } from '../domain/failure.ts';

/**
 * What started this run, from the runner's variables and its event file.
 *
 * @throws Failure NOT_IN_A_RUN when a variable that every runner sets is not there
 */
export function readEvent(variables: NodeJS.ProcessEnv): WorkflowEvent {
  const read = (name: string): string => {
    const value = variables[name];
    if (value !== undefined && value !== '') return value;
    throw new Failure(
      'NOT_IN_A_RUN',
      `${name} is not set, so this is not a GitHub Actions job.`,
      'Run the action in a workflow, or the whole pipeline on this machine with `npm run rehearse`.',
    );
  };
  const [owner = '', name = ''] = read('GITHUB_REPOSITORY').split('/');
  const id = read('GITHUB_RUN_ID');
  return {
    name: read('GITHUB_EVENT_NAME'),
    repository: { owner, name },
    ref: read('GITHUB_REF'),
    refType: variables.GITHUB_REF_TYPE === 'tag' ? 'tag' : 'branch',
    sha: read('GITHUB_SHA'),
    actor: read('GITHUB_ACTOR'),
    triggeringActor: variables.GITHUB_TRIGGERING_ACTOR || read('GITHUB_ACTOR'),
    run: {
      id,
      attempt: Number(variables.GITHUB_RUN_ATTEMPT || '1'),
      url: `${read('GITHUB_SERVER_URL')}/${owner}/${name}/actions/runs/${id}`,
    },
    payload: readPayload(read('GITHUB_EVENT_PATH')),
  };
}

function readPayload(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    // Without the payload a fork cannot be told from the repository itself.
    throw new Failure(
      'EVENT_UNREADABLE',
      'The event file of this run could not be read as JSON.',
      'Run the job again; if it stays, the runner is broken.',
      { cause },
    );
  }
}
