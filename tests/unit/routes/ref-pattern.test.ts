import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInside, matchesRef, overlap } from '../../../src/domain/routes/ref-pattern.ts';

describe('a pattern of branches or tags', () => {
  it.each([
    ['main', 'main', true],
    ['main', 'main2', false],
    ['main', 'x/main', false],
    ['v*', 'v1.2.3', true],
    ['v*.*.*', 'v1.2.3-rc.1', true],
    ['v*.*.*-*', 'v1.2.3', false],
    ['v*', 'v1/2', false],
    ['feature/*', 'feature/cart', true],
    ['feature/*', 'feature/cart/two', false],
    ['feature/**', 'feature/cart/two', true],
    ['feature/**', 'feature', false],
    ['**', 'any/thing', true],
    ['*/stable', 'a/b/stable', false],
    ['**/stable', 'a/b/stable', true],
    ['a.c', 'abc', false],
    ['é*', 'été', true],
    ['é.*', 'été', false],
  ])('%s with %s: %s', (pattern, name, expected) => {
    expect(matchesRef(pattern, name)).toBe(expected);
  });

  it.each([
    ['main', '*', true],
    ['*', 'main', false],
    ['feature/*', 'feature/**', true],
    ['feature/**', 'feature/*', false],
    ['v*.*.*-*', 'v*.*.*', true],
    ['v*.*.*', 'v*.*.*-*', false],
    ['feature/**', '**', true],
    ['release/*', '*/stable', false],
    ['a*', 'a', false],
  ])('%s is inside %s: %s', (inner, outer, expected) => {
    expect(isInside(inner, outer)).toBe(expected);
  });

  it.each([
    ['release/*', '*/stable', true],
    ['a*', '*b', true],
    ['a*', 'b*', false],
    ['a**', '*/b', true],
    ['a*', '*/b', false],
    ['*', '**', true],
    ['main', 'main', true],
  ])('%s and %s share a name: %s', (one, other, expected) => {
    expect(overlap(one, other)).toBe(expected);
    expect(overlap(other, one)).toBe(expected);
  });

  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 6 });
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '/', '*', '**'), { maxLength: 6 })
    .map((parts) => parts.join('').replaceAll(/\*{3,}/g, '**'));

  it('matches as the regular expression that it stands for', () => {
    fc.assert(
      fc.property(pattern, letters, (given, name) => {
        const source = given.replaceAll(/\*{1,2}/g, (stars) => (stars === '**' ? '.*' : '[^/]*'));
        expect(matchesRef(given, name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is inside only what matches all its names, and shares every name that both match', () => {
    fc.assert(
      fc.property(pattern, pattern, letters, (one, other, name) => {
        if (!matchesRef(one, name)) return;
        if (isInside(one, other)) expect(matchesRef(other, name)).toBe(true);
        if (matchesRef(other, name)) expect(overlap(one, other)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('answers, however many stars stand in it', () => {
    const stars = 'a*'.repeat(100);
    expect(matchesRef(`${stars}c`, 'a'.repeat(200))).toBe(false);
    expect(overlap(`${stars}c`, `${'*a'.repeat(100)}b`)).toBe(false);
  });
});
