import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import { callerPermissions, publicWorkflows } from '../../scripts/generators/permissions.ts';
import { drawn } from '../sample.ts';
import { inTurn } from '../turns.ts';
import { finish, jobs, ledger, live, makeRelease, SUITE, scene } from './scene.ts';

const world = scene();
const WORKFLOWS = join(SUITE.directory, '.github/workflows');
const CALLER = '.github/workflows/deploy.yml';

/** Callers of each public workflow, complete but for their permissions. */
const CALLS: Readonly<Record<string, Record<string, unknown>>> = {
  'pipeline.yml': {},
  'stage.yml': { with: { environment: 'production', digest: `sha256:${'0'.repeat(64)}` } },
  'rollback.yml': { with: { environment: 'production', reason: 'A test' } },
  'control.yml': { with: { environment: 'production' } },
};

async function callWith(caller: CallerRepository, workflow: string, permissions: Record<string, string>) {
  const uses = `airlock-actions/airlock/.github/workflows/${workflow}@v1`;
  const text = JSON.stringify({
    on: 'workflow_dispatch',
    permissions: {},
    jobs: { airlock: { uses, permissions, secrets: 'inherit', ...CALLS[workflow] } },
  });
  await caller.commit(`Call ${workflow}`, { '.github/workflows/call.yml': text });
  return finish(
    await caller.start({ workflowPath: '.github/workflows/call.yml', event: 'workflow_dispatch' }),
  );
}

const full = drawn(publicWorkflows(WORKFLOWS), 1);

describe('the permissions that the documentation tells a caller to grant', () => {
  test.each(publicWorkflows(WORKFLOWS))('%s: with any less, no job starts', async (workflow) => {
    const documented = readFileSync(join(SUITE.directory, 'docs/workflows.md'), 'utf8');
    const block = new RegExp(`\\*\\*\`${workflow}\`\\*\\*\n\n\`\`\`yaml\n(permissions:[^\`]*)\`\`\``).exec(
      documented,
    )?.[1];
    const { permissions } = parse(block ?? '') as { permissions: Record<string, string> };
    expect(permissions).toEqual(callerPermissions(WORKFLOWS, workflow));

    const caller = await world.open({ environments: ['production'] });
    for (const name of Object.keys(permissions)) {
      const { [name]: _, ...rest } = permissions;
      const lesser: Record<string, string>[] =
        permissions[name] === 'write' ? [rest, { ...rest, [name]: 'read' }] : [rest];
      for (const given of lesser) {
        const run = await callWith(caller, workflow, given);
        const { startupFailure, jobs: started } = await run.done;
        // GitHub names the first job that asks for more; a later one may ask for more still.
        expect(startupFailure).toContain(`is only allowed '${name}: ${given[name] ?? 'none'}'`);
        expect(started).toEqual([]);
      }
    }
    if (!full(workflow)) return;
    // All of it is enough: what stops the others is what a first stage or rollback lacks, and a branch that is no hotfix.
    const run = await callWith(caller, workflow, permissions);
    expect((await run.done).startupFailure).toBeUndefined();
    if (['pipeline.yml', 'preview.yml', 'control.yml', 'approve.yml', 'release-notes.yml'].includes(workflow))
      expect(run.conclusion).toBe('success');
    if (workflow === 'command.yml') expect(run.text()).toContain('[NOT_A_NEW_COMMENT]');
    if (workflow === 'hotfix.yml') expect(run.text()).toContain('[NOT_A_HOTFIX]');
    if (workflow === 'stage.yml') expect(run.text()).toContain('airlock-release');
    if (workflow === 'rollback.yml') expect(run.text()).toContain('[NO_LAST_GOOD]');
    expect(run.text()).not.toMatch(/Resource not accessible|GITHUB_FORBIDDEN/);
  });
});

const KEEPER = {
  production: { APP_VARIABLES: 'GREETING=hello\n', DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x' },
};

describe('the secrets of an environment', () => {
  test('reach the jobs of a workflow of the same owner', async () => {
    const caller = await world.open({
      environments: ['production'],
      configure: (document) => document.setIn(['serve', 'variables'], ['GREETING']),
      environmentSecrets: KEEPER,
    });
    await makeRelease(caller, '1.0.0');
    expect((await finish(await caller.start())).conclusion).toBe('success');
    expect(await live(caller, 'production')).toBe('1.0.0');
  });

  test('come empty to a workflow of another owner, which says why and what to do', async () => {
    const caller = await world.open({
      repository: 'octo/harbor',
      environments: ['production'],
      configure: (document) => document.setIn(['database'], { migrations: 'migrations' }),
      files: { 'migrations/0001_visits.up.sql': 'CREATE TABLE visits (at timestamptz);\n' },
      environmentSecrets: KEEPER,
    });
    const run = await finish(await caller.start());
    expect(run.conclusion).toBe('failure');
    expect(run.text()).toMatch(
      /`database-url` came empty for production.*from another owner they come empty.*\[DATABASE_URL_EMPTY\]/,
    );
    expect(await live(caller, 'production')).toBeUndefined();
    expect(ledger(caller, 'production')).toEqual([]);
  });

  inTurn('another owner')('reach the own jobs of a caller of another owner: the copyable one', async () => {
    const caller = await world.open({
      repository: 'octo/own-harbor',
      environments: ['staging', 'production'],
      configure: (document) => document.setIn(['serve', 'variables'], ['GREETING']),
      files: { [CALLER]: readFileSync(join(SUITE.directory, 'examples/callers/own-jobs.yml'), 'utf8') },
      environmentSecrets: { ...KEEPER, staging: KEEPER.production },
    });
    await makeRelease(caller, '1.0.0');
    const first = await finish(await caller.start());
    expect(first.conclusion).toBe('success');
    expect(await jobs(first)).toEqual({
      build: 'success',
      'release (staging)': 'success',
      'release (production)': 'success',
    });
    expect(await live(caller, 'production')).toBe('1.0.0');

    await makeRelease(caller, '1.1.0', { production: ['fails-live'] });
    const second = await finish(await caller.start());
    expect(second.conclusion).toBe('failure');
    expect(await live(caller, 'staging')).toBe('1.1.0');
    expect(await live(caller, 'production')).toBe('1.0.0');
    expect(ledger(caller, 'production').at(-1)).toBe('rollback 1.0.0: success, promote: LIVE_CHECKS_FAILED');
  });

  test('the copyable caller is short, and pinned as our own workflows are', () => {
    const text = readFileSync(join(SUITE.directory, 'examples/callers/own-jobs.yml'), 'utf8');
    expect(text.split('\n').length).toBeLessThanOrEqual(90);
    const pins = (yaml: string) => yaml.match(/actions\/[a-z-]+@[0-9a-f]{40} # v[\d.]+/g) ?? [];
    const ours = new Set(
      publicWorkflows(WORKFLOWS).flatMap((name) => pins(readFileSync(join(WORKFLOWS, name), 'utf8'))),
    );
    expect(pins(text).length).toBe(4);
    for (const pin of pins(text)) expect(ours).toContain(pin);
    expect(parseDocument(text).errors).toEqual([]);
  });
});
