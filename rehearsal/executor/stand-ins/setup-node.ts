import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { readInputs, type StandIn } from './stand-in.ts';

const run = promisify(execFile);

/** actions/setup-node: puts the Node that runs the actions first in PATH, whatever version is asked for. */
export const setupNode: StandIn = async (use) => {
  const { job } = use;
  const asked = readInputs(use, 'actions/setup-node');
  const { stdout } = await run(job.request.node24, ['--version']);
  const wanted = asked['node-version'] || asked['node-version-file'] || 'the default';
  job.path.unshift(dirname(job.request.node24));
  use.run.outputs['node-version'] = stdout.trim();
  use.run.outputs['cache-hit'] = 'false';
  job.journal.standIn(
    use.run.ref,
    use.action,
    `Node ${stdout.trim()} first in PATH (asked for: ${wanted}); no cache`,
  );
  return 'success';
};
