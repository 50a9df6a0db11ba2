import { expect, test } from 'vitest';
import { finish, scene } from './scene.ts';

const world = scene();

const CALL = '.github/workflows/doctor.yml';
const CALLER = `on: workflow_dispatch
permissions: {}
jobs:
  airlock:
    uses: airlock-actions/airlock/.github/workflows/doctor.yml@v1
    permissions: { contents: read, actions: read }
    secrets: inherit
`;

test('the doctor looks with the token it is given, and says what it cannot tell without one', async () => {
  const token = world.github.mintUserToken('grace');
  const [told, blind] = await Promise.all(
    [{ DOCTOR_TOKEN: token }, {}].map(async (secrets) => {
      const caller = await world.open({ secrets });
      await caller.commit('Ask the doctor', { [CALL]: CALLER });
      return finish(await caller.start({ workflowPath: CALL, event: 'workflow_dispatch' }));
    }),
  );
  // A new repository is open, and both see that its production asks nobody.
  for (const run of [told, blind]) {
    expect(run?.conclusion).toBe('failure');
    expect(run?.text()).toContain('[DOCTOR_FOUND_OPEN]');
    expect(run?.text()).toContain('environment-reviewers');
  }
  expect(blind?.text()).toContain('it lacks `administration: read`');
  expect(told?.text()).not.toContain('administration: read');
  expect(told?.text()).not.toContain(token);
});
