import { describe, expect, it } from 'vitest';
import { diagnose, type Finding, RULES, verdictOf } from '../../../src/domain/doctor/diagnose.ts';
import type { Facts, Ruleset, SettingsFacts } from '../../../src/domain/doctor/facts.ts';
import type { Severity } from '../../../src/domain/doctor/rule.ts';
import {
  beside,
  CALLER,
  configuration,
  facts,
  GATE,
  gated,
  job,
  read,
  SETTINGS,
  SHA,
  UNREAD,
  workflow,
} from './facts.ts';

const AIRLOCK = `airlock-actions/airlock/.github/workflows/pipeline.yml@${SHA}`;
const NEEDED =
  'permissions: { contents: read, deployments: write, actions: read, issues: read, pull-requests: read }';
const calling = (more = '', top?: string) => beside(job(`uses: ${AIRLOCK}\n${NEEDED}\n${more}`, top));
const steps = (uses: string) => beside(job(`runs-on: ubuntu-latest\nsteps:\n  - uses: ${uses}`));

const rulesets = (change: (one: Ruleset) => Ruleset | undefined): Pick<SettingsFacts, 'rulesets'> => {
  const all = SETTINGS.rulesets.kind === 'read' ? SETTINGS.rulesets.value : [];
  return { rulesets: read(all.flatMap((one) => change(one) ?? [])) };
};
const without = (target: Ruleset['target']) => rulesets((one) => (one.target === target ? undefined : one));
const classic = { reviews: true, reviewBypass: [], bindsAdmins: true, forcePushes: false, deletions: false };
const broken = facts({}, [workflow(CALLER), workflow('on: push\njobs: [', '.github/workflows/broken.yml')]);
const hotfix = calling().workflows.concat(
  workflow(job(`uses: airlock-actions/airlock/.github/workflows/hotfix.yml@${SHA}`), 'hotfix.yml'),
);

const RULESETS = SETTINGS.rulesets.kind === 'read' ? SETTINGS.rulesets.value : [];
const ON_CALL: Ruleset = {
  id: 3,
  name: 'hotfix branches',
  target: 'branch',
  isOrganizations: false,
  include: ['refs/heads/hotfix/**/*'],
  exclude: [],
  rules: ['creation', 'update'],
  bypass: ['on call'],
};
/** Production lets branches of these patterns in. */
const admitting = (...names: readonly string[]) =>
  SETTINGS.environments.map((one) =>
    one.name === 'production'
      ? { ...one, policies: read(names.map((name) => ({ name, type: 'branch' as const }))) }
      : one,
  );
const own = (version: string | undefined) =>
  facts({ runners: read([{ name: 'attic', labels: ['self-hosted', 'attic'], version }]) }, [
    workflow(job('runs-on: [self-hosted, attic]')),
  ]);

const hiddenGate = facts({
  environments: SETTINGS.environments.map((one) => ({ ...one, gate: UNREAD, policies: UNREAD })),
});
const absentGate = facts({
  environments: SETTINGS.environments.map((one) => ({ ...one, gate: read(undefined) })),
});

const DEPLOY = workflow(`name: Deploy\n${CALLER}`);
const caller = (name: string, on: string) =>
  workflow(
    job(
      `uses: airlock-actions/airlock/.github/workflows/${name}.yml@${SHA}`,
      `on: { ${on} }\npermissions: {}`,
    ),
    `.github/workflows/${name}.yml`,
  );
const approving = (on: string) => caller('approve', on);
const commanding = (on: string) => caller('command', on);
const OWN_STEPS = workflow(
  job(`runs-on: x\nsteps:\n  - uses: airlock-actions/airlock/actions/command@${SHA}`, 'on: issue_comment'),
  '.github/workflows/command.yml',
);
const ASKS = 'workflow_run: { workflows: [Deploy, Hotfix], types: [completed] }';
const LISTENS = `${ASKS}, issue_comment: { types: [created] }`;
const said = (rest: string) => configuration(`version: 1\napp: a\nbuild: { output: dist }\n${rest}\n`);
const commented = (workflows: Facts['workflows'], settings: Partial<SettingsFacts> = {}) =>
  facts(settings, workflows, {
    configuration: said(
      'environments: { production: { target: { local: { port: 4101 } }, gates: { approval: { by: comment, approvers: [alice] } } } }',
    ),
  });
