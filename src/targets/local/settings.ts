import * as z from 'zod';
import type { Capability } from '../../ports/target.ts';

export const localCapabilities: ReadonlySet<Capability> = new Set(['weighted', 'activate-existing']);

/** What stands under `target: { local: … }` in airlock.yml. */
export const localSettings = z.strictObject({
  port: z.int().min(1).max(65_535).describe('Port of 127.0.0.1 on which the environment is live.'),
  state: z
    .string()
    .min(1)
    .optional()
    .describe('Folder that keeps releases and state; `~/.airlock` if absent.'),
  drain: z.number().min(0).max(3600).default(10).describe('Longest wait for open requests, in seconds.'),
  ready: z.number().min(1).max(3600).default(60).describe('Longest wait for a started app, in seconds.'),
  single: z
    .boolean()
    .default(false)
    .describe('A static folder answers unknown addresses with its index page.'),
});

export type LocalSettings = z.output<typeof localSettings>;
