import { shellWord } from '../commands.ts';
import { everyJob } from '../places.ts';
import { amongWorkflows, no, type Rule, type Sighting } from '../rule.ts';
import { isAirlock, readReference } from '../uses.ts';

export const actionsPinned: Rule = {
  id: 'actions-pinned',
  asks: 'Is everybody else’s action pinned to a full commit?',
  weight: 'open',
  why: 'A tag can be moved: what runs next to your secrets tomorrow is not what you read today.',
  fix: () => ({
    click: 'In the workflow file: the full commit in place of the tag, the tag behind it as a comment.',
    command: 'gh api repos/OWNER/ACTION/commits/REF --jq .sha',
  }),
  look: (facts) =>
    amongWorkflows(
      facts,
      everyJob(facts).flatMap(({ job }) =>
        [...(job.calls === undefined ? [] : [job.calls]), ...job.steps].flatMap(
          ({ text, at }): Sighting[] => {
            if (isAirlock(text)) return [];
            const found = readReference(text);
            if (found.kind === 'own' || (found.kind !== 'unreadable' && found.isPinned)) return [];
            if (found.kind === 'unreadable')
              return [no(at.file, `\`${text}\` names nothing that GitHub knows`, { at })];
            if (found.kind === 'image')
              return [no(at.file, `\`${text}\` is not pinned to a digest`, { at, fix: IMAGE })];
            const { owner, repository, ref } = found;
            const path = `repos/${owner}/${repository}/commits/${encodeURIComponent(ref)}`;
            const fix = {
              click: `${at.file}${at.line === undefined ? '' : `:${at.line}`}: the commit in place of \`@${ref}\`.`,
              command: `gh api ${shellWord(path)} --jq .sha`,
            };
            return [no(at.file, `\`${text}\` is not pinned to a commit`, { at, fix })];
          },
        ),
      ),
      'everything of others is pinned',
    ),
};

const IMAGE = { click: 'Name the image by its digest: `docker://image@sha256:…`.' };
