import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Lane, leaveLane, takeLane } from '../cycle/lane.ts';
import type { LaneOwner, LanePlace } from '../domain/lane.ts';
import { connectGitHub } from '../github/api.ts';
import { createLaneTickets, createRunStates } from '../github/lane.ts';
import type { Runner } from '../runner/runner.ts';

const JOB = 'airlock-lane';

/** An environment's lane as this job takes it. */
export function openLane(runner: Runner, token: string, place: LanePlace): Lane {
  const { clock, log, event } = runner;
  const github = () => connectGitHub({ token, api: runner.api, repository: event.repository, clock });
  return {
    take(signal) {
      const owner = ownerOf(runner, rememberJob(runner, place));
      const ports = { tickets: createLaneTickets(github()), runs: createRunStates(github()), clock, log };
      return takeLane({ place, owner, commit: event.sha }, ports, signal);
    },
    leave: () => leave(runner, token, place, true),
  };
}

/** After the job: gives back what a step of it took and did not come to give back. */
export const leaveLaneOfJob = (runner: Runner, token: string, place: LanePlace): Promise<void> =>
  leave(runner, token, place, false);

async function leave(runner: Runner, token: string, place: LanePlace, held: boolean): Promise<void> {
  const file = memory(runner, place);
  const job = existsSync(file) ? readFileSync(file, 'utf8') : runner.state.get(JOB);
  if (job === '') return;
  const { api, clock, event } = runner;
  const tickets = createLaneTickets(connectGitHub({ token, api, repository: event.repository, clock }));
  await leaveLane({ place, owner: ownerOf(runner, job) }, { tickets }, held);
  rmSync(file, { force: true });
  runner.state.save(JOB, '');
}

const ownerOf = ({ event }: Runner, job: string): LaneOwner => ({ run: event.run, job });

/**
 * What tells this job from every other of its run. The runner's temporary folder is the job's own: what a
 * step leaves there the next step finds, also when the first was killed; its own post finds it in its
 * state too. Written before the ticket.
 */
function rememberJob(runner: Runner, place: LanePlace): string {
  const file = memory(runner, place);
  const job = existsSync(file) ? readFileSync(file, 'utf8') : randomUUID();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, job);
  runner.state.save(JOB, job);
  return job;
}

const memory = ({ temporary, event }: Runner, { app, environment }: LanePlace): string =>
  join(
    temporary,
    'airlock-lanes',
    [event.run.id, String(event.run.attempt), app, environment].map(encodeURIComponent).join('-'),
  );
