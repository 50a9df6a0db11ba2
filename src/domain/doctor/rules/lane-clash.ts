import type { Concurrency } from '../facts.ts';
import { everyJob, runsAirlock } from '../places.ts';
import { amongWorkflows, no, type Rule, type Sighting } from '../rule.ts';
import { isAirlock } from '../uses.ts';

/** What the groups of Airlock's own jobs begin with. */
const LANES = /^airlock-(lane|preview)-/i;

export const laneClash: Rule = {
  id: 'lane-clash',
  asks: 'Do callers keep out of Airlock’s concurrency groups, and never cancel a release?',
  weight: 'open',
  why: 'A caller in the group of the workflow it calls waits for itself or cancels itself.',
  fix: ({ about }) => ({
    click: `${about}: no \`concurrency:\` around Airlock, or a group of another name with \`cancel-in-progress: false\`. The lane of an environment is Airlock’s.`,
  }),
  look: (facts) =>
    amongWorkflows(
      facts,
      everyJob(facts).flatMap(({ workflow, job }) => {
        if (!runsAirlock(job)) return [];
        const calls = job.calls !== undefined && isAirlock(job.calls.text);
        return [
          ...clash(workflow.concurrency, true),
          // A job of one's own with Airlock's steps holds the lane itself: that is how it is meant.
          ...clash(job.concurrency, calls),
        ].map((sighting) => ({ ...sighting, about: workflow.file, at: job.at }));
      }),
      'they do',
    ),
};

function clash(concurrency: Concurrency | undefined, isAround: boolean): readonly Sighting[] {
  if (concurrency === undefined) return [];
  if (isAround && LANES.test(concurrency.group))
    return [no('', `the group \`${concurrency.group}\` is the one of a job inside`)];
  return concurrency.cancels
    ? [no('', `\`cancel-in-progress\` cuts a release off in the middle`, { weight: 'warn' })]
    : [];
}
