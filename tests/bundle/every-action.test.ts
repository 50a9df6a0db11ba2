import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeActions } from '../../scripts/contracts.ts';
import type { Contract } from '../../src/runner/contract.ts';
import { sampled } from '../sample.ts';
import { readActionYml, runBundle } from './run-bundle.ts';

/** Something that every input takes, and that is right for none. */
const SAMPLES = { text: 'sample', boolean: 'true', integer: '1', list: 'sample', json: '[]' } as const;
const DIGEST = `sha256:${'0'.repeat(64)}`;
const TOKEN = 'ghs_0123456789abcdef';

const inputsOf = (contract: Contract) =>
  Object.fromEntries(
    Object.entries(contract.inputs)
      .filter(([, spec]) => spec.required)
      .map(([name, spec]) => [
        name,
        name === 'digest' ? DIGEST : spec.kind === 'choice' ? (spec.choices[0] ?? '') : SAMPLES[spec.kind],
      ]),
  );

const secretsOf = (contract: Contract) =>
  Object.fromEntries(
    Object.entries(contract.inputs)
      .filter(([, spec]) => spec.secret)
      .map(([name]) => [name, name === 'bypass-header' ? `x-pass: ${TOKEN}` : `NAME=${name}-${TOKEN}`]),
  );

let workspace: string;
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'airlock-workspace-'));
  await mkdir(join(workspace, '.github'));
  const checks = Array.from({ length: 100 }, (_, index) => `    check-${index}: { runn: 'true' }`);
  await writeFile(
    join(workspace, '.github/airlock.yml'),
    `version: 1\napp: app\nbuild:\n  output: dist\n  checks:\n${checks.join('\n')}\nenvironments:\n  sample: { target: { local: { port: 4100 } } }\n`,
  );
  const yaml = join(workspace, 'not-yaml.yml');
  await writeFile(yaml, 'app: "begun and not ended\n::error::taken for a command\n');
});
afterAll(() => rm(workspace, { recursive: true }));

const tried = sampled(nodeActions, 5).map((contract) => [contract.name, contract] as const);

describe.each(tried)('%s', (name, contract) => {
  it('without inputs names every one that is missing', async () => {
    const run = await runBundle(name, { workspace });
    expect(run.code).toBe(1);
    const required = Object.keys(contract.inputs).filter((input) => contract.inputs[input]?.required);
    if (required.length === 0) {
      expect(run.outputs.reason).toBe('CONFIG_INVALID');
      return;
    }
    expect(run.outputs).toMatchObject({ result: 'failed', reason: 'INPUT_INVALID' });
    for (const input of required) expect(run.annotations[0]?.text).toContain(`\`${input}\` is required`);
    expect(run.annotations).toHaveLength(1);
    expect(run.annotations[0]?.text).not.toContain('..');
    expect(run.summary).toContain('#input_invalid');
  });

  it('outside of a run says so, and how to run it', async () => {
    const nothing = Object.fromEntries(
      ['ACTIONS', 'REPOSITORY', 'RUN_ID', 'EVENT_NAME', 'EVENT_PATH', 'REF', 'SHA', 'ACTOR', 'WORKSPACE'].map(
        (one) => [`GITHUB_${one}`, undefined],
      ),
    );
    const run = await runBundle(name, { inputs: inputsOf(contract), env: nothing });
    expect(run.code).toBe(1);
    expect(run.outputs).toMatchObject({ result: 'failed', reason: 'NOT_IN_A_RUN' });
    expect(run.log).toContain('npm run rehearse');
  });

  it('outside of a run and its files ends in words all the same', async () => {
    const files = ['OUTPUT', 'STATE', 'STEP_SUMMARY', 'ACTIONS', 'REPOSITORY'];
    const env = Object.fromEntries(files.map((one) => [`GITHUB_${one}`, one === 'OUTPUT' ? '' : undefined]));
    const run = await runBundle(name, { inputs: inputsOf(contract), env });
    expect(run.code).toBe(1);
    expect(run.log).toContain('NOT_IN_A_RUN');
    expect(run.log).not.toMatch(/^\s+at /m);
  });

  it('places a hundred mistakes in airlock.yml as far as GitHub shows them, and lists fifty', async () => {
    const run = await runBundle(name, {
      workspace,
      inputs: { ...inputsOf(contract), ...secretsOf(contract) },
      env: { RUNNER_DEBUG: '1' },
    });
    // What comes before airlock.yml is wrong too in these.
    if (run.outputs.reason !== 'CONFIG_INVALID') {
      expect(run.outputs.reason).toMatch(/^RELEASE_/);
      return;
    }
    expect(run.code).toBe(1);
    const placed = run.annotations.filter(({ properties }) => properties.file);
    expect(placed.length).toBeGreaterThan(5);
    for (const [index, { properties }] of placed.entries())
      expect(properties).toMatchObject({ file: '.github/airlock.yml', line: String(6 + index) });
    const last = run.annotations.at(-1)?.text;
    expect(last).toContain('[CONFIG_INVALID]');
    expect(last).toContain('Next: ');
    for (let index = 0; index < 50; index += 1) expect(run.summary).toContain(`check-${index}.`);
    expect(run.summary).toContain('and 50 more');
    expect(run.summary.split('\n')[0]).toContain('airlock.yml has 100 problems');
  });

  it('takes text that looks like a workflow command for text', async () => {
    if (!('config' in contract.inputs)) return;
    const run = await runBundle(name, {
      workspace,
      inputs: { ...inputsOf(contract), config: 'not-yaml.yml' },
    });
    expect(run.code).toBe(1);
    expect(run.annotations.map(({ text }) => text)).not.toContain('taken for a command');
  });

  it('shows where it failed when debugging is on, folded and without a secret', async () => {
    const secrets = secretsOf(contract);
    const run = await runBundle(name, {
      inputs: { ...inputsOf(contract), ...secrets, config: `missing-${TOKEN}.yml` },
      env: { RUNNER_DEBUG: '1' },
    });
    expect(run.code).toBe(1);
    expect(run.log).toMatch(/^::debug::.*Failure: .*%0A\s+at /m);
    expect(run.summary).toMatch(/<details><summary>Stack<\/summary>[\s\S]+ at [\s\S]+<\/details>/);
    const quiet = await runBundle(name, { inputs: { ...inputsOf(contract), config: 'missing.yml' } });
    expect(quiet.log + quiet.summary).not.toMatch(/^\s+at |%0A\s+at /m);
  });

  it('is declared for Node 24 with one bundle', () => {
    const { runs } = readActionYml(name);
    expect(runs.using).toBe('node24');
    expect(runs.main).toBe(`../../dist/${name}/index.js`);
    expect(runs.post).toBe(contract.post ? `../../dist/${name}/post.js` : undefined);
  });
});
