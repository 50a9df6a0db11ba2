import { join } from 'node:path';
import type { LocalSettings } from '../../src/targets/local/settings.ts';
import { stopLocalEnvironment } from '../../src/targets/local/stop.ts';
import { planFault } from '../faults/plan-fault.ts';
import type { RehearsalTarget } from './rehearsal-target.ts';

/** The target that needs nothing: its daemons and proxies run here anyway, with their state in our folder. */
export const local: RehearsalTarget = {
  id: 'local',
  async open({ app, folder, port: claim }) {
    const state = join(folder, 'state');
    const placed: string[] = [];
    return {
      deploymentHeader: 'x-airlock-deployment',
      async place({ name, settings }) {
        const { port: wanted } = (settings ?? {}) as Partial<LocalSettings>;
        const port = await claim(wanted);
        placed.push(name);
        return {
          settings: { port, state },
          address: `http://127.0.0.1:${port}`,
          secrets: {},
          variables: {},
          notes:
            wanted === undefined || port === wanted
              ? []
              : [`port ${wanted} of ${name} is taken: ${port} is used instead`],
        };
      },
      planFault,
      async close() {
        await Promise.all(placed.map((environment) => stopLocalEnvironment({ app, environment, state })));
      },
    };
  },
};
