import type { BenchOptions, Figure } from '../figure.ts';
import { CLI, installCommandLine } from './command-line.ts';
import { comparison } from './comparison.ts';
import { airlock, type Contender, client, commandLine, type Result, run } from './contest.ts';
import { fillOutput, openVercelWorld, type VercelWorld } from './world.ts';

const FILES = 10_000;
const NEW_ROUNDS = 3;
const UNCHANGED_ROUNDS = 5;
/** Vercel's client takes minutes and gigabytes, and more of both than there may be: this often, so long. */
const CLIENT_ROUNDS = 1;
const CLIENT_SECONDS = 240;
const LEAST_TIMES = 15;
const MOST_BYTES = 300e6;
/** Most that Vercel takes in one request. */
const MOST_FILES = 15_000;
const WRITES: readonly string[] = ['uploadFile', 'createDeployment'];
const STAGE = { verb: 'stage' } as const;

type Contenders = ReadonlyMap<string, Contender>;
type Results = ReadonlyMap<string, readonly Result[]>;

/** Deploys of many small files, beside Vercel's own client and command line: each a process, timed as a whole. */
export async function uploads({ withCli }: BenchOptions): Promise<Figure[]> {
  const cli = installCommandLine(withCli);
  try {
    const contenders: Contenders = new Map([
      ['Airlock', airlock],
      ...(cli.program === undefined ? [] : ([['the CLI', commandLine(cli.program)]] as const)),
      ['the client', client],
    ]);
    return [
      ...newFiles(await measureNew(contenders)),
      ...unchangedFiles(await measureUnchanged(contenders)),
      await manyFiles(MOST_FILES, 'the most that Vercel takes at once'),
      await manyFiles(MOST_FILES + 1, 'packed'),
    ];
  } finally {
    cli.remove();
  }
}

/** Every run meets a Vercel that knows none of the files. One of each contender in every round. */
async function measureNew(contenders: Contenders): Promise<Results> {
  const results = new Map<string, Result[]>([...contenders.keys()].map((name) => [name, []]));
  for (let round = 0; round < NEW_ROUNDS; round += 1)
    for (const [name, contender] of contenders) {
      if (contender === client && round >= CLIENT_ROUNDS) continue;
      const options = contender === client ? { limit: CLIENT_SECONDS, mayFail: true } : {};
      const result = await inWorld(FILES, (world) => run(contender, STAGE, world, options));
      console.error(`${name} ${result.end} after ${result.seconds.toFixed(1)} s`);
      results.get(name)?.push(result);
    }
  return results;
}

function newFiles(results: Results): Figure[] {
  const what = `${count(FILES)} new files of 1 KiB`;
  const [own, cli, alone] = ['Airlock', 'the CLI', 'the client'].map((name) => results.get(name));
  const others = [cli && `the CLI ${peakOf(cli)}`, alone && `the client ${peakOf(alone)}`];
  return [
    comparison(`${what}: ${CLI} ÷ Airlock`, cli, own, LEAST_TIMES),
    comparison(`${what}: \`@vercel/client\` alone, once, ÷ Airlock`, alone, own, LEAST_TIMES),
    {
      what: `${what}: peak memory of Airlock`,
      measured: `${peakOf(own ?? [])} (${others.filter(Boolean).join(', ')})`,
      target: '< 300 MB',
      holds: own !== undefined && Math.max(...own.map(({ peak }) => peak)) < MOST_BYTES,
    },
  ];
}

/** All files are there from an earlier deploy; the deployment is another one each time. */
function measureUnchanged(contenders: Contenders): Promise<Results> {
  return inWorld(FILES, async (world) => {
    await run(airlock, STAGE, world);
    const results = new Map<string, Result[]>([...contenders.keys()].map((name) => [name, []]));
    for (let round = 0; round < UNCHANGED_ROUNDS; round += 1)
      for (const [name, contender] of contenders) results.get(name)?.push(await run(contender, STAGE, world));
    return results;
  });
}

function unchangedFiles(results: Results): Figure[] {
  const what = `${count(FILES)} unchanged files`;
  const own = results.get('Airlock');
  return [
    comparison(`${what}: ${CLI} ÷ Airlock`, results.get('the CLI'), own, 1),
    comparison(`${what}: \`@vercel/client\` alone ÷ Airlock`, results.get('the client'), own, 1),
  ];
}

/** Held to Vercel's limits, as the fake has them: beside the one list of missing files it refuses nothing. */
function manyFiles(files: number, how: string): Promise<Figure> {
  // One of them is the configuration.
  return inWorld(files - 1, async (world) => {
    const { seconds, peak } = await run(airlock, STAGE, world);
    const { requests } = world.fake;
    const writes = requests.filter(({ operation }) => WRITES.includes(operation));
    const refused = writes.filter(({ status }) => status !== 200).length - 1;
    const largest = world.project.deployments().at(-1)?.files.length ?? 0;
    return {
      what: `${count(files)} new files of 1 KiB, ${how}`,
      measured: `${seconds.toFixed(1)} s, ${megabytes(peak)}, ${count(requests.length)} requests of at most ${count(largest)} files, ${refused} refused`,
      target: `≤ ${count(MOST_FILES)} files a request, none refused`,
      holds: refused === 0 && largest > 0 && largest <= MOST_FILES,
    };
  });
}

async function inWorld<Found>(files: number, work: (world: VercelWorld) => Promise<Found>): Promise<Found> {
  const world = await openVercelWorld();
  try {
    await fillOutput(world, files);
    return await work(world);
  } finally {
    await world.close();
  }
}

/** The highest of all rounds. */
const peakOf = (results: readonly Result[]): string => {
  const sign = results.some(({ end }) => end !== 'done') ? '≥ ' : '';
  return sign + megabytes(Math.max(...results.map(({ peak }) => peak)));
};

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const count = (value: number): string => value.toLocaleString('en');
