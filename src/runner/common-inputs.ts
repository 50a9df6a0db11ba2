import type { InputSpecs } from './contract.ts';

/** Inputs that several actions share, said once so that they mean the same everywhere. */
export const CONFIG = {
  description: 'Path of airlock.yml in the checked-out repository.',
  kind: 'text',
  default: '.github/airlock.yml',
} as const;

export const ENVIRONMENT = {
  description: 'Environment to work on, as it is named in airlock.yml and in GitHub.',
  kind: 'text',
  required: true,
} as const;

export const RELEASE = {
  description: 'Folder of the sealed release that build-check made.',
  kind: 'text',
  default: 'airlock-release',
} as const;

export const DIGEST = {
  description: 'Digest of the release as build-check printed it: the files must be these and no others.',
  kind: 'text',
  required: true,
} as const;

export const TOKEN = {
  description: 'Token for the ledger on GitHub Deployments.',
  kind: 'text',
  default: '${{ github.token }}',
  secret: true,
} as const;

export const DATABASE_URL = {
  description: 'Connection URL of the environment’s database; needed when airlock.yml has `database:`.',
  kind: 'text',
  default: '',
  secret: true,
} as const;

export const APP_VARIABLES = {
  description:
    'The app’s own variables as lines of `NAME=value`; airlock.yml says under `serve.variables` which of them it gets.',
  kind: 'text',
  default: '',
  secret: true,
} as const;

export const HOTFIX = {
  description:
    'What the ledger keeps of a hotfix: the `hotfix` output of the plan action for this environment; `null` for a normal release.',
  kind: 'json',
  default: 'null',
} as const;

export const OVERRIDDEN = {
  description:
    'Gates that somebody’s override opened, as a JSON list: the `overridden` output of the plan action for this environment.',
  kind: 'json',
  default: '[]',
} as const;

({
  HOTFIX,
  OVERRIDDEN,
  CONFIG,
  ENVIRONMENT,
  RELEASE,
  DIGEST,
  TOKEN,
  DATABASE_URL,
  APP_VARIABLES,
}) satisfies InputSpecs;
