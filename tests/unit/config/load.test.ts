import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfiguration, readConfiguration } from '../../../src/config/load.ts';
import { ConfigurationFailure } from '../../../src/config/problem.ts';
import { targets } from './targets.ts';

const FILE = '.github/airlock.yml';
const fixture = (name: string) =>
  readFile(new URL(`../../fixtures/config/${name}.yml`, import.meta.url), 'utf8');
const parse = (text: string) => parseConfiguration(new TextEncoder().encode(text), FILE, targets);

/** Problems as `line:column message`. */
function problemsOf(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof ConfigurationFailure)) throw error;
    return error.problems.map(({ at, message }) => `${at.line}:${at.column} ${message}`);
  }
  return [];
}

const withBuild = (checks: string) =>
  `version: 1\napp: a\nbuild:\n  output: dist\n  checks:\n${checks}\nenvironments: { production: { target: { local: { port: 1 } } } }\n`;
const withProduction = (settings: string) =>
  `version: 1\napp: a\nbuild: { output: dist }\nenvironments:\n  staging: { target: { local: { port: 1 } } }\n  production: { target: { local: { port: 2 } }, ${settings} }\n`;

describe('a file that is right', () => {
  it('may pause as long as the job lasts', () => {
    expect(problemsOf(withProduction('strategy: { canary: { steps: [50, 100], pause: 45m } }'))).toEqual([]);
  });

  it('is read with every key in the words of the domain', async () => {
    const configuration = parse(await fixture('full'));
    expect(configuration).toMatchObject({
      version: 1,
      app: 'sophie',
      build: { output: 'dist' },
      serve: { command: ['node', 'server.js'], variables: ['DATABASE_URL'], health: '/health' },
      database: {
        migrator: 'sql',
        migrations: 'migrations',
        lockTimeoutMs: 100,
        statementTimeoutMs: 30_000,
        lockBudgetMs: 600_000,
      },
    });
    expect(configuration.build.checks).toEqual([
      { name: 'install', needs: [], kind: 'run', run: 'npm ci', timeoutMs: 600_000 },
      { name: 'lint', needs: ['install'], kind: 'run', run: 'npm run lint', timeoutMs: 600_000 },
      { name: 'types', needs: ['install'], kind: 'run', run: 'npm run typecheck', timeoutMs: 600_000 },
      { name: 'unit', needs: ['install'], kind: 'run', run: 'npm test', timeoutMs: 300_000 },
      { name: 'build', needs: ['install'], kind: 'run', run: 'npm run build', timeoutMs: 600_000 },
      {
        name: 'coverage',
        needs: ['unit'],
        kind: 'coverage',
        summary: 'coverage/coverage-summary.json',
        minimum: { lines: 80 },
      },
      {
        name: 'size',
        needs: ['build'],
        kind: 'bundle-size',
        budgets: [
          { files: 'dist/client/**/*.js', rawBytes: undefined, gzipBytes: 60_000, brotliBytes: 51_200 },
        ],
      },
      { name: 'audit', needs: [], kind: 'audit', level: 'high' },
      { name: 'configured', needs: [], kind: 'configuration', variables: ['DATABASE_URL'] },
    ]);
    const [development, staging, production] = configuration.environments;
    expect(development).toMatchObject({
      name: 'development',
      target: { provider: 'local', settings: { port: 4101 } },
      gates: { after: [], approval: 'none' },
      strategy: { kind: 'blue-green' },
      rollback: { automatic: true, migrations: 'when-safe' },
    });
    expect(development?.smoke.checks.map(({ name }) => name)).toEqual(['health', 'version']);
    expect(staging?.gates).toMatchObject({ after: ['development'], approval: 'none' });
    expect(staging?.smoke.checks[2]).toEqual({
      name: 'GET /',
      path: '/',
      method: 'GET',
      status: 200,
      timeoutMs: 10_000,
      headers: { 'content-type': '/^text\\/html/' },
      security: ['hsts', 'csp', 'nosniff', 'frame', 'referrer'],
      body: ['Sophie'],
      json: {},
      version: false,
      health: false,
      latency: undefined,
    });
    expect(production).toMatchObject({
      gates: { after: ['staging'], approval: 'required' },
      strategy: { kind: 'canary', steps: [10, 50, 100], pauseMs: 30_000 },
      rollback: { automatic: true, migrations: 'never' },
    });
    expect(production?.smoke.warmUpMs).toBe(90_000);
    expect(production?.smoke.checks.at(-1)?.latency).toEqual({ requests: 20, p95Ms: 300 });
  });

  it('may be five lines: a static folder is asked at least whether it answers', async () => {
    const { serve, database, environments, build } = parse(await fixture('minimal'));
    expect({ serve, database, checks: build.checks }).toEqual({
      serve: undefined,
      database: undefined,
      checks: [],
    });
    expect(environments[0]?.smoke).toMatchObject({
      warmUpMs: 60_000,
      checks: [{ name: 'answers', path: '/', status: 200 }],
    });
  });

  it('may carry a byte order mark and Windows line ends', async () => {
    const text = await fixture('minimal');
    expect(parse(`\u{FEFF}${text.replaceAll('\n', '\r\n')}`)).toEqual(parse(text));
  });

  it('may name a list once and use it again', () => {
    const text =
      'version: 1\napp: a\nbuild: { output: dist }\nenvironments:\n  staging: { target: { local: { port: 1 } }, smoke: &checks [{ path: /a }] }\n  production: { target: { local: { port: 2 } }, smoke: *checks }\n';
    expect(parse(text).environments.map(({ smoke }) => smoke.checks[0]?.path)).toEqual(['/a', '/a']);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('may call things %s', (name) => {
    const text = `version: 1\napp: a\nbuild: { output: d, checks: { ${name}: x } }\nenvironments: { ${name}: { target: { local: { port: 1 } } } }\n`;
    expect(parse(text).environments[0]?.name).toBe(name);
  });
});

describe('a file that is wrong', () => {
  it('gets every problem at once, at its line and column, with the nearest right name', async () => {
    const text = await fixture('wrong');
    expect(problemsOf(text)).toMatchInlineSnapshot(`
      [
        "1:10 \`version\` must be 1, but is the number \`2\`",
        "4:11 \`build.output\` must be a path inside the repository with \`/\` between its parts: not absolute and without \`..\`, but is \`../dist\`",
        "7:40 there is no check \`instal\`; did you mean \`install\`?",
        "8:28 \`build.checks.unit.tiemout\` is not a known key; did you mean \`timeout\`?",
        "9:36 \`build.checks.coverage.coverage.lines\` must be at most 100, but is the number \`120\`",
        "10:5 \`build.checks.both\` must have exactly one of run, coverage, bundle-size, audit, variables",
        "10:28 \`build.checks.both.audit\` must be one of low, moderate, high, critical, but is \`hihg\`; did you mean \`high\`?",
        "11:5 \`build.checks.none\` must have exactly one of run, coverage, bundle-size, audit, variables",
        "11:20 checks wait for each other: \`none\` → \`none\`",
        "11:21 there is no check \`a\`",
        "12:55 \`build.checks.size.bundle-size[0].gzip\` must be a size such as \`60 kB\` (1000 bytes each), \`1 MB\` or \`200 KiB\` (1024 bytes each), but is \`60 KB\`",
        "12:65 \`timeout\` belongs to \`run\` checks only",
        "12:74 \`build.checks.size.timeout\` must be a duration such as \`30s\`, \`5m\` or \`100ms\`, but is \`5 minutes\`",
        "13:19 \`serve.command\` must be a list, but is \`node server.js\`",
        "13:47 \`serve.variables[0]\` must be the name of an environment variable, such as \`DATABASE_URL\`, but is \`DATABASE-URL\`",
        "14:1 \`enviroments\` is not a known key; did you mean \`environments\`?",
        "16:13 \`smoke[0].path\` must be a path that starts with one \`/\`, such as \`/health\`, but is \`health\`",
        "16:31 \`smoke[0].security\` must be \`standard\` or a list of hsts, csp, nosniff, frame, referrer, permissions, isolation, but is \`standrd\`; did you mean \`standard\`?",
        "17:36 \`smoke[1].body\` cannot be checked with \`method: HEAD\`: there is no body",
        "17:55 \`smoke[1].headers.x-a\` must be a pattern that can be used: Invalid regular expression: /(/u: Unterminated group, but is \`/(/\`",
        "20:15 \`environments.Staging.target.locl\` is not a known key; did you mean \`local\`?",
        "21:10 \`environments.Staging.url\` must be an http or https address without user name, \`?\` and \`#\`, but is \`ftp://x\`",
        "22:3 GitHub does not tell this environment from an earlier one: names differ in case only",
        "23:30 \`environments.staging.target.local.port\` must be a number, but is \`high\`",
        "24:22 there is no environment \`producton\`; did you mean \`production\`?",
        "24:33 \`production\` does not come before \`staging\` in this file",
        "24:46 \`environments.staging.gates.aproval\` is not a known key; did you mean \`approval\`?",
        "25:34 \`environments.staging.strategy.canary.steps\` must rise from step to step and end with 100",
        "26:3 the name \`1\` must start with a letter and go on with letters, digits, \`-\`, \`_\` and \`.\`",
        "29:15 \`environments.production.strategy\` must be \`blue-green\`, or a mapping with \`canary\`, but is \`blue-gren\`; did you mean \`blue-green\`?",
        "30:14 \`environments.production.smoke.warmUp\` is not a known key; did you mean \`warm-up\`?",
        "30:49 an earlier check is called \`GET /\` already: give this one its own \`name\`",
        "31:15 \`environments.production.rollback\` must be a mapping, but is the boolean \`true\`",
      ]
    `);
  });

  it('is one failure with a code, the first place and the way to the reference', async () => {
    const text = await fixture('wrong');
    expect(() => parse(text)).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID', at: { file: FILE, line: 1, column: 10 } }),
    );
  });

  it.each([
    [
      'a duration without a unit',
      withProduction('smoke: { warm-up: 60 }'),
      '6:67 `environments.production.smoke.warm-up` must be a duration with its unit, such as `30s`, `5m` or `100ms`, but is the number `60`',
    ],
    [
      'a duration of nothing',
      withBuild('    a: { run: x, timeout: 0s }'),
      '6:27 `build.checks.a.timeout` must be more than 0 and at most 24h, but is `0s`',
    ],
    [
      'a canary that never arrives',
      withProduction('strategy: { canary: { steps: [10, 50] } }'),
      '6:78 `environments.production.strategy.canary.steps` must rise from step to step and end with 100',
    ],
    [
      'a canary that falls',
      withProduction('strategy: { canary: { steps: [50, 10, 100] } }'),
      '6:78 `environments.production.strategy.canary.steps` must rise from step to step and end with 100',
    ],
    [
      'a canary whose pauses take longer than its job may',
      withProduction('strategy: { canary: { steps: [10, 50, 100], pause: 23m } }'),
      '6:78 `environments.production.strategy.canary.steps` must not pause for more than 45 min in all, but do for 46 min 0 s',
    ],
    [
      'a canary of many steps with the usual pause',
      withProduction(
        `strategy: { canary: { steps: [${Array.from({ length: 100 }, (_, at) => at + 1).join(', ')}] } }`,
      ),
      '6:78 `environments.production.strategy.canary.steps` must not pause for more than 45 min in all, but do for 49 min 30 s',
    ],
    [
      'a canary where the traffic cannot be parted',
      withProduction('strategy: { canary: { steps: [10, 100] } }').replace(
        'local: { port: 2 }',
        'simple: {}',
      ),
      '6:53 `simple` cannot give a release a part of the traffic: use `blue-green`',
    ],
    [
      'an output outside the repository',
      'version: 1\napp: a\nbuild: { output: a/../../b }\nenvironments: { p: { target: { local: { port: 1 } } } }\n',
      '3:18 `build.output` must be a path inside the repository with `/` between its parts: not absolute and without `..`, but is `a/../../b`',
    ],
    [
      'checks in a circle',
      withBuild(
        '    a: { run: x, needs: [c] }\n    b: { run: x, needs: [a] }\n    c: { run: x, needs: [b] }',
      ),
      '6:25 checks wait for each other: `a` → `c` → `b` → `a`',
    ],
    [
      'two kinds of check in one',
      withBuild('    a: { run: x, audit: high }'),
      '6:5 `build.checks.a` must have exactly one of run, coverage, bundle-size, audit, variables',
    ],
    [
      'an environment that comes later',
      'version: 1\napp: a\nbuild: { output: d }\nenvironments:\n  staging: { target: { local: { port: 1 } }, gates: { after: [production] } }\n  production: { target: { local: { port: 1 } } }\n',
      '5:63 `production` does not come before `staging` in this file',
    ],
    [
      'an environment that is not there',
      withProduction('gates: { after: [stagign] }'),
      '6:66 there is no environment `stagign`; did you mean `staging`?',
    ],
    [
      'an environment that JavaScript would move',
      'version: 1\napp: a\nbuild: { output: d }\nenvironments:\n  production: { target: { local: { port: 1 } } }\n  2: { target: { local: { port: 2 } } }\n',
      '6:3 the name `2` must start with a letter and go on with letters, digits, `-`, `_` and `.`',
    ],
    [
      'credentials in an address',
      withProduction('url: https://me:secret@host/'),
      '6:54 `environments.production.url` must be an http or https address without user name, `?` and `#`, but is `https://me:secret@host/`',
    ],
    [
      'a target of two providers',
      'version: 1\napp: a\nbuild: { output: d }\nenvironments: { p: { target: {} } }\n',
      '4:30 `environments.p.target` must have exactly one provider: local, simple, showing',
    ],
    [
      'a pattern nobody can use',
      withProduction('smoke: [{ path: /, body: "/(a/" }]'),
      '6:74 `environments.production.smoke[0].body` must be a pattern that can be used: Invalid regular expression: /(a/u: Unterminated group, but is `/(a/`',
    ],
    [
      'a body asked of HEAD',
      withProduction('smoke: [{ path: /, method: HEAD, version: true }]'),
      '6:91 `environments.production.smoke[0].version` cannot be checked with `method: HEAD`: there is no body',
    ],
    [
      'two checks of one name',
      withProduction('smoke: [{ path: / }, { path: / }]'),
      '6:70 an earlier check is called `GET /` already: give this one its own `name`',
    ],
    [
      'no environment',
      'version: 1\napp: a\nbuild: { output: d }\nenvironments: {}\n',
      '4:15 `environments` must name at least one environment',
    ],
    [
      'a path that leaves the site',
      withProduction('smoke: [{ path: //other.example }]'),
      '6:65 `environments.production.smoke[0].path` must be a path that starts with one `/`, such as `/health`, but is `//other.example`',
    ],
    [
      'a section without content',
      'version: 1\napp: a\nbuild:\nenvironments: { p: { target: { local: { port: 1 } } } }\n',
      '3:7 `build` must be a mapping, but nothing is there',
    ],
    ['a list at the top', '- version: 1\n', '1:1 the file must be a mapping, but is a list'],
  ])('%s', (_what, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('takes a misspelt section for one mistake, not for a missing one as well', () => {
    const text =
      'version: 1\napp: a\nbuild: { output: d }\nenviroments: { p: { target: { local: { port: 1 } } } }\n';
    expect(problemsOf(text)).toEqual(['4:1 `enviroments` is not a known key; did you mean `environments`?']);
  });

  it('never shows control characters of the file, nor all of a long value', () => {
    const [problem = ''] = problemsOf(withProduction(`url: "\\e[31m${'x'.repeat(5000)}"`));
    expect(problem).toMatch(/^6:\d+ /);
    expect(problem).not.toMatch(/\p{Cc}/u);
    expect(problem.length).toBeLessThan(250);
  });
});

describe('a place for previews', () => {
  const withPreview = (preview: string, environment = 'production') =>
    `version: 1\napp: a\nbuild: { output: dist }\nsmoke: [{ path: /health }]\nenvironments:\n  ${environment}: { target: { local: { port: 1 } } }\npreview:\n  ${preview}\n`;

  it('is read as the environment of pull requests, which is on no release’s way', () => {
    const { preview, environments } = parse(withPreview('{ target: { showing: {} }, smoke: [{ path: / }] }'));
    expect(preview).toMatchObject({
      name: 'preview',
      target: { provider: 'showing', settings: {} },
      url: undefined,
      gates: { after: [], approval: 'none' },
      smoke: { checks: [{ path: '/health' }, { path: '/' }] },
      rollback: { automatic: false, migrations: 'never' },
    });
    expect(environments.map(({ name }) => name)).toEqual(['production']);
    expect(
      parse(withPreview('{ target: { showing: {} } }').replace(/preview:[\s\S]*/, '')).preview,
    ).toBeUndefined();
  });

  it.each([
    ['{ target: { local: { port: 2 } } }', 'production', '8:15 `local` cannot show previews: use showing'],
    [
      '{ target: { showing: {} } }',
      'Preview',
      '6:3 beside `preview:` no environment can be called so: it is the one of pull requests',
    ],
    ['{ target: {} }', 'production', /^8:\d+ .*exactly one provider/],
    ['{ target: { showing: {} }, gates: {} }', 'production', /^8:\d+ .*`preview.gates` is not a known key/],
    [
      '{ target: { showing: {} }, smoke: [{ path: /health }] }',
      'production',
      /^8:\d+ .*called `GET \/health` already/,
    ],
  ])('%s beside %s is refused at its place', (preview, environment, problem) => {
    expect(problemsOf(withPreview(preview, environment))).toEqual([
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    ]);
  });

  it('lets an environment be called so where there is none', () => {
    expect(
      problemsOf(
        withPreview('')
          .replace(/preview:[\s\S]*/, '')
          .replace('production', 'preview'),
      ),
    ).toEqual([]);
  });
});

describe('a file on disk', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'airlock-config-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is read', async () => {
    const path = join(folder, 'airlock.yml');
    await writeFile(path, await fixture('minimal'));
    expect((await readConfiguration(path, FILE, targets)).app).toBe('folder');
  });

  it('is asked for when it is not there', async () => {
    const read = readConfiguration(join(folder, 'none', 'airlock.yml'), FILE, targets);
    await expect(read).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND', at: { file: FILE } });
  });

  it.each(['folder', 'pipe'])('is refused when it is a %s', async (kind) => {
    const path = join(folder, kind);
    execFileSync(kind === 'pipe' ? 'mkfifo' : 'mkdir', [path]);
    await expect(readConfiguration(path, FILE, targets)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('is refused when it is far too large, without reading all of it', async () => {
    const path = join(folder, 'large.yml');
    await writeFile(path, '# \n'.repeat(4_000_000));
    await expect(readConfiguration(path, FILE, targets)).rejects.toThrow(/larger than 256 KiB/);
  });
});