const commanded = (workflows: Facts['workflows'], settings: Partial<SettingsFacts> = {}) =>
  facts(settings, workflows, {
    configuration: said(
      'routes: { comment: [staging] }\nenvironments: { staging: { target: { local: { port: 4101 } } }, production: { target: { local: { port: 4102 } } } }',
    ),
  });

/** Rule → what it comes to, of which facts. */
const CASES: readonly (readonly [id: string, worst: Severity, when: string, facts: Facts])[] = [
  ['environment-exists', 'open', 'GitHub has none', absentGate],
  ['environment-exists', 'unknown', 'GitHub was silent', hiddenGate],
  ['environment-exists', 'unknown', 'GitHub was not asked', facts({ environments: [] })],
  ['environment-reviewers', 'open', 'nobody is asked', gated({ reviewers: [] })],
  ['environment-reviewers', 'unknown', 'GitHub was silent', hiddenGate],
  ['environment-reviewers', 'unknown', 'there is no environment', absentGate],
  ['environment-self-review', 'warn', 'one may approve oneself', gated({ preventsSelfReview: false })],
  [
    'environment-self-review',
    'ok',
    'airlock.yml lets one approve oneself',
    {
      ...gated({ preventsSelfReview: false }),
      configuration: configuration(
        'version: 1\napp: a\nbuild: { output: dist }\nenvironments: { production: { target: { local: { port: 4101 } }, gates: { approval: { self-approval: true } } } }\n',
      ),
    },
  ],
  ['environment-self-review', 'unknown', 'GitHub was silent', hiddenGate],
  ['environment-admin-bypass', 'open', 'administrators may', gated({ adminsMayBypass: true })],
  ['environment-admin-bypass', 'unknown', 'the field is missing', gated({ adminsMayBypass: undefined })],
  ['environment-branches', 'open', 'all may enter', gated({ branches: 'all' })],
  [
    'environment-branches',
    'open',
    'only protected ones may, and none is',
    facts({
      environments: SETTINGS.environments.map((one) => ({
        ...one,
        gate: read({ ...GATE, branches: 'protected' }),
      })),
      protectedBranches: read([]),
    }),
  ],
  ['environment-branches', 'ok', 'only protected ones may, and one is', gated({ branches: 'protected' })],
  [
    'environment-branches',
    'unknown',
    'only protected ones may, and which was not told',
    {
      ...gated({ branches: 'protected' }),
      settings: { ...gated({ branches: 'protected' }).settings, protectedBranches: UNREAD },
    },
  ],
  [
    'environment-branches',
    'open',
    'a policy is for all',
    gated({}, { policies: read([{ name: '*', type: 'branch' }]) }),
  ],
  ['environment-branches', 'ok', 'nothing may enter', gated({}, { policies: read([]) })],
  ['environment-branches', 'unknown', 'policies were not told', gated({}, { policies: UNREAD })],
  [
    'environment-plan',
    'open',
    'private below Enterprise',
    facts({
      repository: read({ visibility: 'private', ownerKind: 'organization', defaultBranch: 'main' }),
      plan: read('team'),
    }),
  ],
  [
    'environment-plan',
    'open',
    'private of a person',
    facts({ repository: read({ visibility: 'private', ownerKind: 'user', defaultBranch: 'main' }) }),
  ],
  [
    'environment-plan',
    'ok',
    'private on Enterprise',
    facts({
      repository: read({ visibility: 'private', ownerKind: 'organization', defaultBranch: 'main' }),
      plan: read('enterprise'),
    }),
  ],
  [
    'environment-plan',
    'unknown',
    'the plan was not told',
    facts({
      repository: read({ visibility: 'private', ownerKind: 'organization', defaultBranch: 'main' }),
      plan: UNREAD,
    }),
  ],
  [
    'environment-plan',
    'unknown',
    'the plan is new',
    facts({
      repository: read({ visibility: 'private', ownerKind: 'organization', defaultBranch: 'main' }),
      plan: read('galaxy'),
    }),
  ],
  [
    'approval-required',
    'warn',
    'airlock.yml asks for none',
    facts({}, undefined, {
      configuration: configuration(
        'version: 1\napp: a\nbuild: { output: dist }\nenvironments: { production: { target: { local: { port: 4101 } } } }\n',
      ),
    }),
  ],
  ['secrets-level', 'open', 'the repository has one', facts({ repositorySecrets: read(['DATABASE_URL']) })],
  [
    'secrets-level',
    'open',
    'the organisation has one',
    facts({ organizationSecrets: read(['VERCEL_TOKEN']) }),
  ],
  ['secrets-level', 'open', 'all variables are there', facts({ repositorySecrets: read(['APP_VARIABLES']) })],
  [
    'secrets-level',
    'ok',
    'the build reads their names',
    facts({ repositorySecrets: read(['APP_VARIABLES']) }, undefined, {
      configuration: configuration(
        'version: 1\napp: a\nbuild: { output: dist, checks: { names: { variables: [A] } } }\nenvironments: { production: { target: { local: { port: 4101 } } } }\n',
      ),
    }),
  ],
  ['secrets-level', 'ok', 'others are there', facts({ repositorySecrets: read(['NPM_TOKEN']) })],
  ['secrets-level', 'unknown', 'names were not told', facts({ organizationSecrets: UNREAD })],
  ['branch-reviews', 'open', 'no rule asks', facts(without('branch'))],
  [
    'branch-reviews',
    'open',
    'a rule is for others',
    facts(rulesets((one) => ({ ...one, include: ['refs/heads/x'] }))),
  ],
  [
    'branch-reviews',
    'open',
    'a rule leaves some out',
    facts(rulesets((one) => ({ ...one, exclude: ['refs/heads/main'] }))),
  ],
  [
    'branch-reviews',
    'ok',
    'classic protection asks',
    facts({ ...without('branch'), branchProtection: read(classic) }),
  ],
  ['branch-reviews', 'ok', 'a rule asks, whatever the rest', facts({ branchProtection: UNREAD })],
  [
    'branch-reviews',
    'unknown',
    'classic protection is hidden',
    facts({ ...without('branch'), branchProtection: UNREAD }),
  ],
  ['branch-reviews', 'unknown', 'rulesets are hidden', facts({ rulesets: UNREAD })],
  [
    'branch-history',
    'warn',
    'it may be rewritten',
    facts(rulesets((one) => ({ ...one, rules: ['pull_request', 'deletion'] }))),
  ],
  [
    'branch-history',
    'ok',
    'classic protection keeps it',
    facts({ ...without('branch'), branchProtection: read(classic) }),
  ],
  ['branch-history', 'unknown', 'rulesets are hidden', facts({ rulesets: UNREAD })],
  ['tag-protection', 'open', 'no rule stands', facts(without('tag'))],
  [
    'tag-protection',
    'open',
    'tags may be moved',
    facts(rulesets((one) => ({ ...one, rules: ['creation', 'deletion'] }))),
  ],
  [
    'tag-protection',
    'warn',
    'no tag releases',
    facts(without('tag'), [workflow(CALLER.replace(", tags: ['v*']", ''))]),
  ],
  ['tag-protection', 'unknown', 'rulesets are hidden', facts({ rulesets: UNREAD })],
  ['bypass', 'warn', 'a role may', facts(rulesets((one) => ({ ...one, bypass: ['writers'] })))],
  [
    'bypass',
    'warn',
    'administrators may',
    facts({ branchProtection: read({ ...classic, bindsAdmins: false }) }),
  ],
  [
    'bypass',
    'warn',
    'somebody may skip reviews',
    facts({ branchProtection: read({ ...classic, reviewBypass: ['eve'] }) }),
  ],
  ['bypass', 'unknown', 'GitHub does not say who', facts(rulesets((one) => ({ ...one, bypass: undefined })))],
  [
    'token-default',
    'open',
    'it may write',
    facts({ workflowToken: read({ access: 'write', mayApprove: false }) }),
  ],
  ['token-default', 'unknown', 'GitHub was silent', facts({ workflowToken: UNREAD })],
  ['hotfix-branches', 'warn', 'whoever may write may push them', facts({}, hotfix)],
  [
    'hotfix-branches',
    'warn',
    'GitHub keeps them out of production',
    facts({ rulesets: read([...RULESETS, ON_CALL]) }, hotfix),
  ],
  [
    'hotfix-branches',
    'ok',
    'those on call push them, and they may ask',
    facts({ rulesets: read([...RULESETS, ON_CALL]), environments: admitting('main', 'hotfix/*') }, hotfix),
  ],
  [
    'hotfix-branches',
    'warn',
    'a ruleset leaves some out',
    facts(
      {
        rulesets: read([...RULESETS, { ...ON_CALL, exclude: ['refs/heads/hotfix/x'] }]),
        environments: admitting('main', 'hotfix/*'),
      },
      hotfix,
    ),
  ],
  [
    'hotfix-branches',
    'unknown',
    'rulesets were not told',
    facts({ rulesets: UNREAD, environments: admitting('hotfix/**') }, hotfix),
  ],
  [
    'token-approves',
    'warn',
    'nobody needs it',
    facts({ workflowToken: read({ access: 'read', mayApprove: true }) }),
  ],
  ['token-approves', 'warn', 'hotfix.yml needs it', facts({}, hotfix)],
  [
    'token-approves',
    'ok',
    'hotfix.yml has it',
    facts({ workflowToken: read({ access: 'read', mayApprove: true }) }, hotfix),
  ],
  ['token-approves', 'unknown', 'GitHub was silent', facts({ workflowToken: UNREAD })],
  [
    'actions-allowed',
    'warn',
    'any may be used',
    facts({ actions: read({ isEnabled: true, allowed: 'all', requiresShaPins: false }) }),
  ],
  [
    'actions-allowed',
    'warn',
    'Airlock may not',
    facts({ actions: read({ isEnabled: true, allowed: 'local_only', requiresShaPins: false }) }),
  ],
  [
    'actions-allowed',
    'warn',
    'Actions are off',
    facts({ actions: read({ isEnabled: false, allowed: undefined, requiresShaPins: undefined }) }),
  ],
  [
    'actions-allowed',
    'ok',
    'some were chosen',
    facts({ actions: read({ isEnabled: true, allowed: 'selected', requiresShaPins: false }) }),
  ],
  [
    'actions-allowed',
    'unknown',
    'GitHub does not say which',
    facts({ actions: read({ isEnabled: true, allowed: undefined, requiresShaPins: undefined }) }),
  ],
  ['runner-version', 'warn', 'it is too old', own('2.335.1')],
  ['runner-version', 'ok', 'it is just new enough', own('2.336.0')],
  ['runner-version', 'ok', 'it is of the next age', own('3.0.0')],
  ['runner-version', 'unknown', 'its version is missing', own(undefined)],
  [
    'runner-version',
    'unknown',
    'it is somebody else’s',
    { ...own('2.336.0'), workflows: [workflow(job('runs-on: cellar'))] },
  ],
  [
    'runner-version',
    'unknown',
    'GitHub was silent',
    { ...own(''), settings: { ...SETTINGS, runners: UNREAD } },
  ],
  ['runner-version', 'ok', 'GitHub was silent, and nobody asks for one', facts({ runners: UNREAD })],
  [
    'side-doors',
    'open',
    'another job enters',
    beside(job('runs-on: ubuntu-latest\nenvironment: Production')),
  ],
  [
    'side-doors',
    'open',
    'another job enters by name',
    beside(job('runs-on: ubuntu-latest\nenvironment: { name: staging }')),
  ],
  [
    'side-doors',
    'unknown',
    'only the run knows',
    beside(job('runs-on: ubuntu-latest\nenvironment: ${{ inputs.to }}')),
  ],
  [
    'side-doors',
    'ok',
    'it is no environment of ours',
    beside(job('runs-on: ubuntu-latest\nenvironment: docs')),
  ],
  ['side-doors', 'unknown', 'a file is broken', broken],
  [
    'environments-match',
    'warn',
    'the name is another',
    beside(
      job(`runs-on: ubuntu-latest\nenvironment: prod\nsteps:\n  - uses: airlock-actions/airlock@${SHA}`),
    ),
  ],
  [
    'environments-match',
    'ok',
    'the name is ours',
    beside(
      job(
        `runs-on: ubuntu-latest\nenvironment: production\nsteps:\n  - uses: airlock-actions/airlock@${SHA}`,
      ),
    ),
  ],
  ['environments-match', 'unknown', 'a file is broken', broken],
  ['actions-pinned', 'open', 'by a tag', steps('sly/lint@v3')],
  ['actions-pinned', 'open', 'by a short commit', steps('sly/lint@aaaaaaa')],
  ['actions-pinned', 'open', 'by a branch with a slash', steps('sly/lint/sub@release/v3')],
  ['actions-pinned', 'open', 'by nothing', steps('sly/lint')],
  ['actions-pinned', 'open', 'an image by a tag', steps('docker://alpine:3')],
  ['actions-pinned', 'ok', 'an image by its digest', steps(`docker://alpine@sha256:${'b'.repeat(64)}`)],
  ['actions-pinned', 'ok', 'one’s own', steps('./actions/mine')],
  ['actions-pinned', 'ok', 'Airlock is another question', steps('airlock-actions/airlock@v1')],
  ['actions-pinned', 'open', 'a workflow by a tag', beside(job('uses: sly/flow/.github/workflows/x.yml@v1'))],
  ['actions-pinned', 'unknown', 'a file is broken', broken],
  ['airlock-pinned', 'warn', 'by its moving tag', steps('airlock-actions/airlock/actions/plan@v1')],
  ['airlock-pinned', 'warn', 'by a branch', steps('Airlock-Actions/Airlock@main')],
  ['airlock-pinned', 'unknown', 'a file is broken', broken],
  ['permissions-stated', 'warn', 'a workflow is silent', beside(job('runs-on: ubuntu-latest', 'on: push'))],
  [
    'permissions-stated',
    'ok',
    'its jobs say it',
    beside(job('runs-on: ubuntu-latest\npermissions: {}', 'on: push')),
  ],
  ['permissions-stated', 'unknown', 'a file is broken', broken],
  [
    'permissions-missing',
    'warn',
    'one is missing',
    beside(job(`uses: ${AIRLOCK}\npermissions: { contents: read, actions: read }`)),
  ],
  [
    'permissions-missing',
    'warn',
    'read is not write',
    beside(job(`uses: ${AIRLOCK}\npermissions: read-all`)),
  ],
  ['permissions-missing', 'warn', 'the workflow takes all away', beside(job(`uses: ${AIRLOCK}`))],
  [
    'permissions-missing',
    'warn',
    'a step needs more',
    beside(job(`runs-on: ubuntu-latest\nsteps:\n  - uses: airlock-actions/airlock/actions/promote@${SHA}`)),
  ],
  ['permissions-missing', 'unknown', 'a file is broken', broken],
  [
    'permissions-wide',
    'open',
    'everything is granted',
    beside(job(`uses: ${AIRLOCK}\npermissions: write-all`)),
  ],
  [
    'permissions-wide',
    'open',
    'one is too much',
    beside(
      job(
        `uses: ${AIRLOCK}\npermissions: { contents: write, deployments: write, actions: read, issues: read, pull-requests: read }`,
      ),
    ),
  ],
  [
    'permissions-wide',
    'ok',
    'one is none',
    beside(
      job(
        `uses: ${AIRLOCK}\npermissions: { contents: read, deployments: write, actions: read, issues: read, checks: none }`,
      ),
    ),
  ],
  ['permissions-wide', 'unknown', 'a file is broken', broken],
  [
    'pull-request-target',
    'open',
    'it starts Airlock',
    calling('', 'on: [pull_request_target]\npermissions: {}'),
  ],
  [
    'pull-request-target',
    'warn',
    'it starts something else',
    beside(job('runs-on: ubuntu-latest', 'on: { pull_request_target: }\npermissions: {}')),
  ],
  ['pull-request-target', 'unknown', 'a file is broken', broken],
  ['secrets-inherit', 'warn', 'they go to another owner', calling('secrets: inherit')],
  ['secrets-inherit', 'ok', 'they are named', calling('secrets: { A: b }')],
  [
    'secrets-inherit',
    'ok',
    'the owner is the same',
    { ...calling('secrets: inherit'), repository: { owner: 'Airlock-Actions', name: 'x' } },
  ],
  ['secrets-inherit', 'unknown', 'a file is broken', broken],
  [
    'lane-clash',
    'open',
    'the workflow takes a lane',
    calling('', 'on: push\npermissions: {}\nconcurrency: airlock-lane-production'),
  ],
  [
    'lane-clash',
    'open',
    'the job takes a lane',
    calling('concurrency: { group: "airlock-lane-${{ inputs.to }}" }'),
  ],
  [
    'lane-clash',
    'ok',
    'the job with our steps holds the lane',
    beside(
      job(
        `runs-on: ubuntu-latest\nconcurrency: airlock-lane-production\nsteps:\n  - uses: airlock-actions/airlock@${SHA}`,
      ),
    ),
  ],
  [
    'lane-clash',
    'warn',
    'a push cancels a release',
    calling('', 'on: push\npermissions: {}\nconcurrency: { group: x, cancel-in-progress: true }'),
  ],
  [
    'lane-clash',
    'warn',
    'it may cancel',
    calling('concurrency: { group: x, cancel-in-progress: "${{ github.ref != 1 }}" }'),
  ],
  ['lane-clash', 'unknown', 'a file is broken', broken],
  ['approve-caller', 'warn', 'no workflow calls it', commented([workflow(CALLER)])],
  ['approve-caller', 'ok', 'one asks and hears', commented([DEPLOY, approving(LISTENS)])],
  ['approve-caller', 'warn', 'no comment starts it', commented([DEPLOY, approving(ASKS)])],
  [
    'approve-caller',
    'warn',
    'only edited comments start it',
    commented([DEPLOY, approving(`${ASKS}, issue_comment: { types: [edited] }`)]),
  ],
  [
    'approve-caller',
    'ok',
    'every comment starts it',
    commented([DEPLOY, approving(`${ASKS}, issue_comment: `)]),
  ],
  [
    'approve-caller',
    'warn',
    'the end of a release asks nobody',
    commented([
      DEPLOY,
      approving('issue_comment: , workflow_run: { workflows: [Other], types: [completed] }'),
    ]),
  ],
  [
    'approve-caller',
    'warn',
    'a run that begins is followed, and none that ends',
    commented([
      DEPLOY,
      approving('issue_comment: , workflow_run: { workflows: [Deploy], types: [requested] }'),
    ]),
  ],
  [
    'approve-caller',
    'ok',
    'it asks every hour',
    commented([DEPLOY, approving("issue_comment: , schedule: [{ cron: '17 * * * *' }]")]),
  ],
  [
    'approve-caller',
    'warn',
    'it is on another branch',
    commented([DEPLOY, approving(LISTENS)], { defaultWorkflows: read(['.github/workflows/deploy.yml']) }),
  ],
  [
    'approve-caller',
    'unknown',
    'the default branch was not told',
    commented([DEPLOY, approving(LISTENS)], { defaultWorkflows: UNREAD }),
  ],
  [
    'approve-caller',
    'unknown',
    'a broken file may call it',
    commented([DEPLOY, workflow('on: push\njobs: [', '.github/workflows/broken.yml')]),
  ],
  ['command-caller', 'warn', 'no workflow calls it', commanded([DEPLOY])],
  [
    'command-caller',
    'ok',
    'one hears',
    commanded([DEPLOY, commanding('issue_comment: { types: [created] }')]),
  ],
  ['command-caller', 'ok', 'steps of one’s own hear', commanded([DEPLOY, OWN_STEPS])],
  ['command-caller', 'warn', 'no comment starts it', commanded([DEPLOY, commanding('workflow_dispatch: ')])],
  [
    'command-caller',
    'warn',
    'it is on another branch',
    commanded([DEPLOY, commanding('issue_comment: ')], { defaultWorkflows: read([]) }),
  ],
  ['command-caller', 'unknown', 'there is no workflow at all', commanded([])],
];

