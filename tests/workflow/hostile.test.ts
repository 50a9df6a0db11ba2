import { beforeAll, expect, test } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import {
  type Attempt,
  byBranch,
  byComment,
  byHand,
  byTag,
  COMMAND_CALLER,
  harmBy,
  KEY,
  TEXTS,
} from '../../rehearsal/world/injections.ts';
import { ledger, live, scene } from './scene.ts';

const world = scene();
const ROLLBACK = '.github/workflows/rollback.yml';
let caller: CallerRepository;
let tried = 0;

beforeAll(async () => {
  caller = await world.open({
    environments: ['production'],
    files: COMMAND_CALLER,
    secrets: { KEY },
  });
  caller.pulls.configure({ collaborators: { grace: 'write' } });
  await (await caller.start()).done;
});

/** Nothing was run, nothing was believed, and nothing is markup. */
async function expectHarmless(attempt: Attempt): Promise<void> {
  expect(await harmBy(attempt, caller)).toEqual([]);
  tried += attempt.strings;
}

test('in the names of a branch and a tag, a commit message and an actor', async () => {
  const branch = await byBranch(caller);
  expect(branch.conclusion).toBe('success');
  expect(await live(caller, 'production')).toBe('1.0.0');
  await expectHarmless(branch);
  const tag = await byTag(caller);
  expect(tag.conclusion).toBe('success');
  await expectHarmless(tag);
});

test('in the reason and the version that a person gives by hand', async () => {
  const inputs = { environment: 'production', to: '' };
  const nowhere = await byHand(caller, ROLLBACK, inputs, ['to', 'reason']);
  expect(nowhere.conclusion).toBe('failure');
  expect(nowhere.run.text()).toContain('[TARGET_UNKNOWN]');
  await expectHarmless(nowhere);

  const back = await byHand(caller, ROLLBACK, inputs, ['reason']);
  expect(back.conclusion).toBe('success');
  await expectHarmless(back);
  // It is kept as it was written: data, and nothing but data.
  expect(caller.ledger('production')[0]?.payload.reason).toBe(TEXTS.join('\n'));
  expect(ledger(caller, 'production').at(-1)).toMatch(/^rollback 0\.1\.0-0\.dev\.\S+: success/);
});

test('in comments that give commands', async () => {
  for (const comment of await byComment(caller, world.github, 'grace')) {
    expect(comment.conclusion, comment.run.text()).toBe('success');
    expect(comment.run.text()).toContain('production is locked');
    await expectHarmless(comment);
  }
  console.log(`${tried} injection strings tried, none executed.`);
});
