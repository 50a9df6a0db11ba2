import { readable, runsAirlock } from '../places.ts';
import { amongWorkflows, no, type Rule } from '../rule.ts';

export const pullRequestTarget: Rule = {
  id: 'pull-request-target',
  asks: 'Does no workflow start on `pull_request_target`?',
  weight: 'open',
  why: 'It gives a stranger’s pull request this repository’s secrets and its writing token.',
  fix: ({ about }) => ({ click: `${about}: \`pull_request\` in place of \`pull_request_target\`.` }),
  look: (facts) =>
    amongWorkflows(
      facts,
      readable(facts)
        .filter(({ events }) => events.includes('pull_request_target'))
        .map((workflow) =>
          workflow.jobs.some(runsAirlock)
            ? no(workflow.file, 'starts Airlock on `pull_request_target`: Airlock refuses it', {
                at: { file: workflow.file },
              })
            : no(
                workflow.file,
                'starts on `pull_request_target`: nothing in it may check out the pull request',
                {
                  at: { file: workflow.file },
                  weight: 'warn',
                },
              ),
        ),
      'none does',
    ),
};
