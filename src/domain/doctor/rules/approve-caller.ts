import type { Facts } from '../facts.ts';
import { amongCallers, type Caller, callersOf, follows } from '../hearing.ts';
import { no, ok, type Rule, type Sighting } from '../rule.ts';

const COPY = {
  click:
    'Copy the caller of docs/workflows.md#approve-by-comment to .github/workflows/approve.yml on the default branch.',
};

export const approveCaller: Rule = {
  id: 'approve-caller',
  asks: 'Does a workflow ask and hear people where airlock.yml has them approve by comment?',
  weight: 'warn',
  why: 'Without one on the default branch no issue opens and nobody’s `/approve` is ever heard: the release waits until it expires.',
  fix: () => COPY,
  look(facts) {
    const asked = facts.configuration.environments.filter(({ gates }) => gates.comment !== undefined);
    const names = asked.map(({ name }) => name).join(', ');
    if (asked.length === 0) return [ok('airlock.yml', 'nobody approves by comment')];
    const words = {
      allWell: `people are asked and heard for ${names}`,
      unheard: `nobody is asked or heard for ${names}`,
      copy: COPY,
    };
    return amongCallers(facts, 'approve', words, (callers) => unasked(facts, callers));
  },
};

/** Workflows that release, and whose end asks nobody. */
const unasked = (facts: Facts, callers: readonly Caller[]): readonly Sighting[] =>
  callers.some(({ workflow }) => workflow.events.includes('schedule'))
    ? []
    : releasing(facts)
        .filter(({ workflow: { name } }) => !callers.some(({ workflow }) => follows(workflow, name)))
        .map(({ workflow: { file, name }, job: { at } }) =>
          no(file, `nothing asks when a run of ${name} waits`, {
            at,
            fix: {
              click: `${callers[0]?.workflow.file}: \`workflow_run: { workflows: [${name}], types: [completed] }\` under \`on:\`.`,
            },
          }),
        );

const releasing = (facts: Facts): readonly Caller[] =>
  ['pipeline', 'hotfix', 'stage'].flatMap((name) => callersOf(facts, name));
