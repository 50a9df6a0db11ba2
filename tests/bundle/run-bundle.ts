import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { nodeActions } from '../../scripts/contracts.ts';
import { type Contract, STANDARD_OUTPUTS } from '../../src/runner/contract.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** The runner takes an action for hung this long after a cancel, and ends it, in milliseconds. */
const CANCEL_PATIENCE_MS = 7_500;
const SUMMARY_BYTES = 1024 * 1024;
const ANNOTATIONS_SHOWN = 10;
const ANNOTATION_LENGTH = 4_096;

export interface BundleRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** What main saved for post. */
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly annotations: readonly FoundAnnotation[];
}

export interface FoundAnnotation {
  readonly level: string;
  readonly text: string;
  /** `title`, `file`, `line`, `col` */
  readonly properties: Readonly<Record<string, string>>;
}

export interface BundleRequest {
  readonly inputs?: Readonly<Record<string, string>>;
  /** `undefined` takes a variable of the runner away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly event?: { readonly name: string; readonly payload?: unknown };
  readonly workspace?: string;
  /** State of a main whose post this is: the post is run. */
  readonly state?: Readonly<Record<string, string>>;
  /** Values that may stand nowhere but in the commands that mask them. */
  readonly secrets?: readonly string[];
}

/** A bundle that runs. */
export interface RunningBundle {
  readonly pid: number;
  readonly ended: Promise<BundleRun>;
  /** Resolves when the log has this text; rejects when the bundle ends without it. */
  saw(text: string): Promise<void>;
  /** Cancels as the runner does: SIGINT, and SIGKILL for one that does not end. */
  cancel(): Promise<BundleRun>;
  kill(): Promise<BundleRun>;
}

interface ActionYml {
  readonly inputs: Record<string, { required?: boolean; default?: string }>;
  readonly outputs: Record<string, unknown>;
  readonly runs: { main: string; post?: string; using: string };
}

export const readActionYml = (name: string): ActionYml =>
  parse(readFileSync(join(root, 'actions', name, 'action.yml'), 'utf8')) as ActionYml;

/** Runs a committed bundle to its end. */
export const runBundle = (name: string, request: BundleRequest = {}): Promise<BundleRun> =>
  startBundle(name, request).ended;

/**
 * Starts a committed bundle as the runner does: its own process, a clean environment, file commands. Every
 * run that comes to its end by itself is held to what every action promises (`promised`).
 */
export function startBundle(name: string, request: BundleRequest = {}): RunningBundle {
  const yml = readActionYml(name);
  for (const input of Object.keys(request.inputs ?? {})) {
    if (!(input in yml.inputs)) throw new Error(`actions/${name}/action.yml declares no input "${input}"`);
  }
  const home = mkdtempSync(join(tmpdir(), 'airlock-bundle-'));
  mkdirSync(join(home, 'temp'));
  const files = commandFiles(home);
  const isPost = request.state !== undefined;
  const file = isPost ? yml.runs.post : yml.runs.main;
  if (file === undefined) throw new Error(`actions/${name}/action.yml has no post`);
  const child = spawn(process.execPath, [resolve(root, 'actions', name, file)], {
    cwd: request.workspace ?? home,
    detached: true,
    env: { ...environment(home, yml, request), ...files, ...request.env },
  });
  let log = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
      for (const watcher of [...watchers]) watcher();
    });
  }
  const ended = closed(child).then(({ code, signal }) => {
    try {
      const run = { code, signal, log, ...readFiles(files), annotations: annotationsIn(log) };
      const broken = promisesBroken(name, run, request, isPost);
      if (broken.length > 0) throw new Error(`${name}: ${broken.join('; ')}\n${log}`);
      return run;
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
  // Whoever waits for a text of the log first hears of it there.
  ended.catch(() => {});
  return {
    pid: child.pid ?? 0,
    ended,
    saw: (text) =>
      new Promise((done, fail) => {
        const look = () => {
          if (!log.includes(text)) return;
          watchers.delete(look);
          done();
        };
        watchers.add(look);
        look();
        child.once('close', () => fail(new Error(`${name} ended without "${text}":\n${log}`)));
      }),
    async cancel() {
      child.kill('SIGINT');
      const patience = setTimeout(() => child.kill('SIGKILL'), CANCEL_PATIENCE_MS);
      return ended.finally(() => clearTimeout(patience));
    },
    async kill() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

const commandFiles = (home: string): Record<`GITHUB_${string}`, string> => {
  const files = Object.fromEntries(
    ['OUTPUT', 'STATE', 'ENV', 'PATH', 'STEP_SUMMARY'].map((name) => [`GITHUB_${name}`, join(home, name)]),
  );
  for (const file of Object.values(files)) writeFileSync(file, '');
  return files;
};

function environment(home: string, yml: ActionYml, request: BundleRequest): Record<string, string> {
  const event = request.event ?? { name: 'push', payload: {} };
  writeFileSync(join(home, 'event.json'), JSON.stringify(event.payload ?? {}));
  const inputs = Object.entries(yml.inputs).map(([input, { default: fallback = '' }]) => [
    `INPUT_${input.toUpperCase()}`,
    // The runner evaluates expressions in defaults; the only one we use is the job's token.
    request.inputs?.[input] ?? fallback.replace('${{ github.token }}', 'job-token'),
  ]);
  const state = Object.entries(request.state ?? {}).map(([key, value]) => [`STATE_${key}`, value]);
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: request.workspace ?? home,
    GITHUB_EVENT_NAME: event.name,
    GITHUB_EVENT_PATH: join(home, 'event.json'),
    GITHUB_REPOSITORY: 'octo/app',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_SHA: 'a'.repeat(40),
    GITHUB_ACTOR: 'ada',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_SERVER_URL: 'https://github.test',
    // A port that nothing listens on: a bundle that calls home in a test fails at once.
    GITHUB_API_URL: 'http://127.0.0.1:9',
    GITHUB_GRAPHQL_URL: 'http://127.0.0.1:9/graphql',
    RUNNER_TEMP: join(home, 'temp'),
    // No runner sets it; what Node compiled of a bundle once it compiles for no other test.
    NODE_COMPILE_CACHE: join(root, '.rehearsal/compiled'),
    ...Object.fromEntries(inputs),
    ...Object.fromEntries(state),
  };
}

const closed = (child: ChildProcess) =>
  new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) =>
    child.on('close', (code, signal) => done({ code, signal })),
  );

const readFiles = (files: Readonly<Record<string, string>>) => ({
  outputs: readPairs(files.GITHUB_OUTPUT ?? ''),
  state: readPairs(files.GITHUB_STATE ?? ''),
  summary: readFileSync(files.GITHUB_STEP_SUMMARY ?? '', 'utf8'),
});

/** The `name<<delimiter` form that the toolkit writes. */
function readPairs(file: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const [, name = '', , value = ''] of readFileSync(file, 'utf8').matchAll(
    /^(.+?)<<(\S+)\n(?:([\s\S]*?)\n)?\2$/gm,
  ))
    pairs[name] = value;
  return pairs;
}

