import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCaller, startOf } from '../../../rehearsal/cli/caller.ts';
import { type Facts, type Foretold, foretell, judge } from '../../../rehearsal/cli/ending.ts';
import { HELP, readCommand } from '../../../rehearsal/cli/options.ts';
import { sourceOf } from '../../../rehearsal/cli/play.ts';
import { onlyCreatesIndexes } from '../../../rehearsal/cli/releases.ts';
import { openStageSet } from '../../../rehearsal/world/stage-set.ts';
import { standardRoutes } from '../../../src/domain/routes/settings.ts';
import { NEW, OLD } from '../../fixtures/rehearsal/story.ts';

describe('the command line', () => {
  it('rehearses the example when nothing is said', () => {
    expect(readCommand(['rehearse'])).toEqual({
      kind: 'rehearse',
      options: {
        repository: undefined,
        example: 'sophie',
        target: undefined,
        workflow: undefined,
        answer: undefined,
        inject: undefined,
        environment: undefined,
        scenario: 'release',
        keep: false,
        json: false,
      },
    });
  });

  it('reads every option', () => {
    const args = [
      '--repo',
      '../shop',
      '--target',
      'local',
      '--workflow',
      'x.yml',
      '--scenario',
      'hotfix',
      '--reject',
      '--inject',
      'slow@staging',
    ];
    expect(readCommand(['rehearse', ...args, '--environment=staging', '--keep', '--json'])).toMatchObject({
      options: {
        repository: '../shop',
        target: 'local',
        workflow: 'x.yml',
        answer: 'rejected',
        inject: { kind: 'slow', environment: 'staging' },
        environment: 'staging',
        scenario: 'hotfix',
        keep: true,
        json: true,
      },
    });
  });

  it.each([[], ['help'], ['--help'], ['rehearse', '--help'], ['rehearse', '-h']])(
    '%j asks for help',
    (...args) => {
      expect(readCommand(args)).toEqual({ kind: 'help' });
    },
  );

  it('the help names every option and fault', () => {
    for (const word of [
      '--repo',
      '--example',
      '--target',
      '--workflow',
      '--scenario',
      '--approve',
      '--reject',
      '--inject',
      '--environment',
      '--keep',
      '--json',
      'smoke-failure',
      'slow',
      'crash-after-promote',
      'migration-failure',
      'cancel@STEP',
    ])
      expect(HELP).toContain(word);
  });

  it.each([
    [['rehaerse'], 'did you mean `rehearse`?'],
    [['rehearse', '--scenario', 'hotfx'], 'There is no scenario "hotfx"; did you mean `hotfix`?'],
    [['rehearse', '--aprove'], 'did you mean `approve`?'],
    [['rehearse', '--aprove=1'], 'There is no option `--aprove`'],
    [['rehearse', '--approve', '--reject'], 'contradict'],
    [['rehearse', '--repo', 'x', '--example', 'y'], 'give one'],
    [['rehearse', '--repo'], '--repo'],
    [['rehearse', '--repo='], 'needs a value'],
    [['rehearse', '--keep=yes'], '--keep'],
    [['rehearse', 'sophie'], 'sophie'],
  ])('%j is refused: %s', (args, said) => {
    expect(() => readCommand(args)).toThrow(
      expect.objectContaining({ code: 'ARGUMENTS_WRONG', message: expect.stringContaining(said) }),
    );
  });
});

