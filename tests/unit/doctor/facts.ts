import { parseWorkflow } from '../../../src/callers/parse-workflow.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import type { Facts, Gate, Read, SettingsFacts, WorkflowFile } from '../../../src/domain/doctor/facts.ts';
import { targetSchemas } from '../../../src/targets/registry.ts';

export const read = <T>(value: T): Read<T> => ({ kind: 'read', value });
export const UNREAD = { kind: 'unread', why: 'nobody answered', needs: '`administration: read`' } as const;

export const GATE: Gate = {
  reviewers: [{ type: 'Team', id: 7, name: 'releasers' }],
  preventsSelfReview: true,
  waitMinutes: 5,
  branches: 'custom',
  adminsMayBypass: false,
};

const CONFIGURATION = `version: 1
app: shop
build: { output: dist }
environments:
  staging: { target: { local: { port: 4101 } } }
  production: { target: { local: { port: 4102 } }, gates: { approval: required } }
`;

export const configuration = (text = CONFIGURATION) =>
  parseConfiguration(new TextEncoder().encode(text), '.github/airlock.yml', targetSchemas);

/** Where nothing is open and everything was read. */
export const SETTINGS: SettingsFacts = {
  repository: read({ visibility: 'public', ownerKind: 'organization', defaultBranch: 'main' }),
  plan: read('free'),
  administrators: read(['mary']),
  environments: [
    { name: 'staging', gate: read({ ...GATE, reviewers: [], branches: 'all' }), policies: read([]) },
    { name: 'production', gate: read(GATE), policies: read([{ name: 'main', type: 'branch' }]) },
  ],
  protectedBranches: read(['main']),
  defaultWorkflows: read(
    ['deploy', 'hotfix', 'approve', 'command'].map((name) => `.github/workflows/${name}.yml`),
  ),
  branchProtection: read(undefined),
  rulesets: read([
    {
      id: 1,
      name: 'main',
      target: 'branch',
      isOrganizations: false,
      include: ['~DEFAULT_BRANCH'],
      exclude: [],
      rules: ['pull_request', 'deletion', 'non_fast_forward'],
      bypass: [],
    },
    {
      id: 2,
      name: 'versions',
      target: 'tag',
      isOrganizations: false,
      include: ['refs/tags/v*'],
      exclude: [],
      rules: ['creation', 'update', 'deletion'],
      bypass: ['administrators'],
    },
  ]),
  actions: read({ isEnabled: true, allowed: 'all', requiresShaPins: true }),
  workflowToken: read({ access: 'read', mayApprove: false }),
  repositorySecrets: read([]),
  organizationSecrets: read([]),
  runners: read([]),
};

export const SHA = 'a'.repeat(40);

/** A caller as the documentation has it, pinned. */
export const CALLER = `on: { push: { branches: [main], tags: ['v*'] } }
permissions: {}
jobs:
  airlock:
    uses: airlock-actions/airlock/.github/workflows/pipeline.yml@${SHA}
    permissions: { contents: read, deployments: write, actions: read, issues: read, pull-requests: read }
`;

export const workflow = (text: string, file = '.github/workflows/deploy.yml'): WorkflowFile =>
  parseWorkflow(file, text);

/** Facts with nothing open, and what a test changes of them. */
export const facts = (
  settings: Partial<SettingsFacts> = {},
  workflows: readonly WorkflowFile[] = [workflow(CALLER)],
  more: Partial<Facts> = {},
): Facts => ({
  repository: { owner: 'octo', name: 'shop' },
  configuration: configuration(),
  settings: { ...SETTINGS, ...settings },
  workflows,
  ...more,
});

/** The facts with production's gate changed. */
export const gated = (
  change: Partial<Gate>,
  more: Partial<SettingsFacts['environments'][number]> = {},
): Facts =>
  facts({
    environments: SETTINGS.environments.map((one) =>
      one.name === 'production' ? { ...one, gate: read({ ...GATE, ...change }), ...more } : one,
    ),
  });

/** The facts with a workflow beside the caller. */
export const beside = (text: string): Facts =>
  facts({}, [workflow(CALLER), workflow(text, '.github/workflows/other.yml')]);

/** A workflow with one job that says this. */
export const job = (body: string, top = 'on: push\npermissions: {}'): string =>
  `${top}\njobs:\n  one:\n${body.trim().replaceAll(/^/gm, '    ')}\n`;
