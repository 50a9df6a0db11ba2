import * as z from 'zod';

/** Settings of a target as a provider would bring them. */
export const targets = {
  local: z.strictObject({ port: z.int().min(1).max(65_535).describe('Port of the public address.') }),
};