describe('the caller workflow', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'caller-'));
    await mkdir(join(folder, '.github/workflows'), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));
  const write = (name: string, text: string) => writeFile(join(folder, '.github/workflows', name), text);
  const calls = (on: string, more = '') =>
    `on: ${on}\njobs:\n  go:\n    uses: acme/airlock/.github/workflows/pipeline.yml@v1\n${more}`;

  it('is the one that calls the pipeline', async () => {
    await write('ci.yml', 'on: push\njobs: { test: { runs-on: x, steps: [] } }\n');
    await write('broken.yml', 'on: [\n');
    await write(
      'deploy.yaml',
      calls('{ push: { branches: [main] } }', '    with: { config: deploy/airlock.yml }\n'),
    );
    expect(await findCaller(folder, undefined)).toEqual({
      path: '.github/workflows/deploy.yaml',
      events: ['push'],
      suite: 'acme/airlock',
      config: 'deploy/airlock.yml',
    });
  });

  it('starts by hand where nothing else starts it', async () => {
    await write('deploy.yml', calls('[workflow_dispatch, pull_request]'));
    expect(await findCaller(folder, './.github/workflows/deploy.yml')).toMatchObject({
      events: ['workflow_dispatch'],
      config: '.github/airlock.yml',
    });
  });

  it('is started by what takes main the farthest, a push before a hand', () => {
    const environments = ['staging', 'production'].map((name) => ({ name })) as never;
    const start = (events: readonly ('push' | 'workflow_dispatch')[], routes = {}) =>
      startOf(
        { path: 'deploy.yml', events },
        { routes: { ...standardRoutes(['staging', 'production']), ...routes }, environments },
      );
    expect(start(['push'])).toEqual({ event: 'push', environments: ['staging'] });
    expect(start(['push', 'workflow_dispatch'])).toEqual({
      event: 'workflow_dispatch',
      environments: ['staging', 'production'],
    });
    expect(start(['push', 'workflow_dispatch'], { defaultBranch: 'production' }).event).toBe('push');
    expect(() => start(['push'], { defaultBranch: undefined })).toThrowError(/sends neither a push to main/);
  });

  it('is asked for by name when there is none, several, or one that cannot be started', async () => {
    await expect(findCaller(folder, undefined)).rejects.toMatchObject({ code: 'CALLER_NOT_FOUND' });
    await expect(findCaller(folder, 'nowhere.yml')).rejects.toMatchObject({ code: 'CALLER_NOT_FOUND' });
    await write('one.yml', calls('push'));
    await write('two.yml', calls('push'));
    await expect(findCaller(folder, undefined)).rejects.toMatchObject({
      code: 'CALLER_AMBIGUOUS',
      message: expect.stringContaining('.github/workflows/two.yml'),
    });
    await write('three.yml', calls('schedule'));
    await expect(findCaller(folder, '.github/workflows/three.yml')).rejects.toMatchObject({
      code: 'CALLER_EVENT',
    });
  });
});

describe('the app', () => {
  const app = (example: string, repository?: string) => sourceOf({ example, repository });

  it('is an example with an airlock.yml and a caller', async () => {
    expect(await app('sophie')).toMatch(/\/examples\/sophie$/);
    await expect(app('callers')).rejects.toMatchObject({
      code: 'EXAMPLE_UNKNOWN',
      next: expect.not.stringContaining('callers'),
    });
    await expect(app('sophy')).rejects.toMatchObject({
      message: 'There is no example "sophy" to rehearse; did you mean `sophie`?',
      next: expect.stringContaining('sophie'),
    });
  });

  it('is a folder that can be read', async () => {
    await expect(app('sophie', '/nowhere/at/all')).rejects.toMatchObject({ code: 'REPOSITORY_NOT_FOUND' });
  });
});

describe('the move to this machine', () => {
  const text = `version: 1
app: shop
build: { output: dist }
environments:
  staging: # before
    target: { local: { port: 4101 } }
    url: https://staging.shop.example
  production:
    target: { local: { port: 4102, drain: 3 } }
    url: http://127.0.0.1:4102
`;
  it('keeps ports that are free, and says what it changed', async () => {
    const moved = await openStageSet({
      text,
      path: 'airlock.yml',
      folder: '/rehearsal',
      port: async (wanted = 0) => (wanted === 4102 ? 5555 : wanted),
    });
    const [staging, production] = moved.configuration.environments;
    expect(staging).toMatchObject({
      url: 'http://127.0.0.1:4101',
      target: { settings: { port: 4101, state: '/rehearsal/state' } },
    });
    expect(production).toMatchObject({
      url: 'http://127.0.0.1:5555',
      target: { settings: { port: 5555, state: '/rehearsal/state', drain: 3 } },
    });
    expect(moved.places.production).toMatchObject({ address: 'http://127.0.0.1:5555' });
    expect(moved.text).toContain('# before');
    expect(moved.notes).toEqual([
      'staging is at http://127.0.0.1:4101 here, not at https://staging.shop.example',
      'port 4102 of production is taken: 5555 is used instead',
    ]);
  });

  it.each(['lcoal', 'nimbus'])('knows no target %s', async (target) => {
    await expect(
      openStageSet({ text, path: 'airlock.yml', target, folder: '/rehearsal', port: async () => 1 }),
    ).rejects.toMatchObject({
      code: 'REHEARSAL_TARGET_UNSUPPORTED',
      next: expect.stringContaining('local'),
    });
  });
});

