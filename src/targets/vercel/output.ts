import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Failure } from '../../domain/failure.ts';

const configuration = z.looseObject({ version: z.literal(3) });

/**
 * Holds a prebuilt folder to what Vercel takes: the content of `.vercel/output`, Build Output API v3.
 *
 * @throws Failure VERCEL_OUTPUT_INVALID
 */
export async function requireBuildOutput(directory: string): Promise<void> {
  const text = await readFile(join(directory, 'config.json'), 'utf8').catch(() => undefined);
  if (text === undefined) throw invalid('it has no config.json');
  if (!configuration.safeParse(parse(text)).success)
    throw invalid('its config.json does not say "version": 3');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const invalid = (why: string): Failure =>
  new Failure(
    'VERCEL_OUTPUT_INVALID',
    `The release is not the build output that Vercel takes (Build Output API v3): ${why}.`,
    'Build with `vercel build --prod` or an adapter for Vercel and set `build.output: .vercel/output` in airlock.yml; or let Vercel build the source with `build: vercel` in the target.',
  );
