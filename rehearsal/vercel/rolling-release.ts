/** One stage of a Rolling Release. */
export interface Stage {
  /** 0 to 100; the last stage has 100. */
  readonly targetPercentage: number;
  /** Minutes until the next stage; none waits for an approval. */
  readonly duration?: number;
  readonly requireApproval?: boolean;
  /** Whether the share moves evenly towards the next stage's over the duration. */
  readonly linearShift?: boolean;
}

/** A project's plan for rollouts to come. Those under way keep the plan they began with. */
export interface RollingConfig {
  readonly advancementType: 'automatic' | 'manual-approval';
  readonly stages: readonly Stage[];
}

export interface RollingRelease {
  readonly base: string;
  readonly canary: string;
  readonly config: RollingConfig;
  readonly startedAt: number;
  state: 'ACTIVE' | 'COMPLETE' | 'ABORTED';
  stage: number;
  stageStartedAt: number;
  updatedAt: number;
  /** The deployment whose promote waits until this rollout has ended. */
  queued: string | undefined;
}

const MINUTE = 60_000;

export const isActive = (release: RollingRelease | undefined): release is RollingRelease =>
  release?.state === 'ACTIVE';

/** What is wrong with a plan, in Vercel's manner; nothing when it is fine. */
export function faultOfConfig({ advancementType, stages }: RollingConfig): string | undefined {
  if (stages.length < 2) return 'Rolling release must have at least 2 stages';
  if (stages.at(-1)?.targetPercentage !== 100) return 'The last stage must have a target percentage of 100';
  const falls = stages.some(
    (one, index) => index > 0 && one.targetPercentage <= (stages[index - 1]?.targetPercentage ?? 0),
  );
  if (falls) return 'Each stage must have a greater target percentage than the stage before';
  const untimed = stages.slice(0, -1).some((one) => one.duration === undefined);
  if (advancementType === 'automatic' && untimed)
    return 'Stages that advance automatically must have a duration';
  return undefined;
}

export function startRelease(
  base: string,
  canary: string,
  config: RollingConfig,
  now: number,
): RollingRelease {
  return {
    base,
    canary,
    config,
    startedAt: now,
    state: 'ACTIVE',
    stage: 0,
    stageStartedAt: now,
    updatedAt: now,
    queued: undefined,
  };
}

/** Takes the release to a stage; the last one completes it. */
export function enterStage(release: RollingRelease, stage: number, now: number): void {
  release.stage = stage;
  release.stageStartedAt = now;
  release.updatedAt = now;
  if (stage >= release.config.stages.length - 1) release.state = 'COMPLETE';
}

export function endRelease(release: RollingRelease, state: 'COMPLETE' | 'ABORTED', now: number): void {
  if (state === 'COMPLETE') enterStage(release, release.config.stages.length - 1, now);
  release.state = state;
  release.updatedAt = now;
}

/** Enters the stages whose time has come since the last look. */
export function catchUp(release: RollingRelease, now: number): void {
  while (isActive(release) && release.config.advancementType === 'automatic') {
    const minutes = release.config.stages[release.stage]?.duration;
    if (minutes === undefined) return;
    const due = release.stageStartedAt + minutes * MINUTE;
    if (due > now) return;
    enterStage(release, release.stage + 1, due);
  }
}

/** The share of visitors that the canary gets now, 0 to 1. */
export function canaryShare(release: RollingRelease, now: number): number {
  if (release.state !== 'ACTIVE') return release.state === 'COMPLETE' ? 1 : 0;
  const { stages } = release.config;
  const here = stages[release.stage]?.targetPercentage ?? 0;
  const { duration, linearShift } = stages[release.stage] ?? {};
  if (linearShift !== true || duration === undefined) return here / 100;
  const next = stages[release.stage + 1]?.targetPercentage ?? here;
  const passed = Math.min((now - release.stageStartedAt) / (duration * MINUTE), 1);
  return (here + (next - here) * passed) / 100;
}