describe('what the flags foretell', () => {
  const flags = {
    environments: ['development', 'staging', 'production'],
    rejected: undefined,
    fault: undefined,
    cancelled: undefined,
    mayFail: false,
  };
  const fault = { environment: 'production', what: 'it fails' };
  it.each([
    ['nothing', {}, undefined, 'nothing was to go wrong'],
    ['a rejection', { rejected: 'production' }, 'production', 'production was rejected'],
    ['a fault', { fault }, 'production', 'it fails'],
    ['a fault behind a rejection', { fault, rejected: 'staging' }, 'staging', 'staging was rejected'],
    [
      'a cancel in an environment',
      { cancelled: { environment: 'staging' } },
      'staging',
      'the run was to be cancelled in staging',
    ],
    [
      'a cancel before all environments',
      { cancelled: { environment: undefined } },
      'development',
      'the run was to be cancelled in a job before all environments',
    ],
  ])('%s', (_what, more, stopsAt, because) => {
    expect(foretell({ ...flags, ...more })).toEqual({ stopsAt, because, mayFail: false });
  });
});

describe('the ending', () => {
  const nothing = { stopsAt: undefined, because: 'nothing was to go wrong', mayFail: false };
  const fault = { stopsAt: 'production', because: 'in production it was to fail', mayFail: false };
  const facts = (over: Partial<Facts> = {}): Facts => ({
    environments: [
      { name: 'staging', before: OLD, after: NEW },
      { name: 'production', before: OLD, after: NEW },
    ],
    commit: NEW.commit,
    conclusion: 'success',
    startupFailure: undefined,
    failure: undefined,
    failedRequests: 0,
    failures: {},
    rollbacks: {},
    complaints: [],
    ...over,
  });
  const stopped = facts({
    environments: [
      { name: 'staging', before: OLD, after: NEW },
      { name: 'production', before: OLD, after: OLD },
    ],
    conclusion: 'failure',
    failure: { station: 'production', step: 'smoke-test', said: ['version is wrong'] },
  });
  const end = (seen: Facts, foretold: Foretold = nothing) => judge(seen, foretold, { hint: '--keep' });

  it('is the new release everywhere when nothing was to go wrong', () => {
    expect(end(facts())).toEqual({
      foretold: true,
      headline: '1.0.1-dev.1 is live in production.',
      why: [],
      live: [
        { environment: 'staging', release: NEW, isNew: true },
        { environment: 'production', release: NEW, isNew: true },
      ],
      next: [],
    });
  });

  it('is the old release, with the reason, when the fault was stopped', () => {
    expect(end(stopped, fault)).toMatchObject({
      foretold: true,
      headline: '1.0.0 is still live in production: smoke-test stopped the new release.',
      why: ['production, smoke-test: version is wrong', 'as foretold: in production it was to fail'],
      next: ['--keep'],
    });
  });

  it('says that it went back', () => {
    const back = facts({ ...stopped, rollbacks: { production: 'promote: CANARY_CHECKS_FAILED' } });
    expect(end(back, fault)).toMatchObject({
      headline: '1.0.0 is live again in production: smoke-test stopped the new release.',
      why: expect.arrayContaining(['production went back: promote: CANARY_CHECKS_FAILED']),
    });
  });

  it.each([
    ['the release that was to go live did not', stopped, nothing, 'production should have the new release'],
    ['a fault went live', facts(), fault, 'production should have kept 1.0.0'],
    [
      'a visitor met an error',
      facts({ failedRequests: 2, failures: { ECONNRESET: 2 } }),
      nothing,
      '2 visitors got no good answer (ECONNRESET: 2)',
    ],
    ['the run failed all the same', facts({ conclusion: 'failure' }), nothing, 'the run ended with failure'],
    [
      'the rehearsal was told otherwise',
      facts({ complaints: ['you cancelled the run'] }),
      nothing,
      'you cancelled the run',
    ],
    [
      'the old release is gone',
      facts({ ...stopped, environments: [{ name: 'production', before: OLD, after: undefined }] }),
      fault,
      'has nothing',
    ],
  ])('is not as foretold when %s', (_when, seen, foretold, said) => {
    const ending = end(seen, foretold);
    expect(ending.foretold).toBe(false);
    expect(ending.why.join('\n')).toContain(said);
  });

  it('forgives errors only where the fault makes them', () => {
    const seen = facts({ ...stopped, failedRequests: 9 });
    expect(end(seen, { ...fault, mayFail: true }).foretold).toBe(true);
    expect(end(seen, fault).foretold).toBe(false);
  });
});

it.each([
  ['CREATE INDEX a ON b (c);\n-- why\ncreate index if not exists d on e (f);', true],
  ['CREATE UNIQUE INDEX a ON b (c);', false],
  ['CREATE INDEX a ON b (c); ALTER TABLE b ADD d int;', false],
  ['-- nothing', false],
])('%j only creates indexes: %s', (sql, expected) => {
  expect(onlyCreatesIndexes(sql)).toBe(expected);
});
