/** Asks a running deployment one HTTP question. A refused connection or a timeout is an answer, not an exception. */
export interface Prober {
  probe(request: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer>;
}

export interface ProbeRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest wait for the whole answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Bytes of body kept; a longer body is cut and says so. */
  readonly bodyLimit: number;
}

export type ProbeAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly bodyCut: boolean;
      readonly durationMs: number;
    }
  /** Nothing usable came back: connection refused, reset, timed out, bad certificate, unknown host. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly durationMs: number };
