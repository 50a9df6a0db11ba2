import * as z from 'zod';

/** Targets as providers would bring them. */
export const targets = {
  local: {
    settings: z.strictObject({ port: z.int().min(1).max(65_535).describe('Port of the public address.') }),
    can: new Set(['weighted']),
  },
  simple: { settings: z.strictObject({}), can: new Set<string>() },
  showing: { settings: z.strictObject({}), can: new Set(['preview']) },
};
