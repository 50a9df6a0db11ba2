import { StringToken } from '@actions/workflow-parser/templates/tokens/string-token';
import { expect, test } from 'vitest';
import {
  conditionOf,
  evaluateExpression,
  fromData,
  holds,
  statusFunctions,
} from '../../../rehearsal/executor/evaluate.ts';

const PAGE = 'https://docs.github.com/en/actions/reference/workflows-and-actions/expressions';

const contexts = {
  github: { event: { issue: { labels: [{ name: 'bug' }, { name: 'help' }] } }, ref: 'refs/heads/main' },
  env: { Name: 'Mona' },
  fruits: [
    { name: 'apple', quantity: 1 },
    { name: 'orange', quantity: 2 },
  ],
  vegetables: { scallions: { colors: ['green', 'red'] }, carrot: { colors: ['orange'] } },
};

/** Expression, its value, and the part of GitHub's page that says so. */
const ROWS: readonly (readonly [string, unknown, string])[] = [
  ['null', null, '#literals'],
  ['true', true, '#literals'],
  ['711', 711, '#literals'],
  ['-9.2', -9.2, '#literals'],
  ['0xff', 255, '#literals'],
  ['-2.99e-2', -0.0299, '#literals'],
  ["'It''s open source!'", "It's open source!", '#literals'],
  ["github['ref']", 'refs/heads/main', '#operators'],
  ['!false', true, '#operators'],
  ['1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3', true, '#operators'],
  ["'' == 0", true, '#operators'],
  ['null == 0', true, '#operators'],
  ['true == 1', true, '#operators'],
  ["'abc' == 0", false, '#operators'],
  ["'1' == 1", true, '#operators'],
  ["'ABC' == 'abc'", true, '#operators'],
  ["'a' || 'b'", 'a', '#operators'],
  ["false && 'x' || 'y'", 'y', '#example'],
  ["contains('Hello world', 'LLO')", true, '#contains'],
  ["contains(github.event.issue.labels.*.name, 'bug')", true, '#contains'],
  ['contains(fromJSON(\'["push", "pull_request"]\'), \'release\')', false, '#contains'],
  ["startsWith('Hello world', 'He')", true, '#startswith'],
  ["endsWith('Hello world', 'LD')", true, '#endswith'],
  ["format('Hello {0} {1} {2}', 'Mona', 'the', 'Octocat')", 'Hello Mona the Octocat', '#format'],
  ["format('{{Hello {0}}}', 'Mona')", '{Hello Mona}', '#format'],
  ["join(github.event.issue.labels.*.name, ', ')", 'bug, help', '#join'],
  ["join(fromJSON('[1,2]'))", '1,2', '#join'],
  ["toJSON('x')", '"x"', '#tojson'],
  ['fromJSON(\'{"a":{"b":[1,true]}}\').a.b[1]', true, '#fromjson'],
  ['fruits.*.name', ['apple', 'orange'], '#object-filters'],
  ['vegetables.*.colors', [['green', 'red'], ['orange']], '#object-filters'],
  ["case(false, 'a', true, 'b', 'c')", 'b', '#case'],
  ['github.nothing.at.all', null, '#literals'],
  ['ENV.name', 'Mona', '#operators'],
];

test.each(ROWS)(`%s is %j (${PAGE}%s)`, (expression, value) => {
  expect(fromData(evaluateExpression(expression, { contexts }))).toEqual(value);
});

test.each(['unknown.name', 'unknown()', 'contains(1)', "'open"])('%s is not an expression', (expression) => {
  expect(() => evaluateExpression(expression, { contexts })).toThrow();
});

const scope = (standing: 'success' | 'failure' | 'cancelled') => ({
  contexts,
  functions: statusFunctions({
    success: () => standing === 'success',
    failure: () => standing === 'failure',
    cancelled: () => standing === 'cancelled',
  }),
});

/** `if:`, and whether it holds after success, failure and cancel: PAGE#status-check-functions. */
test.each([
  ['', true, false, false],
  ['true', true, false, false],
  ["github.ref == 'refs/heads/main'", true, false, false],
  ['always()', true, true, true],
  ['failure()', false, true, false],
  ['cancelled()', false, false, true],
  ['!cancelled()', true, true, false],
  ['failure() || cancelled()', false, true, true],
  ['success() || failure()', true, true, false],
  ["!(failure() && true) && github.ref != ''", true, false, true],
  ["contains('always()', 'always')", true, false, false],
  ['fruits[failure()].name != null', true, true, true],
])('if: %s', (written, ...expected) => {
  const token = new StringToken(undefined, undefined, written, undefined);
  const standings = ['success', 'failure', 'cancelled'] as const;
  expect(standings.map((standing) => holds(conditionOf(token, scope(standing)), scope(standing)))).toEqual(
    expected,
  );
});
