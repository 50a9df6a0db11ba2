import { type BenchOptions, type Figure, median } from '../figure.ts';
import { CLI, type CommandLine, installCommandLine } from './command-line.ts';
import { comparison } from './comparison.ts';
import { airlock, type Contender, commandLine, type Result, run } from './contest.ts';
import { openPipeline, type Timed } from './pipeline.ts';
import { fillOutput, openVercelWorld, type VercelWorld } from './world.ts';

const ROUNDS = 5;
const VERBS = ['promote', 'rollback'] as const;

/** Promotes and rollbacks, from the start of the command until it has seen the domains and ended. */
export async function activation({ withCli }: BenchOptions): Promise<Figure[]> {
  const cli = installCommandLine(withCli);
  try {
    return [...(await byTarget(cli)), ...(await byBundles())];
  } finally {
    cli.remove();
  }
}

/** The target alone beside the command line: in every round each takes a new deployment live and back. */
function byTarget({ program }: CommandLine): Promise<Figure[]> {
  return inWorld(async (world) => {
    const base = await stage(world);
    await run(airlock, { verb: 'promote', deployment: base }, world);
    const measure = async (contender: Contender, results: Record<(typeof VERBS)[number], Result[]>) => {
      const deployment = await stage(world);
      results.promote.push(await run(contender, { verb: 'promote', deployment }, world));
      results.rollback.push(await run(contender, { verb: 'rollback', deployment: base }, world));
    };
    const own = { promote: [], rollback: [] };
    const other = program === undefined ? undefined : { promote: [], rollback: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      await measure(airlock, own);
      if (program !== undefined && other) await measure(commandLine(program), other);
    }
    return VERBS.map((verb) =>
      comparison(`${verb}, from command to verified domain: ${CLI} ÷ Airlock`, other?.[verb], own[verb], 1),
    );
  });
}

/** What a person waits for: the bundles with all they do, their ledger at a GitHub that answers at once. */
function byBundles(): Promise<Figure[]> {
  return inWorld(async (world) => {
    const pipeline = await openPipeline(world);
    try {
      await pipeline.promote(await pipeline.deploy('1.0.0'));
      const times: Record<'deploy' | 'promote' | 'rollback', Timed[]> = {
        deploy: [],
        promote: [],
        rollback: [],
      };
      for (let round = 1; round <= ROUNDS; round += 1) {
        const staged = await pipeline.deploy(`1.${round}.0`);
        times.deploy.push(staged);
        times.promote.push(await pipeline.promote(staged));
        times.rollback.push(await pipeline.rollback());
      }
      return Object.entries(times).map(([name, timed]) => ({
        what: `the whole \`${name}\` bundle on Vercel, two files`,
        measured: `${median(timed.map(({ seconds }) => seconds)).toFixed(2)} s, ${median(timed.map(({ requests }) => requests))} requests`,
        target: 'told only',
      }));
    } finally {
      await pipeline.close();
    }
  });
}

async function stage(world: VercelWorld): Promise<string> {
  await run(airlock, { verb: 'stage' }, world);
  return world.project.deployments().at(-1)?.id ?? '';
}

async function inWorld(work: (world: VercelWorld) => Promise<Figure[]>): Promise<Figure[]> {
  const world = await openVercelWorld();
  try {
    await fillOutput(world, 1);
    return await work(world);
  } finally {
    await world.close();
  }
}
