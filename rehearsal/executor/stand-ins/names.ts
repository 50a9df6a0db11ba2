/** The actions that this executor does the work of itself, at any ref: their code is not on this machine. */
export const STAND_IN_NAMES = [
  'actions/checkout',
  'actions/upload-artifact',
  'actions/download-artifact',
  'actions/setup-node',
] as const;

export type StandInName = (typeof STAND_IN_NAMES)[number];

export const isStandIn = (name: string): boolean =>
  STAND_IN_NAMES.some((known) => known === name.toLowerCase());
