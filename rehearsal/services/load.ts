import http from 'node:http';
import https from 'node:https';

export interface LoadOptions {
  readonly url: string;
  /** Clients that each keep a connection and ask again as soon as they were answered. */
  readonly clients: number;
  /** Milliseconds that a client waits between two requests; 0 for none. */
  readonly pauseMs?: number;
  /** Answers are counted by the value of this header. */
  readonly countBy?: string;
}

export interface LoadCount {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  /** Why requests failed → how many. A status of 400 or more is a failure. */
  readonly failures: Readonly<Record<string, number>>;
  /** Value of the counted header → how many answers. */
  readonly by: Readonly<Record<string, number>>;
}

export interface Load {
  /** What was counted until now. */
  count(): LoadCount;
  /** Lets the requests that are on their way end, then gives the final count. */
  stop(): Promise<LoadCount>;
}

/** Longest wait for one whole answer, in milliseconds. */
const PATIENCE_MS = 30_000;

/** Puts an address under constant load, over kept connections as browsers and proxies use them. */
export function startLoad({
  url,
  clients,
  pauseMs = 0,
  countBy = 'x-airlock-deployment',
}: LoadOptions): Load {
  const { request, Agent } = url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const failures = new Map<string, number>();
  const by = new Map<string, number>();
  let sent = 0;
  let answered = 0;
  let stopped = false;

  const askOnce = () =>
    new Promise<void>((resolve) => {
      sent += 1;
      const outgoing = request(url, { agent, signal: AbortSignal.timeout(PATIENCE_MS) });
      const fail = (reason: string) => {
        increase(failures, reason);
        resolve();
      };
      outgoing.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
      outgoing.on('response', (response) => {
        response.resume();
        response.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          if (status >= 400) return fail(`status ${status}`);
          answered += 1;
          increase(by, String(response.headers[countBy] ?? 'unknown'));
          resolve();
        });
      });
      outgoing.end();
    });
  const client = async () => {
    while (!stopped) {
      await askOnce();
      // Always gives way, so that a fast server does not keep the caller from running.
      await new Promise((resolve) => (pauseMs > 0 ? setTimeout(resolve, pauseMs) : setImmediate(resolve)));
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));

  const count = (): LoadCount => ({
    sent,
    answered,
    failed: [...failures.values()].reduce((sum, one) => sum + one, 0),
    failures: Object.fromEntries(failures),
    by: Object.fromEntries(by),
  });
  return {
    count,
    async stop() {
      stopped = true;
      await running;
      agent.destroy();
      return count();
    },
  };
}

const increase = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
