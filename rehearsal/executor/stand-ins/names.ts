/**
 * The actions that this executor does the work of itself, at any ref, as their code is not on this machine:
 * by name, the inputs it knows with the real action's defaults.
 */
export const STAND_IN_INPUTS = {
  'actions/checkout': {
    repository: '',
    ref: '',
    token: '',
    path: '.',
    clean: 'true',
    'fetch-depth': '1',
    'fetch-tags': 'false',
    'show-progress': 'true',
    'persist-credentials': 'true',
    'sparse-checkout': '',
    'sparse-checkout-cone-mode': 'true',
    'set-safe-directory': 'true',
  },
  'actions/upload-artifact': {
    name: 'artifact',
    path: '',
    'if-no-files-found': 'warn',
    'retention-days': '',
    'compression-level': '6',
    overwrite: 'false',
    'include-hidden-files': 'false',
  },
  'actions/download-artifact': { name: '', path: '.', pattern: '', 'merge-multiple': 'false' },
  'actions/setup-node': {
    'node-version': '',
    'node-version-file': '',
    'check-latest': 'false',
    cache: '',
    'cache-dependency-path': '',
    'package-manager-cache': 'true',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export type StandInName = keyof typeof STAND_IN_INPUTS;

/** The stand-in's name for an action, which is written in any case; undefined when there is none. */
export const standInName = (action: string): StandInName | undefined =>
  standInNames.find((name) => name === action.toLowerCase());

/** Inputs that the stand-in would leave undone. */
export const unknownInputs = (name: StandInName, given: readonly string[]): string[] =>
  given.filter((input) => !(input.toLowerCase() in STAND_IN_INPUTS[name]));

const standInNames: readonly StandInName[] = [
  'actions/checkout',
  'actions/upload-artifact',
  'actions/download-artifact',
  'actions/setup-node',
];
