import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { Failure } from '../../../domain/failure.ts';
import {
  type ActivateMessage,
  type FailureMessage,
  PROTOCOL,
  type RetireMessage,
  type StageMessage,
  type Terms,
} from '../protocol.ts';
import type { Environment } from './environment.ts';

type Handler = (request: IncomingMessage, signal: AbortSignal) => Promise<unknown>;

/**
 * The daemon's side of the control channel. Who hangs up cancels what they asked for.
 *
 * @param end ends the daemon
 */
export function createControl(environment: Environment, end: () => Promise<void>): Server {
  const handlers: Readonly<Record<string, Handler>> = {
    'GET /hello': async () => ({ protocol: PROTOCOL, pid: process.pid }),
    'GET /observe': async () => environment.observe(),
    'POST /open': async (request, signal) => environment.open((await json(request)) as Terms, signal),
    'POST /stage': async (request, signal) =>
      environment.stage((await json(request)) as StageMessage, signal),
    'POST /activate': async (request, signal) =>
      environment.activate((await json(request)) as ActivateMessage, signal),
    'POST /retire': async (request, signal) =>
      environment.retire((await json(request)) as RetireMessage, signal),
    'POST /stop': async () => {
      setImmediate(end);
    },
  };
  return createServer({ requestTimeout: 0 }, async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const handle = handlers[`${request.method} ${request.url}`];
      if (handle === undefined) throw new Failure('LOCAL_DAEMON_VERSION', 'Unknown request.', 'Restart it.');
      const answer = await handle(request, gone.signal);
      response.end(JSON.stringify(answer ?? null));
    } catch (error) {
      response.statusCode = 500;
      response.end(JSON.stringify(toMessage(error)));
    }
  });
}

function toMessage(error: unknown): FailureMessage {
  if (error instanceof Failure) {
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return {
      code: error.code,
      what: `${error.message}${cause}`,
      next: error.next,
      ofDeployment: error.ofDeployment,
    };
  }
  return {
    code: 'LOCAL_DAEMON_FAILED',
    what: `The local daemon could not do it: ${error instanceof Error ? error.message : String(error)}`,
    next: 'Run it again; if it fails again, report it with the daemon.log of the environment.',
  };
}
