import { Failure } from '../../../src/domain/failure.ts';
import { defineContract } from '../../../src/runner/contract.ts';
import { runAction } from '../../../src/runner/run-action.ts';

/** An action that gets half of its work done. `HOW` says what happens then. */
const contract = defineContract({
  name: 'reporting',
  title: 'Reports as it goes',
  description: 'Only for tests.',
  inputs: {},
  outputs: { half: { description: 'What was done.' }, whole: { description: 'Only known at the end.' } },
  permissions: {},
  refusals: {},
  post: false,
});

await runAction(contract, async (_inputs, runner, report) => {
  report({ half: 'first' });
  report({ half: 'first and second' });
  const how = runner.variables.HOW;
  if (how === 'killed') process.kill(process.pid, 'SIGKILL');
  if (how === 'failed') throw new Failure('HALF_DONE', 'The other half failed.', 'Look.');
  return { kind: 'done', headline: 'done', outputs: { half: 'all', whole: 'yes' }, summary: '' };
});
