import { amongCallers } from '../hearing.ts';
import { ok, type Rule } from '../rule.ts';

const COPY = {
  click:
    'Copy the caller of docs/commands.md#the-workflow-to-copy to .github/workflows/command.yml on the default branch; or take `comment:` out of `routes:`.',
};

export const commandCaller: Rule = {
  id: 'command-caller',
  asks: 'Does a workflow hear commands where airlock.yml switches `/deploy` on?',
  weight: 'warn',
  why: 'Without one on the default branch nothing answers `/deploy`, and nobody is told why.',
  fix: () => COPY,
  look(facts) {
    const { comment } = facts.configuration.routes;
    if (comment.length === 0) return [ok('airlock.yml', '`/deploy` is switched off')];
    return amongCallers(facts, 'command', {
      allWell: `\`/deploy\` is heard for ${comment.join(', ')}`,
      unheard: `\`/deploy\` to ${comment.join(', ')} is never heard`,
      copy: COPY,
    });
  },
};
