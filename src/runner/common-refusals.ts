/** Refusals that several actions share, said once so that they mean the same everywhere. */

/** Of whatever locks, holds, releases and overrides. */
export const CONTROL_REFUSALS = {
  REASON_MISSING: 'Whoever locks, holds, releases or overrides says why.',
  RUN_NOT_BELIEVED:
    'What opens something counts only when it is said on the default branch, and an override only by hand or by comment.',
  NOT_LOCKED: 'The environment is not locked, so there is nothing to unlock.',
  NOT_HELD: 'The release is not held, so there is nothing to release.',
  RELEASE_NOT_NAMED: 'No release is named that could be held or released.',
  RELEASE_UNKNOWN: 'The ledger knows no such version, or several builds of it.',
  GATE_NOT_OVERRIDABLE: 'No override opens this gate.',
  OVERRIDE_NOT_PERMITTED: 'Who overrides a gate, or answers for it too, has no write access here.',
  SECOND_PERSON_MISSING: 'This gate is opened by two people only, and one is named.',
} as const;
