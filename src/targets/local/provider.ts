import type { Deployment, Observed } from '../../domain/deployment.ts';
import { Failure } from '../../domain/failure.ts';
import type { StageRequest, Target, TargetHost, TargetProvider } from '../../ports/target.ts';
import { DaemonClient } from './client.ts';
import { environmentDirectory } from './places.ts';
import {
  type ActivateMessage,
  cancelled,
  type RetireMessage,
  type StageMessage,
  type Terms,
  variablesMissing,
} from './protocol.ts';
import { type LocalSettings, localCapabilities, localSettings } from './settings.ts';
import { observedFrom, readState, type Serve, SYSTEM_VARIABLES } from './state.ts';

export type { LocalSettings };

/**
 * Environments on this machine: two slots behind a proxy, run by a daemon for each environment.
 *
 * @param daemonEntry absolute path of the daemon's program
 */
export function createLocalTarget({ daemonEntry }: { daemonEntry: string }): TargetProvider<LocalSettings> {
  return {
    id: 'local',
    settings: localSettings,
    can: localCapabilities,
    connect: async (given, host) => new LocalTarget(daemonEntry, given, host),
  };
}

class LocalTarget implements Target {
  readonly #daemonEntry: string;
  readonly #settings: LocalSettings;
  readonly #host: TargetHost;
  readonly #directory: string;
  readonly #daemon: DaemonClient;

  constructor(daemonEntry: string, given: LocalSettings, host: TargetHost) {
    this.#daemonEntry = daemonEntry;
    this.#settings = given;
    this.#host = host;
    this.#directory = environmentDirectory({
      app: host.app,
      environment: host.environment,
      state: given.state,
    });
    this.#daemon = new DaemonClient(this.#directory);
  }

  async observe(): Promise<Observed> {
    const seen = await this.#daemon.observe<Observed>();
    if (seen !== undefined) return seen;
    const recorded = observedFrom(readState(this.#directory), () => false);
    if (recorded.live !== undefined) {
      this.#host.log.warning(
        `Nothing serves ${this.#host.environment} now: this is what was recorded. The next deploy, promote or rollback brings it back.`,
      );
    }
    return recorded;
  }

  async stage({ release, directory }: StageRequest, signal: AbortSignal): Promise<Deployment> {
    this.#refuseMissingVariables();
    const stagedAt = this.#host.clock.now().toISOString();
    const message: StageMessage = { release, directory, serve: this.#serve(), stagedAt };
    return this.#ask('stage', message, signal);
  }

  async activate(deployment: string, weight: number, signal: AbortSignal): Promise<Observed> {
    const message: ActivateMessage = { deployment, weight };
    await this.#ask('activate', message, signal);
    return this.observe();
  }

  async retire(deployment: string, signal: AbortSignal): Promise<void> {
    const message: RetireMessage = { deployment };
    await this.#ask('retire', message, signal);
  }

  async #ask<Answer>(verb: string, message: unknown, signal: AbortSignal): Promise<Answer> {
    if (process.platform === 'win32') {
      throw new Failure(
        'LOCAL_PLATFORM',
        'The local target needs process groups, which Windows does not have.',
        'Use a Linux or macOS runner, or another target.',
      );
    }
    if (signal.aborted) throw cancelled();
    await this.#daemon.ensure(this.#daemonEntry, signal);
    await this.#daemon.ask('open', this.#terms(), signal);
    return this.#daemon.ask(verb, message, signal);
  }

  #terms(): Terms {
    const { app, environment, url, variables } = this.#host;
    const { port, drain, ready } = this.#settings;
    const values = [...this.#variableNames()].flatMap((name) =>
      variables[name] === undefined ? [] : [[name, variables[name]]],
    );
    return {
      app,
      environment,
      port,
      url: url ?? `http://127.0.0.1:${port}`,
      drainMs: drain * 1000,
      readyMs: ready * 1000,
      variables: Object.fromEntries(values),
    };
  }

  /** Those of this release, and those of earlier ones that may have to be started again. */
  #variableNames(): Set<string> {
    const earlier = readState(this.#directory).deployments.flatMap(({ serve }) =>
      serve.kind === 'command' ? serve.variables : [],
    );
    return new Set([...SYSTEM_VARIABLES, ...(this.#host.serve?.variables ?? []), ...earlier]);
  }

  #serve(): Serve {
    const { serve } = this.#host;
    if (serve === undefined) return { kind: 'static', single: this.#settings.single };
    return { kind: 'command', ...serve };
  }

  #refuseMissingVariables(): void {
    const missing =
      this.#host.serve?.variables.filter((name) => this.#host.variables[name] === undefined) ?? [];
    if (missing.length > 0) throw variablesMissing('The app', missing);
  }
}