const annotationsIn = (log: string): FoundAnnotation[] =>
  [...log.matchAll(/^::(error|warning|notice)(?: ([^:]*))?::(.*)$/gm)].map(
    ([, level = '', properties = '', text = '']) => ({
      level,
      text: unescaped(text),
      properties: Object.fromEntries(
        properties.split(',').map((pair) => {
          const [key = '', ...value] = pair.split('=');
          return [key, unescaped(value.join('='))];
        }),
      ),
    }),
  );

const unescaped = (text: string) =>
  text
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%25', '%');

/** What a run did against the promises of every action. */
function promisesBroken(name: string, run: BundleRun, request: BundleRequest, isPost: boolean): string[] {
  const contract = nodeActions.find((one) => one.name === name);
  if (!contract) return [`there is no contract of ${name}`];
  return [
    ...secretsShown(contract, run, request),
    ...summaryProblems(run.summary),
    ...annotationProblems(run.annotations),
    ...(run.signal === null && request.env?.GITHUB_OUTPUT !== ''
      ? outputProblems(contract, run, isPost)
      : []),
  ];
}

function outputProblems(contract: Contract, run: BundleRun, isPost: boolean): string[] {
  const declared = isPost ? [] : [...Object.keys(contract.outputs), ...Object.keys(STANDARD_OUTPUTS)];
  const written = Object.keys(run.outputs);
  return [
    ...declared.filter((output) => !written.includes(output)).map((output) => `${output} was not written`),
    ...written.filter((output) => !declared.includes(output)).map((output) => `${output} is not declared`),
  ];
}

function secretsShown(contract: Contract, { log, ...run }: BundleRun, request: BundleRequest): string[] {
  const lines = log.split('\n');
  const rest = lines.findIndex((line) => !line.startsWith('::add-mask::'));
  const shown = [
    lines.slice(rest).filter((line) => !line.startsWith('::add-mask::')),
    JSON.stringify(run),
  ].join();
  const given = Object.entries(contract.inputs)
    .filter(([, { secret }]) => secret)
    .flatMap(([input]) => (request.inputs?.[input] ?? '').split('\n'))
    .filter((line) => line.trim() !== '');
  return [
    ...given
      .filter((line) => !lines.slice(0, rest).includes(`::add-mask::${line.replaceAll('%', '%25')}`))
      .map(() => 'a secret input was not masked before the first line of the log'),
    ...[...given, ...(request.secrets ?? [])]
      .filter((secret) => shown.includes(secret))
      .map(() => 'a secret is shown'),
  ];
}

function summaryProblems(summary: string): string[] {
  const count = (pattern: RegExp) => [...summary.matchAll(pattern)].length;
  return [
    ...(Buffer.byteLength(summary) > SUMMARY_BYTES ? ['the summary is larger than GitHub takes'] : []),
    ...(count(/^```/gm) % 2 === 1 ? ['a code block of the summary is not closed'] : []),
    ...(count(/<details>/g) === count(/<\/details>/g) ? [] : ['a folded block of the summary is not closed']),
    ...(summary.includes('\u0000') ? ['the summary is not text'] : []),
  ];
}

const annotationProblems = (annotations: readonly FoundAnnotation[]): string[] => [
  ...['error', 'warning', 'notice']
    .filter((level) => annotations.filter((one) => one.level === level).length > ANNOTATIONS_SHOWN)
    .map((level) => `more annotations of the kind ${level} than GitHub shows`),
  ...annotations
    .filter(({ text }) => text.length > ANNOTATION_LENGTH)
    .map(() => 'an annotation is longer than GitHub shows'),
];
