import { describe, test } from 'vitest';
import { drawn } from './sample.ts';

/** Whole ways that take a quarter of a minute each: what they go through, the layers below try at every push. */
const isTurn = drawn(
  [
    'control',
    'kill',
    'hotfix by bundle',
    'hotfix owed',
    'hotfix beside another',
    'hotfix in an emergency',
    'rehearsal rejected',
    'rehearsal fault',
    'rehearsal freeze',
    'rehearsal by comment',
    'killed on Vercel',
    'cancelled on Vercel',
    'preview',
    'rollback',
    'rolling',
    'another owner',
    'newer ask',
    'emergency by comment',
    'tag',
    'lane again',
    'lane order',
  ],
  1,
);

/** `test` of a way whose turn may be another time. A file with none to run has hooks that do nothing either. */
export const inTurn = (way: Parameters<typeof isTurn>[0]) => test.runIf(isTurn(way));

/** The same for tests that go on from each other. */
export const describeInTurn = (way: Parameters<typeof isTurn>[0]) => describe.runIf(isTurn(way));
