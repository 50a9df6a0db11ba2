import http from 'node:http';

/** What makes an app ready for traffic. */
export interface Health {
  readonly path: string;
  /** Whether this status says that it is ready. */
  accepts(status: number): boolean;
}

export interface ProbeResult {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
}

/** Longest wait for one answer, in milliseconds. */
const PATIENCE_MS = 5_000;

/** Asks once, over a fresh connection; undefined when nothing answered. */
export function probe(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ProbeResult | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const request = http.get({ host: '127.0.0.1', port, path, headers, agent: false, signal });
    request.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
      response.on('error', () => {});
    });
    request.on('error', () => resolve(undefined));
  });
}

/** Whether the app on this port says that it is ready. */
export async function isHealthy(port: number, health: Health): Promise<boolean> {
  const answer = await probe(port, health.path);
  return answer !== undefined && health.accepts(answer.status);
}
