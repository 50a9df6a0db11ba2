import { coversVersionTags, everyJob, runsAirlock } from '../places.ts';
import { no, ok, type Rule, whenRead } from '../rule.ts';

const NEEDED = ['creation', 'update', 'deletion'];

export const tagProtection: Rule = {
  id: 'tag-protection',
  asks: 'May only chosen people make, move and delete version tags (`v*`)?',
  weight: 'open',
  why: 'A pushed tag starts a release; a moved tag lets one version name two builds.',
  fix: ({ repository }) => ({
    click:
      'Settings → Rules → Rulesets → New tag ruleset: target refs/tags/v*, Active, Restrict creations, updates and deletions; only who releases on the bypass list.',
    command: `echo '${TAG_RULESET}' | gh api -X POST repos/${repository}/rulesets --input -`,
  }),
  look: (facts) => {
    const isDeployedByTag =
      facts.workflows.some((one) => one.kind === 'unread') ||
      everyJob(facts).some(({ workflow, job }) => workflow.startsByTag && runsAirlock(job));
    return whenRead(facts.settings.rulesets, 'v* tags', (rulesets) => {
      const rules = new Set(rulesets.filter(coversVersionTags).flatMap((one) => one.rules));
      const missing = NEEDED.filter((rule) => !rules.has(rule));
      if (missing.length === 0) return ok('v* tags', 'a ruleset holds them');
      const what = `no ruleset for all of them restricts ${missing.join(', ')}`;
      return isDeployedByTag
        ? no('v* tags', what)
        : no('v* tags', `${what}; no workflow that calls Airlock is started by a tag`, { weight: 'warn' });
    });
  },
};

const TAG_RULESET = JSON.stringify({
  name: 'version tags',
  target: 'tag',
  enforcement: 'active',
  conditions: { ref_name: { include: ['refs/tags/v*'], exclude: [] } },
  rules: NEEDED.map((type) => ({ type })),
  // The repository's administrators; 4 is the role that maintains it.
  bypass_actors: [{ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'always' }],
});
