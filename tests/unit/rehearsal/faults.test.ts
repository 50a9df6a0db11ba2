import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseInjection, strikesStep, struckEnvironment } from '../../../rehearsal/faults/injection.ts';
import { planFault } from '../../../rehearsal/faults/plan-fault.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import { readMigrations } from '../../../src/migrators/sql/files.ts';
import { targetSchemas } from '../../../src/targets/registry.ts';

const ENVIRONMENTS = `environments:
  development: { target: { local: { port: 4101 } } }
  production: { target: { local: { port: 4102 } } }
`;

const SERVED = `# how it is built
version: 1
app: shop
build: { output: dist }
serve:
  # the server
  command:
    - node # of the runner
    - server.js
  health: /health
database: { migrations: db }
smoke:
  - { path: /health, health: true }
  - { path: /version, version: true }
  - { path: /, latency: { p95: 200ms } }
${ENVIRONMENTS}`;

const STATIC = `version: 1
app: site
build:
  output: out
  checks:
    build: make # the site
smoke:
  - { path: /, body: Welcome }
${ENVIRONMENTS}`;

const read = (text: string) => parseConfiguration(Buffer.from(text), 'airlock.yml', targetSchemas);

const app = (text: string, migrations: readonly string[] = []) => ({
  configuration: read(text),
  configurationText: text,
  migrations,
  databases: { development: 'shop_development', production: "shop's production" },
  node: '/opt/node 24/node',
});

const plan = (injection: string, text: string, migrations: readonly string[] = []) => {
  const parsed = parseInjection(injection);
  if (parsed.kind === 'cancel') throw new Error('a cancel is not planned');
  return planFault(parsed, app(text, migrations));
};

describe('--inject', () => {
  it.each([
    ['smoke-failure', { kind: 'smoke-failure', environment: undefined }],
    ['slow@staging', { kind: 'slow', environment: 'staging' }],
    ['cancel@promote', { kind: 'cancel', step: 'promote', environment: undefined }],
    ['cancel@promote@staging', { kind: 'cancel', step: 'promote', environment: 'staging' }],
  ])('%s', (text, expected) => {
    expect(parseInjection(text)).toEqual(expected);
  });

  it.each(['', 'cancel', 'cancel@', 'slow@', 'slow@a@b', 'cancel@a@b@c', '@production'])(
    'refuses %j',
    (text) => {
      expect(() => parseInjection(text)).toThrow(expect.objectContaining({ code: 'FAULT_UNKNOWN' }));
    },
  );

  it('knows what was meant', () => {
    expect(() => parseInjection('smoke-failrue')).toThrow('did you mean `smoke-failure`?');
  });

  it('strikes production, else the last environment, else the one named', () => {
    const slow = parseInjection('slow');
    expect(struckEnvironment(slow, ['production', 'after'])).toBe('production');
    expect(struckEnvironment(slow, ['one', 'two'])).toBe('two');
    expect(struckEnvironment(parseInjection('slow@one'), ['one', 'two'])).toBe('one');
    expect(() => struckEnvironment(parseInjection('slow@prodution'), ['production'])).toThrow(
      expect.objectContaining({
        code: 'FAULT_ENVIRONMENT_UNKNOWN',
        message: expect.stringContaining('did you mean `production`?'),
      }),
    );
  });

  it.each([
    ['cancel@smoke-test', 'production', 'release.smoke-test', 'main', true],
    ['cancel@smoke-test', 'staging', 'release.smoke-test', 'main', false],
    ['cancel@smoke-test@staging', 'staging', 'release.smoke-test', 'main', true],
    ['cancel@release.smoke-test', 'production', 'release.smoke-test', 'main', true],
    ['cancel@smoke-test', 'production', 'release.smoke-test', 'post', false],
    ['cancel@smoke', 'production', 'release.smoke-test', 'main', false],
    ['cancel@build it', undefined, '2', 'main', true],
    ['cancel@build it@production', undefined, '2', 'main', false],
  ] as const)('%s in %s at %s (%s): %s', (text, environment, id, stage, expected) => {
    const injection = parseInjection(text);
    if (injection.kind !== 'cancel') throw new Error('not a cancel');
    const step = { id, name: 'Build it', stage };
    expect(strikesStep(injection, ['staging', 'production'], { environment }, step)).toBe(expected);
  });
});

