import { expect, test } from 'vitest';
import { describeHotfix } from '../../../src/domain/hotfix/describe.ts';
import type { HotfixRecord } from '../../../src/domain/hotfix/settings.ts';
import { promoteDeployment, stage } from '../cycle/steps.ts';
import { createWorld, release } from '../cycle/world.ts';

const RECORD: HotfixRecord = { branch: 'hotfix/cart', base: 'a'.repeat(40), skipped: ['soak', 'check e2e'] };

async function goLive(hotfix: unknown) {
  const world = createWorld();
  const warnings: string[] = [];
  const loud = { ...world, log: { ...world.log, warning: (text: string) => warnings.push(text) } };
  const of = release('1.0.1');
  const staged = await stage(loud, of);
  const deployment = staged.outputs['deployment-id'] ?? '';
  const outcome = await promoteDeployment(loud, of, deployment, 'pass', [], hotfix);
  const notes = (await world.ledger.entries('production', 10)).map(({ payload }) => payload.hotfix);
  return { outcome, warnings, notes };
}

test('what goes live as a hotfix is called so, with all that it went by', async () => {
  const { outcome, warnings, notes } = await goLive(RECORD);
  expect(outcome.headline).toBe(
    '1.0.1 is live in production as a hotfix of hotfix/cart, without soak, check e2e',
  );
  expect(outcome.summary).toContain('<code>hotfix/cart</code>');
  expect(outcome.summary).toContain('<code>soak</code>, <code>check e2e</code>');
  expect(notes[0]).toEqual(RECORD);
  expect(warnings).toEqual([]);
});

test('an emergency warns, and is called one', async () => {
  const { outcome, warnings } = await goLive({
    ...RECORD,
    skipped: [],
    emergency: 'Checkout <b>is</b> down',
  });
  expect(outcome.headline).toMatch(/as an emergency of hotfix\/cart, Checkout <b>is<\/b> down$/);
  expect(outcome.summary).toContain('| **Emergency** | Checkout &lt;b&gt;is&lt;/b&gt; down |');
  expect(warnings).toEqual([
    '1.0.1 goes live in production as an emergency of hotfix/cart, Checkout <b>is</b> down',
  ]);
});

test('a normal release is called nothing', async () => {
  const { outcome, warnings } = await goLive(null);
  expect(outcome.headline).toBe('1.0.1 is live in production');
  expect(warnings).toEqual([]);
});

test('a hotfix without anything skipped is a hotfix', () => {
  expect(describeHotfix({ branch: 'hotfix/x', skipped: [] })).toBe('as a hotfix of hotfix/x');
});
