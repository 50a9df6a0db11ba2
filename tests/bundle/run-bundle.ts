import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface BundleRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** What main saved for post. */
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly annotations: readonly { readonly level: string; readonly text: string }[];
}

export interface BundleRequest {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly event?: { readonly name: string; readonly payload?: unknown };
  readonly workspace?: string;
  /** State of a main whose post this is. */
  readonly state?: Readonly<Record<string, string>>;
  /** Called with the process and its log so far, at every chunk of output. */
  readonly onOutput?: (child: ChildProcess, log: string) => void;
}

interface ActionYml {
  readonly inputs: Record<string, { required?: boolean; default?: string }>;
  readonly runs: { main: string; post?: string };
}

export const readActionYml = (name: string): ActionYml =>
  parse(readFileSync(join(root, 'actions', name, 'action.yml'), 'utf8')) as ActionYml;

/** Runs a committed bundle as the runner does: its own process, a clean environment, file commands. */
export async function runBundle(name: string, request: BundleRequest = {}): Promise<BundleRun> {
  const yml = readActionYml(name);
  for (const input of Object.keys(request.inputs ?? {})) {
    if (!(input in yml.inputs)) throw new Error(`actions/${name}/action.yml declares no input "${input}"`);
  }
  const home = mkdtempSync(join(tmpdir(), 'airlock-bundle-'));
  try {
    const files = Object.fromEntries(
      ['OUTPUT', 'STATE', 'ENV', 'PATH', 'STEP_SUMMARY'].map((command) => [
        `GITHUB_${command}`,
        join(home, command),
      ]),
    );
    for (const file of Object.values(files)) writeFileSync(file, '');
    const event = request.event ?? { name: 'push', payload: {} };
    writeFileSync(join(home, 'event.json'), JSON.stringify(event.payload ?? {}));
    mkdirSync(join(home, 'temp'));
    const given = Object.fromEntries(
      Object.entries(yml.inputs).map(([input, { default: fallback = '' }]) => [
        `INPUT_${input.toUpperCase()}`,
        // The runner evaluates expressions in defaults; the only one we use is the job's token.
        request.inputs?.[input] ?? fallback.replace('${{ github.token }}', 'job-token'),
      ]),
    );
    const stage = request.state ? (yml.runs.post ?? yml.runs.main) : yml.runs.main;
    const child = spawn(process.execPath, [resolve(root, 'actions', name, stage)], {
      cwd: request.workspace ?? home,
      detached: true,
      env: {
        PATH: process.env.PATH,
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
        ...files,
        ...given,
        ...Object.fromEntries(
          Object.entries(request.state ?? {}).map(([key, value]) => [`STATE_${key}`, value]),
        ),
        ...request.env,
      },
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        log += chunk;
        request.onOutput?.(child, log);
      });
    }
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) =>
      child.on('close', (...ended) => done(ended)),
    );
    return {
      code,
      signal,
      log,
      outputs: readPairs(files.GITHUB_OUTPUT ?? ''),
      state: readPairs(files.GITHUB_STATE ?? ''),
      summary: readFileSync(files.GITHUB_STEP_SUMMARY ?? '', 'utf8'),
      annotations: [...log.matchAll(/^::(error|warning|notice)[^:]*::(.*)$/gm)].map(
        ([, level = '', text = '']) => ({ level, text }),
      ),
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** The `name<<delimiter` form that the toolkit writes. */
function readPairs(file: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const [, name = '', , value = ''] of readFileSync(file, 'utf8').matchAll(
    /^(.+?)<<(\S+)\n(?:([\s\S]*?)\n)?\2$/gm,
  ))
    pairs[name] = value;
  return pairs;
}
