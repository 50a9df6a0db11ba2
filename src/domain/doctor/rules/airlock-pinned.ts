import { shellWord } from '../commands.ts';
import { everyJob } from '../places.ts';
import { amongWorkflows, no, type Rule, type Sighting } from '../rule.ts';
import { AIRLOCK, isAirlock, readReference } from '../uses.ts';

export const airlockPinned: Rule = {
  id: 'airlock-pinned',
  asks: 'Is Airlock itself pinned to a full commit?',
  weight: 'warn',
  why: '`@v1` brings fixes by itself, and trusts whoever may move Airlock’s tag; a commit trusts nobody.',
  fix: () => ({
    click: 'In the workflow file: the full commit in place of the tag, the version behind it as a comment.',
    command: `gh api repos/${AIRLOCK}/commits/v1 --jq .sha`,
  }),
  look: (facts) =>
    amongWorkflows(
      facts,
      everyJob(facts).flatMap(({ job }) =>
        [...(job.calls === undefined ? [] : [job.calls]), ...job.steps].flatMap(
          ({ text, at }): Sighting[] => {
            const found = readReference(text);
            if (!isAirlock(text) || found.kind !== 'remote' || found.isPinned) return [];
            const { ref } = found;
            const what = /^v\d+$/.test(ref)
              ? `\`@${ref}\` is a tag that moves with every release`
              : /^v\d+\.\d+\.\d+/.test(ref)
                ? `\`@${ref}\` is a tag`
                : `\`@${ref}\` is no release of Airlock`;
            return [
              no(at.file, what, {
                at,
                fix: {
                  click: `${at.file}: the commit in place of \`@${ref}\`.`,
                  command: `gh api ${shellWord(`repos/${AIRLOCK}/commits/${encodeURIComponent(ref)}`)} --jq .sha`,
                },
              }),
            ];
          },
        ),
      ),
      'pinned wherever it is used',
    ),
};
