import type { BranchPolicy, Facts, Ruleset } from '../facts.ts';
import { atGates, everyJob } from '../places.ts';
import { no, ok, type Rule, type Sighting, whenRead } from '../rule.ts';
import { airlockPath } from '../uses.ts';

const NEEDED = ['creation', 'update'];

export const hotfixBranches: Rule = {
  id: 'hotfix-branches',
  asks: 'May only chosen people push hotfix branches, and do those get as far as production’s gate?',
  weight: 'warn',
  why: 'Whoever may push one may ask for production by the short way; one that GitHub keeps out is found out at night.',
  fix: ({ repository }) => ({
    click:
      'Settings → Rules → Rulesets → New branch ruleset: target hotfix/**/*, Active, Restrict creations and updates; who is on call on the bypass list. Settings → Environments → staging and production → Deployment branches and tags: add hotfix/*.',
    command: `echo '${RULESET}' | gh api -X POST repos/${repository}/rulesets --input -`,
  }),
  look(facts) {
    const { workflows, configuration } = facts;
    if (callsHotfix(facts))
      return configuration.hotfix.branches.flatMap((pattern) => [
        ...mayPush(facts, pattern),
        ...mayEnter(facts, pattern),
      ]);
    // What could not be read is a finding of its own.
    const areRead = workflows.length > 0 && workflows.every(({ kind }) => kind === 'read');
    return areRead ? [ok('hotfix branches', 'no workflow takes them to production')] : [];
  },
};

/** Whether a workflow takes the short way. */
export const callsHotfix = (facts: Facts): boolean =>
  everyJob(facts).some(
    ({ job }) => job.calls !== undefined && airlockPath(job.calls.text) === '.github/workflows/hotfix.yml',
  );

const mayPush = ({ settings: { rulesets } }: Facts, pattern: string): readonly Sighting[] =>
  whenRead(rulesets, pattern, (list) => {
    const rules = new Set(list.filter((one) => covers(one, pattern)).flatMap((one) => one.rules));
    const missing = NEEDED.filter((rule) => !rules.has(rule));
    return missing.length === 0
      ? ok(pattern, 'a ruleset says who may push them')
      : no(pattern, `no ruleset restricts their ${missing.join(' and ')}: whoever may write may push them`);
  });

const mayEnter = (facts: Facts, pattern: string): readonly Sighting[] =>
  atGates(facts, (gate, { name, policies }) =>
    gate.branches === 'custom'
      ? whenRead(policies, name, (list) =>
          list.some((policy) => admits(policy, pattern))
            ? ok(name, `lets ${pattern} ask`)
            : no(name, `its branch policy keeps ${pattern} out: no hotfix gets there`),
        )
      : [],
  );

/** The branches below a pattern's folder, as rulesets and environments write them. */
const asWritten = (pattern: string): readonly string[] => {
  const folder = pattern.replace(/\/\*{1,2}$/, '');
  return [pattern, ...(folder === pattern ? [] : [`${folder}/*`, `${folder}/**`, `${folder}/**/*`])];
};

const covers = ({ target, include, exclude }: Ruleset, pattern: string): boolean =>
  target === 'branch' &&
  exclude.length === 0 &&
  ['~ALL', ...['**', '**/*', ...asWritten(pattern)].map((one) => `refs/heads/${one}`)].some((one) =>
    include.includes(one),
  );

const admits = ({ type, name }: BranchPolicy, pattern: string): boolean =>
  type === 'branch' && ['**', '**/*', ...asWritten(pattern)].includes(name);

const RULESET = JSON.stringify({
  name: 'hotfix branches',
  target: 'branch',
  enforcement: 'active',
  conditions: { ref_name: { include: ['refs/heads/hotfix/**/*'], exclude: [] } },
  rules: NEEDED.map((type) => ({ type })),
  // Those who maintain the repository; 5 is its administrators.
  bypass_actors: [{ actor_id: 4, actor_type: 'RepositoryRole', bypass_mode: 'always' }],
});
