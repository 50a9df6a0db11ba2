import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/config/nearest.ts';

const KEYS = ['lock-timeout', 'lock-budget', 'statement-timeout', 'run', 'needs', 'environments', 'url'];

describe('the nearest right name', () => {
  it.each([
    ['lockTimeout', 'lock-timeout'],
    ['LOCK_BUDGET', 'lock-budget'],
    ['enviroments', 'environments'],
    ['nedes', 'needs'],
    ['rnu', 'run'],
    ['ulr', 'url'],
  ])('of %s is %s', (written, meant) => {
    expect(nearest(written, KEYS)).toBe(meant);
  });

  it.each(['banana', 'x', '', 'timeout-statement'.repeat(20)])('of %j is none', (written) => {
    expect(nearest(written, KEYS)).toBeUndefined();
  });
});
