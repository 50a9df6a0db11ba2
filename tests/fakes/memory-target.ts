import type { Deployment, Observed } from '../../src/domain/deployment.ts';
import { Failure } from '../../src/domain/failure.ts';
import { sameRelease, shortDigest } from '../../src/domain/release.ts';
import type { Look, StageRequest, Target } from '../../src/ports/target.ts';

/** A target in memory, for use cases that are tested without a machine. Every change is written down. */
export class MemoryTarget implements Target {
  readonly changes: string[] = [];
  #deployments: Deployment[] = [];
  /** Set to make the next activation answer yes and change nothing. */
  ignoresNextActivation = false;
  /** Versions that cannot be started again. */
  readonly lost = new Set<string>();

  /** The version that was last carried out late. */
  landed: string | undefined;
  #late: { readonly id: string; readonly weight: number } | undefined;

  /** What is on its way shows only to those who know what to look for, and wait. */
  async observe(look?: Look): Promise<Observed> {
    if (this.#late && this.#late.id === look?.awaited) await this.land();
    const whole = this.#deployments.find(({ state }) => state === 'live');
    return { live: whole, deployments: [...this.#deployments] };
  }

  async stage({ release }: StageRequest): Promise<Deployment> {
    const known = this.#deployments.find((deployment) => sameRelease(deployment, release));
    if (known) return known;
    const id = `${release.version}-${shortDigest(release.digest)}`;
    const deployment: Deployment = {
      id,
      digest: release.digest,
      version: release.version,
      commit: release.commit,
      state: 'staged',
      url: `http://staged.test/${id}`,
      weight: 0,
      stagedAt: '2026-01-01T00:00:00.000Z',
    };
    this.#deployments.unshift(deployment);
    this.changes.push(`stage ${release.version}`);
    return deployment;
  }

  /** Somebody else makes a deployment of their own live, or one that is here already. */
  async byHand(version: string): Promise<void> {
    const known = this.#deployments.find((deployment) => deployment.version === version);
    const id = known?.id ?? `hand-${version}`;
    if (!known)
      this.#deployments.unshift({
        id,
        version,
        commit: '',
        state: 'staged',
        url: `http://staged.test/${id}`,
        weight: 0,
        stagedAt: '2026-01-01T00:00:00.000Z',
      });
    await this.activate(id, 100, new AbortController().signal);
  }

  async activate(id: string, weight: number, signal: AbortSignal): Promise<Observed> {
    signal.throwIfAborted();
    this.#late = undefined;
    const wanted = this.#deployments.find((deployment) => deployment.id === id);
    if (!wanted) throw new Failure('DEPLOYMENT_UNKNOWN', `No deployment ${id}.`, 'Stage it first.');
    if (this.lost.has(wanted.version))
      throw new Failure('APP_NOT_READY', `${wanted.version} does not start.`, 'Look.', {
        ofDeployment: true,
      });
    if (this.ignoresNextActivation) {
      this.ignoresNextActivation = false;
      return this.observe();
    }
    if (wanted.weight !== weight) this.changes.push(`activate ${wanted.version} ${weight}`);
    this.#deployments = this.#deployments.map((deployment): Deployment => {
      if (deployment.id === id)
        return { ...deployment, weight, state: weight === 100 ? 'live' : deployment.state };
      if (weight === 100)
        return {
          ...deployment,
          weight: 0,
          state: deployment.state === 'live' ? 'superseded' : deployment.state,
        };
      return deployment.state === 'live'
        ? { ...deployment, weight: 100 - weight }
        : { ...deployment, weight: 0 };
    });
    return this.observe();
  }

  /** Takes an order that it carries out later, unless another one comes before that. */
  activateLate(id: string, weight: number): void {
    this.#late = { id, weight };
  }

  /** Carries out what was ordered and has not been. */
  async land(): Promise<void> {
    const order = this.#late;
    const ordered = this.#deployments.find(({ id }) => id === order?.id);
    this.#late = undefined;
    if (order === undefined || ordered === undefined || this.lost.has(ordered.version)) return;
    this.landed = ordered.version;
    await this.activate(order.id, order.weight, new AbortController().signal);
  }

  async retire(id: string): Promise<void> {
    this.#deployments = this.#deployments.filter((deployment) => deployment.id !== id);
  }
}
