import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import type { Capability, Course, StageRequest, Target } from '../../../src/ports/target.ts';

/** A fresh environment of a provider, for one test. */
export interface TargetUnderTest {
  /** Opens the same environment again, as the next job does. */
  connect(): Promise<Target>;
  /** A release with files of its own; `broken` builds but never becomes ready. The same version has the same digest. */
  release(version: string, kind?: 'working' | 'broken'): Promise<StageRequest>;
  /** Address of the live traffic. */
  readonly liveUrl: string;
  /** The version that a deployment answers with at an address; undefined when nothing is served there. */
  versionAt(
    url: string,
    cookie?: string,
  ): Promise<{ version: string; cookie: string | undefined } | undefined>;
  close(): Promise<void>;
}

const NEVER = new AbortController().signal;

/** The whole way of an activation in steps, as the promote action tells it with each of them. */
const IN_STEPS: Course = { intent: 'promote', steps: [30, 60, 100], pauseMs: 0 };

/** What every target must do, whatever it runs on. Call it in a provider's own test file. */
export function describeTarget(
  name: string,
  can: ReadonlySet<Capability>,
  open: () => Promise<TargetUnderTest>,
): void {
  describe(`target contract: ${name}`, () => {
    let under: TargetUnderTest;
    let target: Target;

    beforeEach(async () => {
      under = await open();
      target = await under.connect();
    });
    afterEach(() => under.close());

    const stage = async (version: string) => target.stage(await under.release(version), NEVER);
    const goLive = async (version: string) => {
      const { id } = await stage(version);
      await target.activate(id, 100, NEVER);
      return id;
    };
    const liveVersion = async () => (await under.versionAt(under.liveUrl))?.version;
    const failureOf = async (work: Promise<unknown>): Promise<Failure> => {
      const error = await work.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Failure);
      return error as Failure;
    };

    it('has nothing live before the first activation', async () => {
      expect(await target.observe()).toEqual({ live: undefined, deployments: [] });
    });

    it('stages a release at its own address and leaves the live one alone', async () => {
      await goLive('1.0.0');
      const staged = await stage('2.0.0');
      expect(staged).toMatchObject({ version: '2.0.0', state: 'staged', weight: 0 });
      expect((await under.versionAt(staged.url ?? ''))?.version).toBe('2.0.0');
      expect(await liveVersion()).toBe('1.0.0');
      expect((await target.observe()).live).toMatchObject({ version: '1.0.0', state: 'live', weight: 100 });
    });

    it('stages the same release once, however often it is asked', async () => {
      const first = await stage('1.0.0');
      expect(await stage('1.0.0')).toEqual(first);
      expect(await (await under.connect()).stage(await under.release('1.0.0'), NEVER)).toEqual(first);
      expect((await target.observe()).deployments).toEqual([first]);
    });

    it('stages the same files under another version, or of another commit, as another deployment', async () => {
      const { release, directory } = await under.release('1.0.0');
      const first = await goLive('1.0.0');
      for (const other of [{ version: '1.0.1' }, { version: '1.0.1', commit: 'b'.repeat(40) }]) {
        const staged = await target.stage({ release: { ...release, ...other }, directory }, NEVER);
        expect(staged).toMatchObject({ ...other, digest: release.digest, state: 'staged' });
        expect((await target.observe()).live).toMatchObject({ id: first, version: '1.0.0' });
        expect(await target.stage({ release: { ...release, ...other }, directory }, NEVER)).toEqual(staged);
      }
      const ids = (await target.observe()).deployments.map(({ id }) => id);
      expect(new Set(ids).size).toBe(3);
      const [newest] = ids;
      expect((await target.activate(newest ?? '', 100, NEVER)).live).toMatchObject({
        id: newest,
        version: '1.0.1',
        commit: 'b'.repeat(40),
      });
    });

    it('answers a stage of the live release with the live deployment', async () => {
      const id = await goLive('1.0.0');
      expect(await stage('1.0.0')).toMatchObject({ id, state: 'live', weight: 100 });
    });

    it('activates, and returns what it read back', async () => {
      await goLive('1.0.0');
      const { id, digest } = await stage('2.0.0');
      const observed = await target.activate(id, 100, NEVER);
      expect(observed.live).toMatchObject({ id, digest, state: 'live', weight: 100 });
      expect(observed.deployments.map(({ version, state, weight }) => ({ version, state, weight }))).toEqual([
        { version: '2.0.0', state: 'live', weight: 100 },
        { version: '1.0.0', state: 'superseded', weight: 0 },
      ]);
      expect(await liveVersion()).toBe('2.0.0');
      expect(await (await under.connect()).observe()).toEqual(observed);
    });

    it('changes nothing when it activates what is live', async () => {
      const id = await goLive('1.0.0');
      const before = await target.observe();
      expect(await target.activate(id, 100, NEVER)).toEqual(before);
    });

    it('refuses to activate what it does not know, and keeps the live one', async () => {
      await goLive('1.0.0');
      await failureOf(target.activate('no-such-deployment', 100, NEVER));
      expect(await liveVersion()).toBe('1.0.0');
    });

    it('fails to stage a release that does not come up, leaves the live one and goes on', async () => {
      await goLive('1.0.0');
      const broken = await under.release('2.0.0', 'broken');
      const failure = await failureOf(target.stage(broken, NEVER));
      expect(failure.code).not.toBe('CANCELLED');
      expect(failure.next).not.toBe('');
      expect(await liveVersion()).toBe('1.0.0');
      const { live, deployments } = await target.observe();
      expect(live).toMatchObject({ version: '1.0.0', weight: 100 });
      expect(deployments.find(({ version }) => version === '2.0.0')?.state ?? 'failed').toBe('failed');
      await goLive('3.0.0');
      expect(await liveVersion()).toBe('3.0.0');
    });

    it('retires what is not live, once and again', async () => {
      const live = await goLive('1.0.0');
      const { id } = await stage('2.0.0');
      await target.retire(id, NEVER);
      await target.retire(id, NEVER);
      expect((await target.observe()).deployments.map((deployment) => deployment.id)).toEqual([live]);
      await failureOf(target.retire(live, NEVER));
      expect(await liveVersion()).toBe('1.0.0');
    });

    it('ends with CANCELLED when the run is cancelled, and a rerun finishes', async () => {
      await goLive('1.0.0');
      const cancel = new AbortController();
      const staging = target.stage(await under.release('2.0.0'), cancel.signal);
      cancel.abort();
      expect((await failureOf(staging)).code).toBe('CANCELLED');
      const { id } = await stage('2.0.0');
      expect((await failureOf(target.activate(id, 100, cancel.signal))).code).toBe('CANCELLED');
      expect((await failureOf(target.retire(id, cancel.signal))).code).toBe('CANCELLED');
      expect(await liveVersion()).toBe('1.0.0');
      await target.activate(id, 100, NEVER);
      expect(await liveVersion()).toBe('2.0.0');
    });

    describe.runIf(can.has('activate-existing'))('with activate-existing', () => {
      it('rolls back to the one before, and forward again', async () => {
        const first = await goLive('1.0.0');
        const second = await goLive('2.0.0');
        expect((await target.activate(first, 100, NEVER)).live?.id).toBe(first);
        expect(await liveVersion()).toBe('1.0.0');
        await target.activate(second, 100, NEVER);
        expect(await liveVersion()).toBe('2.0.0');
      });

      it('rolls back to one that is several releases old', async () => {
        const first = await goLive('1.0.0');
        for (const version of ['2.0.0', '3.0.0']) await goLive(version);
        expect((await target.activate(first, 100, NEVER)).live?.id).toBe(first);
        expect(await liveVersion()).toBe('1.0.0');
      });
    });

    describe.runIf(can.has('weighted'))('with weights', () => {
      it('gives a candidate its share, keeps clients where they are as it grows, and takes it back', async () => {
        const first = await goLive('1.0.0');
        const { id: second } = await stage('2.0.0');
        const share = await target.activate(second, 30, NEVER, IN_STEPS);
        expect(share.live).toMatchObject({ id: first, weight: 70 });
        expect(share.deployments[0]).toMatchObject({ id: second, state: 'live', weight: 30 });

        const clients = await Promise.all(Array.from({ length: 300 }, () => under.versionAt(under.liveUrl)));
        const moved = clients.filter((client) => client?.version === '2.0.0');
        // 30 % of 300, within six standard deviations.
        expect(moved.length).toBeGreaterThan(42);
        expect(moved.length).toBeLessThan(138);
        const again = () =>
          Promise.all(
            moved.map(async (client) => (await under.versionAt(under.liveUrl, client?.cookie))?.version),
          );
        expect(new Set(await again())).toEqual(new Set(['2.0.0']));
        const grown = await target.activate(second, 60, NEVER, IN_STEPS);
        expect(grown.live).toMatchObject({ id: first, weight: 40 });
        expect(new Set(await again())).toEqual(new Set(['2.0.0']));

        const back = await target.activate(first, 100, NEVER);
        expect(back.live).toMatchObject({ id: first, weight: 100 });
        expect(new Set(await again())).toEqual(new Set(['1.0.0']));

        expect((await target.activate(second, 100, NEVER)).live).toMatchObject({ id: second, weight: 100 });
        expect(new Set(await again())).toEqual(new Set(['2.0.0']));
      });

      it('gives everything to the first release, whatever the weight', async () => {
        const { id } = await stage('1.0.0');
        expect((await target.activate(id, 10, NEVER)).live).toMatchObject({ id, weight: 100 });
      });
    });
  });
}
