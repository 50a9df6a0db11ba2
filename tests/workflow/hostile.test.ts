import { globSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import type { WatchedRun } from '../../rehearsal/world/watched-run.ts';
import { finish, ledger, live, scene } from './scene.ts';

const world = scene();
let caller: CallerRepository;

/** What git allows in the name of a branch or tag: no spaces, no colons. */
const NAME = 'x`touch${IFS}pwned`$(touch${IFS}pwned)"<img/src=x/onerror=alert(1)>|__b__;touch$IFS`pwned`';
/** What a person can write in a text. */
const TEXT = [
  '$(touch pwned) `touch pwned` "; touch pwned; \'',
  '::set-output name=version::6.6.6',
  '::error::forged annotation',
  '::add-mask::production',
  '##[error]forged line',
  '${{ secrets.KEY }} ${{ github.token }} | cell | <img src=x onerror=alert(1)> </details><h1>big</h1>',
  '![x](https://evil.test/x.png) [y](javascript:alert(1)) **bold** @everyone',
].join('\n');
const ACTOR = 'mallory<img src=x>$(touch pwned)`touch pwned`|**b**';

beforeAll(async () => {
  caller = await world.open({ environments: ['production'], secrets: { KEY: 'a-secret-of-the-repository' } });
  await (await caller.start()).done;
});

/** Nothing was run, nothing was believed, and nothing is markup. */
async function expectHarmless(run: WatchedRun): Promise<void> {
  expect(globSync(['**/pwned*', '**/.*/**/pwned*'], { cwd: caller.root })).toEqual([]);
  const annotations = run.events.filter((event) => event.type === 'annotation');
  expect(annotations.filter(({ message }) => /^forged/.test(message))).toEqual([]);
  expect(JSON.stringify((await run.done).jobs)).not.toContain('6.6.6');
  const markup = run
    .summaries()
    // What stands in code, or behind a backslash, is shown as it is.
    .replaceAll(/<(code|pre)>[^<]*<\/\1>/g, '')
    .replaceAll(/```mermaid\n[\s\S]*?```/g, '')
    .replaceAll(/\\[\s\S]/g, '');
  expect(markup).not.toMatch(/<img|<h1|<\/details><h1|\]\(javascript|!\[x\]|__b__|\*\*b\*\*|\*\*bold\*\*/);
  for (const [, diagram = ''] of run.summaries().matchAll(/```mermaid\n([\s\S]*?)```/g))
    expect(diagram).not.toMatch(/<img|`/);
  expect(run.text()).not.toContain('a-secret-of-the-repository');
}

test('in the names of a branch and a tag, a commit message and an actor', async () => {
  await caller.git('checkout', '--quiet', '-b', NAME);
  await caller.commit(TEXT, { 'behaviour.json': '{ }' });
  await caller.git('tag', NAME);
  await caller.git('tag', 'v1.0.0');
  const byBranch = await finish(
    await caller.start({ event: 'workflow_dispatch', ref: `refs/heads/${NAME}`, actor: ACTOR }),
  );
  expect(byBranch.conclusion).toBe('success');
  expect(await live(caller, 'production')).toBe('1.0.0');
  await expectHarmless(byBranch);
  const byTag = await finish(
    await caller.start({
      ref: `refs/tags/${NAME}`,
      actor: ACTOR,
      payload: { head_commit: { message: TEXT } },
    }),
  );
  expect(byTag.conclusion).toBe('success');
  await expectHarmless(byTag);
});

test('in the reason and the version that a person gives by hand', async () => {
  const goBack = async (to: string) =>
    finish(
      await caller.start({
        workflowPath: '.github/workflows/rollback.yml',
        event: 'workflow_dispatch',
        actor: ACTOR,
        inputs: { environment: 'production', to, reason: TEXT },
      }),
    );
  const nowhere = await goBack(TEXT);
  expect(nowhere.conclusion).toBe('failure');
  expect(nowhere.text()).toContain('[TARGET_UNKNOWN]');
  await expectHarmless(nowhere);

  const back = await goBack('');
  expect(back.conclusion).toBe('success');
  await expectHarmless(back);
  // It is kept as it was written: data, and nothing but data.
  expect(caller.ledger('production')[0]?.payload.reason).toBe(TEXT);
  expect(ledger(caller, 'production').at(-1)).toMatch(/^rollback 0\.1\.0-0\.dev\.\S+: success/);
});
