import { parseArgs } from 'node:util';
import { suggestion } from '../../src/config/nearest.ts';
import { Failure } from '../../src/domain/failure.ts';
import { type Injection, parseInjection } from '../faults/injection.ts';

/** What a person asked of `airlock rehearse`. */
export interface RehearseOptions {
  /** Folder of the app, as given; undefined for the example. */
  readonly repository: string | undefined;
  readonly example: string;
  /** Target of every environment; the one that airlock.yml names when undefined. */
  readonly target: string | undefined;
  /** The caller workflow, relative to the app's folder; found by itself when undefined. */
  readonly workflow: string | undefined;
  /** The way of the second release: the pipeline's, the short one of a hotfix branch, or through a freeze. */
  readonly scenario: Scenario;
  /** Answer to every approval; asked in the terminal when undefined. */
  readonly answer: 'approved' | 'rejected' | undefined;
  readonly inject: Injection | undefined;
  /** Environment whose visitors are counted; production when undefined. */
  readonly environment: string | undefined;
  readonly keep: boolean;
  readonly json: boolean;
}

const SCENARIOS = ['release', 'hotfix', 'freeze'] as const;
export type Scenario = (typeof SCENARIOS)[number];

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'rehearse'; readonly options: RehearseOptions };

export const HELP = `Rehearses a release on this machine: your workflow, the real actions, a throw-away GitHub
and PostgreSQL, and visitors who must not notice.

  airlock rehearse [options]

  --example NAME       the app in examples/NAME (default: sophie)
  --repo FOLDER        an app of yours: a folder with .github/airlock.yml and a caller workflow
  --target NAME        the target of every environment (default: the one airlock.yml names)
  --workflow FILE      the caller workflow, when several call Airlock
  --scenario NAME      release (default): through the pipeline; hotfix: a branch from what is live, the short way;
                       freeze: production is frozen, and opened once by an override
  --approve            say yes to every approval
  --reject             say no to the first approval
  --inject FAULT       let something go wrong in production:
                         smoke-failure         the release answers wrongly beside the live one
                         slow                  it answers later than its latency budget
                         crash-after-promote   it breaks once visitors reach it
                         migration-failure     its migration fails
                         cancel@STEP           somebody cancels the run during this step
                       FAULT@ENVIRONMENT strikes another environment
  --environment NAME   whose visitors are counted (default: production)
  --keep               keep the work folder with summaries and events, and print where
  --json               one JSON object a line (rehearsal/view/README.md)
  --help               this text

Without a terminal to ask in, approvals are given and said so. Ctrl-C cancels the run; twice ends at once.
Exit code 0: it ended as these options and your answers foretell. 1: it did not.
`;

const OPTIONS = {
  repo: { type: 'string' },
  example: { type: 'string' },
  target: { type: 'string' },
  workflow: { type: 'string' },
  scenario: { type: 'string' },
  approve: { type: 'boolean' },
  reject: { type: 'boolean' },
  inject: { type: 'string' },
  environment: { type: 'string' },
  keep: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const SEE_HELP = 'Run `airlock rehearse --help` for all options.';

/**
 * Reads the command line after the program's name.
 *
 * @throws Failure ARGUMENTS_WRONG with the nearest right name, FAULT_UNKNOWN
 */
export function readCommand(args: readonly string[]): Command {
  const [command, ...rest] = args;
  if (command === undefined || command === '--help' || command === '-h' || command === 'help')
    return { kind: 'help' };
  if (command !== 'rehearse')
    throw wrong(`There is no command ${JSON.stringify(command)}${suggestion(command, ['rehearse', 'help'])}`);
  const values = valuesOf(rest);
  if (values.help) return { kind: 'help' };
  if (values.approve && values.reject) throw wrong('`--approve` and `--reject` contradict each other');
  if (values.repo !== undefined && values.example !== undefined)
    throw wrong('`--repo` and `--example` name two apps: give one');
  if (values.scenario === 'freeze' && (values.reject || values.inject !== undefined))
    throw wrong('`--scenario freeze` has a way of its own: leave out `--reject` and `--inject`');
  for (const name of ['repo', 'example', 'target', 'workflow', 'environment'] as const)
    if (values[name] === '') throw wrong(`\`--${name}\` needs a value`);
  return {
    kind: 'rehearse',
    options: {
      repository: values.repo,
      example: values.example ?? 'sophie',
      target: values.target,
      workflow: values.workflow,
      scenario: scenarioOf(values.scenario ?? 'release'),
      answer: values.approve ? 'approved' : values.reject ? 'rejected' : undefined,
      inject: values.inject === undefined ? undefined : parseInjection(values.inject),
      environment: values.environment,
      keep: values.keep ?? false,
      json: values.json ?? false,
    },
  };
}

function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((one) => one === name);
  if (found) return found;
  throw wrong(`There is no scenario ${JSON.stringify(name)}${suggestion(name, SCENARIOS)}`);
}

function valuesOf(args: readonly string[]) {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name in OPTIONS) continue;
    throw wrong(`There is no option \`${token.rawName}\`${suggestion(token.name, Object.keys(OPTIONS))}`);
  }
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : String(cause));
  }
}

const wrong = (what: string) => new Failure('ARGUMENTS_WRONG', what.replace(/\.?$/, '.'), SEE_HELP);
