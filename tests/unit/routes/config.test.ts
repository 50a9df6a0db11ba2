import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';
import { ConfigurationFailure } from '../../../src/config/problem.ts';
import { standardRoutes } from '../../../src/domain/routes/settings.ts';
import { targets } from '../config/targets.ts';

const THREE = ['development', 'staging', 'production'];

const parse = (routes: string, names: readonly string[] = THREE) =>
  parseConfiguration(
    new TextEncoder().encode(
      `version: 1\napp: a\nbuild: { output: dist }\nenvironments: { ${names.map((name, index) => `${name}: { target: { local: { port: ${index + 1} } } }`).join(', ')} }\n${routes}\n`,
    ),
    '.github/airlock.yml',
    targets,
  ).routes;

function problemsOf(routes: string): readonly string[] {
  try {
    parse(routes);
  } catch (error) {
    if (!(error instanceof ConfigurationFailure)) throw error;
    return error.problems.map(({ at, message }) => `${at.line}:${at.column} ${message}`);
  }
  return [];
}

describe('the routes key', () => {
  it('has a default for everything, and each stands for itself', () => {
    const standard = standardRoutes(THREE);
    expect(parse('')).toEqual(standard);
    expect(parse('routes: { default-branch: production }')).toEqual({
      ...standard,
      defaultBranch: 'production',
    });
    expect(parse("routes: { tags: { 'v*': staging } }")).toEqual({
      ...standard,
      tags: [{ pattern: 'v*', to: 'staging' }],
    });
    expect(parse('routes: { manual: none, default-branch: none, branches: {} }')).toEqual({
      ...standard,
      manual: undefined,
      defaultBranch: undefined,
      branches: [],
    });
    expect(parse('routes: { comment: [development, staging] }').comment).toEqual(['development', 'staging']);
  });

  it.each([
    [
      'routes: { default-branch: prodction }',
      '5:27 there is no environment `prodction`; did you mean `production`?',
    ],
    ['routes: { branches: { x: nowhere } }', '5:26 there is no environment `nowhere`'],
    ['routes: { tags: { v1: stagign } }', '5:23 there is no environment `stagign`; did you mean `staging`?'],
    ['routes: { comment: [none] }', '5:21 there is no environment `none`'],
    ['routes: { manual: preview }', '5:19 there is no environment `preview`'],
    [
      'routes: { branch: { x: staging } }',
      '5:11 `routes.branch` is not a known key; did you mean `branches`?',
    ],
    [
      "routes: { branches: { 'release/*': staging, '*/stable': production } }",
      '5:45 `*/stable` and `release/*` match some of the same names and lead to different environments, and neither is the narrower one',
    ],
    [
      'routes: { manual: staging, comment: [staging, production] }',
      '5:47 a comment starts a run by hand, and `routes.manual` does not let one into `production`',
    ],
    [
      'routes: { branches: { refs/heads/main: staging } }',
      '5:23 the name `refs/heads/main` must be the name of a branch alone, without `refs/…/`',
    ],
    [
      "routes: { branches: { '!main': staging } }",
      '5:23 the name `!main` must not start with `!`: what goes nowhere leads to `none`',
    ],
  ])('%s: says what is wrong where', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it.each([
    'a b',
    'a..b',
    'a~1',
    'x^',
    'a:b',
    'v?',
    'v[0-9]',
    'a//b',
    '/a',
    'a/',
    '.a',
    'a/.b',
    'x.lock',
    'a***',
    '@',
    '-x',
  ])('takes no pattern that matches nothing: %s', (pattern) => {
    for (const key of ['branches', 'tags'])
      expect(problemsOf(`routes: { ${key}: { '${pattern}': staging } }`).join()).toContain(
        'cannot match any',
      );
  });

  it('lets patterns share names that lead to the same place, or of which one is the narrower', () => {
    expect(problemsOf("routes: { branches: { 'release/*': staging, '*/stable': staging } }")).toEqual([]);
    expect(
      problemsOf(
        "routes: { branches: { '**': development, 'release/**': staging, 'release/*': production } }",
      ),
    ).toEqual([]);
  });
});
