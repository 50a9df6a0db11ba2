import { parseArgs } from 'node:util';
import { suggestion } from '../../src/config/nearest.ts';
import { Failure } from '../../src/domain/failure.ts';

/** What a person asked of `airlock doctor`. */
export interface DoctorOptions {
  /** `owner/name`; the checkout's own when undefined. */
  readonly repository: { readonly owner: string; readonly name: string } | undefined;
  readonly config: string;
  readonly json: boolean;
}

export const HELP = `Says what is open in a repository on GitHub, and the way to mend it. Changes nothing.

  airlock doctor [options]

  --repo OWNER/NAME    the repository (default: the one that \`origin\` names)
  --config FILE        airlock.yml in this folder's checkout (default: .github/airlock.yml)
  --json               every finding as JSON
  --help               this text

Run it in a checkout: its workflows are read too. The token is taken from GH_TOKEN or GITHUB_TOKEN and from
nowhere else: \`GH_TOKEN=$(gh auth token) airlock doctor\`.
Exit code 0: nothing is open. 1: something is. 2: something grave could not be read.
`;

const OPTIONS = {
  repo: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the command line after `doctor`; undefined when help is wanted.
 *
 * @throws Failure ARGUMENTS_WRONG with the nearest right name
 */
export function readOptions(args: readonly string[]): DoctorOptions | undefined {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name in OPTIONS) continue;
    if (token.name === 'token')
      throw wrong(
        '`--token` is no option: other programs of this machine read what stands in a command line',
      );
    throw wrong(`There is no option \`${token.rawName}\`${suggestion(token.name, Object.keys(OPTIONS))}`);
  }
  const values = valuesOf(args);
  if (values.help === true) return undefined;
  return {
    repository: values.repo === undefined ? undefined : repositoryOf(values.repo),
    config: values.config ?? '.github/airlock.yml',
    json: values.json ?? false,
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : String(cause));
  }
}

function repositoryOf(text: string): { readonly owner: string; readonly name: string } {
  const [, owner, name] = /^([\w.-]+)\/([\w.-]+)$/.exec(text) ?? [];
  if (owner === undefined || name === undefined)
    throw wrong(`\`--repo\` takes OWNER/NAME, not ${JSON.stringify(text)}`);
  return { owner, name };
}

const wrong = (what: string) =>
  new Failure('ARGUMENTS_WRONG', what.replace(/\.?$/, '.'), 'Run `airlock doctor --help` for all options.');