const ORDER: readonly Severity[] = ['ok', 'warn', 'unknown', 'open'];
const worstOf = (findings: readonly Finding[]): Severity =>
  findings.map(({ severity }) => severity).sort((a, b) => ORDER.indexOf(b) - ORDER.indexOf(a))[0] ?? 'ok';

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const mine = CASES.filter(([of]) => of === id);

  it('is in order where everything is', () => {
    const findings = diagnose(facts(), [rule]);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.map(({ severity }) => severity)).toEqual(findings.map(() => 'ok'));
    for (const finding of findings) expect(finding).not.toHaveProperty('fix');
  });

  it.each(mine.map(([, worst, when, given]) => [worst, when, given] as const))(
    'is %s when %s',
    (worst, _, given) => {
      const findings = diagnose(given, [rule]);
      expect(worstOf(findings)).toBe(worst);
      for (const { severity, fix, what, about } of findings) {
        expect(about).not.toBe('');
        expect(what).not.toBe('');
        if (severity !== 'ok') expect(fix?.click).toMatch(/\S{3}/);
      }
    },
  );

  it('has a case for a no, and one for no answer', () => {
    expect(mine.map(([, worst]) => worst)).toContain(rule.weight);
    // What stands in airlock.yml is always there to be read.
    if (id !== 'approval-required') expect(mine.map(([, worst]) => worst)).toContain('unknown');
  });
});

