import { contract as approve } from '../actions/approve/contract.ts';
import { contract as backMerge } from '../actions/back-merge/contract.ts';
import { contract as buildCheck } from '../actions/build-check/contract.ts';
import { contract as command } from '../actions/command/contract.ts';
import { contract as control } from '../actions/control/contract.ts';
import { contract as deploy } from '../actions/deploy/contract.ts';
import { contract as doctor } from '../actions/doctor/contract.ts';
import { contract as migrate } from '../actions/migrate/contract.ts';
import { contract as plan } from '../actions/plan/contract.ts';
import { contract as preview } from '../actions/preview/contract.ts';
import { contract as promote } from '../actions/promote/contract.ts';
import { contract as release } from '../actions/release/contract.ts';
import { contract as releaseNotes } from '../actions/release-notes/contract.ts';
import { contract as rollback } from '../actions/rollback/contract.ts';
import { contract as smokeTest } from '../actions/smoke-test/contract.ts';
import type { Contract } from '../src/runner/contract.ts';

/** Every JavaScript action, in the order of the cycle. */
export const nodeActions: readonly Contract[] = [
  plan,
  buildCheck,
  migrate,
  deploy,
  smokeTest,
  promote,
  rollback,
  control,
  approve,
  command,
  preview,
  backMerge,
  releaseNotes,
  doctor,
];

/** The composite over them. */
export const composite: Contract = release;
