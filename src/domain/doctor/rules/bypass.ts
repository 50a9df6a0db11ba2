import type { Ruleset } from '../facts.ts';
import { coversBranch, coversVersionTags } from '../places.ts';
import { no, ok, type Rule, type Sighting, tokenFix, unknown, whenRead } from '../rule.ts';

export const bypass: Rule = {
  id: 'bypass',
  asks: 'Who may go around the protection of the default branch and of version tags?',
  weight: 'warn',
  why: 'Whoever is on a bypass list is not held by the rule, and nobody sees it in the rule itself.',
  fix: ({ about }) => ({
    click: `Settings → Rules → Rulesets → ${about} → Bypass list (classic: Settings → Branches → Do not allow bypassing the above settings): keep only who needs it.`,
  }),
  look: ({ repository, settings }) => [
    ...whenRead(settings.repository, 'default branch', ({ defaultBranch: branch }) => [
      ...whenRead(settings.branchProtection, branch, (classic): readonly Sighting[] => {
        if (classic === undefined) return [];
        const around = [...(classic.bindsAdmins ? [] : ['administrators']), ...classic.reviewBypass];
        const command = `gh api -X POST repos/${repository.owner}/${repository.name}/branches/${encodeURIComponent(branch)}/protection/enforce_admins`;
        if (around.length === 0) return [ok(branch, 'branch protection binds everyone')];
        const place = { repository: '', about: branch };
        return [
          no(branch, `branch protection does not bind ${around.join(', ')}`, {
            fix: { ...bypass.fix(place), ...(classic.bindsAdmins ? {} : { command }) },
          }),
        ];
      }),
      ...whenRead(settings.rulesets, 'rulesets', (rulesets) =>
        rulesets.filter((one) => coversBranch(one, branch) || coversVersionTags(one)).map(seen),
      ),
    ]),
  ],
};

function seen({ name, bypass: around, target, isOrganizations }: Ruleset): Sighting {
  const about = `ruleset ${name}${isOrganizations ? ' (organisation)' : ''}`;
  if (around === undefined)
    return unknown(about, 'GitHub tells who bypasses it only to those who may change it', {
      fix: {
        click: `${tokenFix('`administration: write`').click} Or look: Settings → Rules → Rulesets → ${name} → Bypass list.`,
      },
    });
  if (around.length === 0) return ok(about, 'binds everyone');
  return target === 'tag'
    ? ok(about, `version tags are made by ${around.join(', ')}`)
    : no(about, `may be bypassed by ${around.join(', ')}`);
}