describe('a served app', () => {
  it('gets the fault server before its command, and every comment stays', () => {
    const { configurationText = '', environment, files } = plan('smoke-failure', SERVED);
    expect(environment).toBe('production');
    expect(files).toEqual({});
    for (const comment of ['# how it is built', '# the server', '# of the runner'])
      expect(configurationText).toContain(comment);
    expect(read(configurationText).serve?.command).toEqual([
      '/opt/node 24/node',
      expect.stringMatching(/fault-server\.mjs$/),
      'production',
      '--rewrite',
      '/version',
      '--',
      'node',
      'server.js',
    ]);
    const { serve: _, ...others } = read(configurationText);
    const { serve: __, ...before } = read(SERVED);
    expect(others).toEqual(before);
  });

  it('is slowed down just above its own budget', () => {
    const { configurationText = '' } = plan('slow@development', SERVED);
    expect(read(configurationText).serve?.command.slice(2, 7)).toEqual([
      'development',
      '--delay',
      '250',
      '/',
      '--',
    ]);
  });

  it('takes its command over from an anchor without changing where else it stands', () => {
    const aliased = SERVED.replace(/command:\n.*\n.*\n/, 'command: [node, server.js]\n').replace(
      'build: { output: dist }',
      'build: { output: dist, checks: { start: { run: node server.js --check } } }',
    );
    const { configurationText = '' } = plan('crash-after-promote', aliased);
    expect(read(configurationText).serve?.command.slice(-4)).toEqual(['--crash', '--', 'node', 'server.js']);
  });

  it.each([
    ['smoke-failure', '- { path: /health }'],
    ['slow', ''],
  ])('refuses %s when no check would notice', (fault, checks) => {
    const text = SERVED.replace(/smoke:\n(?: {2}- .*\n)+/, checks === '' ? '' : `smoke:\n  ${checks}\n`);
    expect(() => plan(fault, text)).toThrow(expect.objectContaining({ code: 'FAULT_NOT_POSSIBLE' }));
  });
});

describe('a static app', () => {
  it('gets its built files broken by the last check of the build', () => {
    const { configurationText = '', environment } = plan('smoke-failure', STATIC);
    expect(environment).toBe('development');
    expect(configurationText).toContain('# the site');
    const last = read(configurationText).build.checks.at(-1);
    expect(last).toMatchObject({ name: 'injected-fault', needs: ['build'], kind: 'run' });
    expect(last?.kind === 'run' && last.run).toMatch(
      /^'\/opt\/node 24\/node' '.*fault-files\.mjs' 'out' '\/' 'replace'$/,
    );
  });

  it.each(['slow', 'crash-after-promote', 'smoke-failure@production'])('refuses %s', (fault) => {
    expect(() => plan(fault, STATIC)).toThrow(expect.objectContaining({ code: 'FAULT_NOT_POSSIBLE' }));
  });
});

describe('a failing migration', () => {
  it('takes the next number in the same width, and the migrator can read it', async () => {
    const before = ['0001_one.sql', '0009_two.up.sql', '0009_two.down.sql', 'README.md'];
    const { files, configurationText } = plan('migration-failure', SERVED, before);
    expect(configurationText).toBeUndefined();
    expect(Object.keys(files)).toEqual(['db/0010_injected_fault.up.sql', 'db/0010_injected_fault.down.sql']);
    expect(files['db/0010_injected_fault.up.sql']).toContain("current_database() = 'shop''s production'");
    const folder = await mkdtemp(join(tmpdir(), 'faults-'));
    try {
      for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path.slice(3)), text);
      expect((await readMigrations(folder)).map(({ id }) => id)).toEqual(['0010_injected_fault']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is the first one where there is none yet, and refused without a database', () => {
    expect(Object.keys(plan('migration-failure', SERVED).files)[0]).toBe('db/0001_injected_fault.up.sql');
    expect(() => plan('migration-failure', STATIC)).toThrow(
      expect.objectContaining({ code: 'FAULT_NOT_POSSIBLE', message: expect.stringContaining('`database`') }),
    );
  });
});