describe('a diagnosis', () => {
  it('with nothing read is never in order, save for what airlock.yml says', () => {
    const environments = SETTINGS.environments.map((one) => ({ ...one, gate: UNREAD, policies: UNREAD }));
    const silent: SettingsFacts = {
      repository: UNREAD,
      plan: UNREAD,
      administrators: UNREAD,
      environments,
      protectedBranches: UNREAD,
      defaultWorkflows: UNREAD,
      branchProtection: UNREAD,
      rulesets: UNREAD,
      actions: UNREAD,
      workflowToken: UNREAD,
      repositorySecrets: UNREAD,
      organizationSecrets: UNREAD,
      runners: UNREAD,
    };
    const findings = diagnose(facts(silent, []));
    expect(findings.filter(({ severity }) => severity !== 'unknown').map(({ id }) => id)).toEqual([
      'approval-required',
      'approve-caller',
      'command-caller',
    ]);
    expect(verdictOf(findings, 'open')).toBe('unknown');
    for (const { severity, fix } of findings)
      if (severity === 'unknown') expect(fix?.click).toMatch(/token|checkout/);
  });

  it('puts first what needs somebody', () => {
    const severities = diagnose(facts({ repositorySecrets: read(['DATABASE_URL']), actions: UNREAD })).map(
      ({ severity }) => severity,
    );
    expect(severities.slice(0, 3)).toEqual(['open', 'unknown', 'ok']);
    expect(new Set(severities.slice(2))).toEqual(new Set(['ok']));
  });

  it('keeps the words of a workflow out of the shell of whoever copies a command', () => {
    const [finding] = diagnose(steps('"sly/lint@$(id)\'`x`;rm"')).filter(({ id }) => id === 'actions-pinned');
    expect(finding?.what).toContain('$(id)');
    expect(finding?.fix?.command).toBe("gh api 'repos/sly/lint/commits/%24(id)'\\''%60x%60%3Brm' --jq .sha");
  });

  it('counts a warning only when it is asked to', () => {
    const given = diagnose(gated({ preventsSelfReview: false }));
    expect(verdictOf(given, 'open')).toBe('sound');
    expect(verdictOf(given, 'warn')).toBe('open');
    expect(verdictOf(diagnose(facts({ actions: UNREAD })), 'open')).toBe('sound');
    expect(verdictOf(diagnose(facts({ actions: UNREAD })), 'warn')).toBe('unknown');
  });
});
