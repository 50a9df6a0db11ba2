import { expect, it } from 'vitest';
import { readHotfixRecord } from '../../../src/domain/hotfix/settings.ts';

const RECORD = { branch: 'hotfix/cart', base: 'a'.repeat(40), skipped: ['soak'] };

it.each([RECORD, { ...RECORD, emergency: 'Checkout is down', approvedIn: 'production-hotfix' }])(
  'is handed from step to step: %j',
  (record) => {
    expect(readHotfixRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  },
);

it('is nothing for a normal release', () => {
  expect(readHotfixRecord(null)).toBeUndefined();
});

it.each([
  {},
  [],
  'hotfix',
  true,
  { ...RECORD, base: 'main' },
  { ...RECORD, skipped: 'soak' },
  { ...RECORD, skipped: [1] },
  { ...RECORD, branch: 1 },
  { ...RECORD, emergency: true },
])('is never guessed: %j', (value) => {
  expect(() => readHotfixRecord(value)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
});
