import { stripVTControlCharacters } from 'node:util';
import * as z from 'zod';
import { tellingParts } from '../../domain/secret.ts';
import type { VercelContext } from './context.ts';
import { path } from './request.ts';

/** Lines at the end: a build stops where it fails. */
const LINES = 25;
const LINE_LENGTH = 400;
const EVENTS_READ = 200;
/** Events that are lines of the log; the others tell of states and metrics. */
const LINE_TYPES: readonly string[] = ['command', 'stdout', 'stderr', 'fatal'];

const logEvents = z.array(
  z.looseObject({
    type: z.string().default(''),
    created: z.number().optional(),
    text: z.string().nullish(),
    payload: z.looseObject({ text: z.string().nullish(), created: z.number().optional() }).nullish(),
  }),
);

/**
 * The last lines of a deployment's build log, oldest first, free of this step's secrets. Nothing when
 * Vercel does not hand them out: they explain a failure, and must not hide it.
 *
 * @throws the signal's reason
 */
export async function readBuildLog(
  context: VercelContext,
  id: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const query = { direction: 'backward', limit: String(EVENTS_READ), builds: '1' };
  const request = { method: 'GET', path: path`/v3/deployments/${id}/events`, query } as const;
  const body = await context.api.send(request, signal).then(
    (answer) => answer.body,
    () => undefined,
  );
  signal.throwIfAborted();
  const events = logEvents.safeParse(body).data ?? [];
  const redact = redactorOf(context);
  return (
    events
      .filter(({ type }) => LINE_TYPES.includes(type))
      .map(({ created, text, payload }, index) => ({
        at: created ?? payload?.created ?? 0,
        index,
        text: text ?? payload?.text ?? '',
      }))
      // What came in the same millisecond was handed out newest first.
      .sort((one, other) => one.at - other.at || other.index - one.index)
      .flatMap(({ text }) => redact(stripVTControlCharacters(text)).split(/\r?\n/))
      .map((line) => line.trimEnd().slice(0, LINE_LENGTH))
      .filter((line) => line !== '')
      .slice(-LINES)
  );
}

/** A build may print what it was given. Failures have to be free of secrets where they are made. */
function redactorOf({ host }: VercelContext): (text: string) => string {
  const { VERCEL_TOKEN, VERCEL_AUTOMATION_BYPASS_SECRET } = host.variables;
  const secrets = [VERCEL_TOKEN, VERCEL_AUTOMATION_BYPASS_SECRET].flatMap((one) => tellingParts(one ?? ''));
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
