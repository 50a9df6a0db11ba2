import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PatternError, parsePattern, patternSource } from '../../src/domain/pattern.ts';

const { pattern } = fc.letrec<{ pattern: string; atom: string; repeated: string; group: string }>((tie) => ({
  atom: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('a', 'b', '-', ' ', 'é', '😀') },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        '.',
        '\\d',
        '\\w',
        '\\S',
        '[ab]',
        '[^a]',
        '[a-c\\]]',
        '\\.',
        '\\n',
        '\\u0061',
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom('^', '$', '\\b', '\\B', '') },
    { weight: 3, arbitrary: tie('group') },
  ),
  group: fc.tuple(fc.constantFrom('(', '(?:'), tie('pattern')).map(([open, inside]) => `${open}${inside})`),
  repeated: fc
    .tuple(tie('atom'), fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '{2}', '{0,2}', '{1,}', '{0}'))
    // An edge cannot be repeated in JavaScript's syntax, and nothing cannot either.
    .map(([atom, sign]) => (/^(\^|\$|\\b|\\B|)$/i.test(atom) ? atom : atom + sign)),
  pattern: fc
    .array(fc.array(tie('repeated'), { maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((options) => options.map((parts) => parts.join('')).join('|')),
}));
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', '-', ' ', '\n', '.', ']', 'é', '😀', '1'),
  maxLength: 8,
});

test('agrees with the engine of JavaScript on every pattern both know', () => {
  const seed = Number(process.env.SEED ?? Date.now() & 0x7fffffff);
  console.log(`seed ${seed}`);
  fc.assert(
    fc.property(pattern, text, (source, sample) => {
      fc.pre(source.length <= 200);
      // V8 finds a \B between the two halves of one character, where there is no place to be.
      fc.pre(!(source.includes('\\B') && sample.includes('😀')));
      let mine: boolean;
      try {
        mine = parsePattern(source).test(sample);
      } catch (error) {
        if (error instanceof PatternError && error.message.includes('too much')) return;
        throw error;
      }
      expect(mine, `/${source}/ on ${JSON.stringify(sample)}`).toBe(new RegExp(source, 'u').test(sample));
    }),
    { numRuns: 2_000, seed },
  );
});

test.each([
  ['(a+)+$', `${'a'.repeat(20_000)}b`],
  ['^(a|a)*$', `${'a'.repeat(20_000)}b`],
  ['^(.*,){12}x', '1,'.repeat(10_000)],
  ['a*a*a*a*a*b', 'a'.repeat(20_000)],
])('/%s/ comes to its end on a text that a backtracking engine would not leave', (source, sample) => {
  expect(parsePattern(source).test(sample)).toBe(false);
});

test.each([
  ['a(?=b)', '(?='],
  ['(?<!a)b', '(?<!'],
  ['(a)\\1', '\\1'],
  ['(?<word>a)', '(?<word>'],
  ['(unclosed', 'Invalid regular expression'],
  ['x'.repeat(501), 'longer than 500'],
  ['((a{99}){99}){99}', 'repeats too much'],
  ['a{2000000000}', 'repeats too much'],
])('refuses /%s/ in words', (source, words) => {
  expect(() => parsePattern(source)).toThrow(PatternError);
  expect(() => parsePattern(source)).toThrow(words);
});

test('only text between two slashes is a pattern', () => {
  expect(patternSource('/^a\\/b$/')).toBe('^a\\/b$');
  for (const plain of ['', '/', '//', '/login', 'a/b/']) expect(patternSource(plain)).toBeUndefined();
});
