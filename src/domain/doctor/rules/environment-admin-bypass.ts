import { atGates } from '../places.ts';
import { no, ok, type Rule, unknown } from '../rule.ts';

export const environmentAdminBypass: Rule = {
  id: 'environment-admin-bypass',
  asks: 'Does the gate hold administrators too?',
  weight: 'open',
  why: 'GitHub lets administrators skip reviewers and wait timers unless it is told not to.',
  // GitHub's API shows it and does not take it.
  fix: ({ about }) => ({
    click: `Settings → Environments → ${about} → Allow administrators to bypass configured protection rules: untick it, save.`,
  }),
  look: (facts) =>
    atGates(facts, ({ adminsMayBypass }, { name }) => {
      if (adminsMayBypass === undefined)
        return unknown(name, 'GitHub does not say whether administrators may bypass it', {
          fix: environmentAdminBypass.fix({ repository: '', about: name }),
        });
      return adminsMayBypass
        ? no(name, `administrators may bypass it${named(facts.settings.administrators)}`)
        : ok(name, 'holds administrators too');
    }),
};

const named = (read: { kind: 'read'; value: readonly string[] } | { kind: 'unread' }): string =>
  read.kind === 'read' && read.value.length > 0 ? `: ${read.value.join(', ')}` : '';
