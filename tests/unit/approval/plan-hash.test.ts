import { describe, expect, it } from 'vitest';
import { DEFAULT_GATES, type EnvironmentSettings } from '../../../src/domain/configuration.ts';
import { canonical, moved, type PlanFacts, planHash } from '../../../src/domain/gates/plan-hash.ts';
import type { Digest } from '../../../src/domain/release.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;

const ENVIRONMENT: EnvironmentSettings = {
  name: 'production',
  target: { provider: 'local', settings: { port: 4100 } },
  url: 'https://shop.test',
  gates: { ...DEFAULT_GATES, after: ['staging'] },
  smoke: { warmUpMs: 0, checks: [] },
  strategy: { kind: 'blue-green' },
  rollback: { automatic: true, migrations: 'when-safe' },
};

const FACTS: PlanFacts = {
  release: {
    app: 'shop',
    digest: digest('a'),
    commit: '1'.repeat(40),
    version: '1.1.0',
    lane: 'normal',
    emergency: '',
  },
  live: { deploymentId: 'd-1', digest: digest('b'), version: '1.0.0' },
  migrations: ['0001_a free'],
  environment: ENVIRONMENT,
};

describe('the hash of a plan', () => {
  it('is the same for the same facts, in whatever order they are told', async () => {
    const turned = Object.fromEntries(Object.entries(FACTS).reverse()) as unknown as PlanFacts;
    expect(await planHash(turned)).toEqual(await planHash(structuredClone(FACTS)));
    expect((await planHash(FACTS)).whole).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<PlanFacts>, string]>([
    ['the digest', { release: { ...FACTS.release, digest: digest('c') } }, 'the release'],
    ['the commit', { release: { ...FACTS.release, commit: '2'.repeat(40) } }, 'the release'],
    ['the version', { release: { ...FACTS.release, version: '1.1.1' } }, 'the release'],
    ['the lane', { release: { ...FACTS.release, lane: 'hotfix' } }, 'the release'],
    ['an emergency', { release: { ...FACTS.release, emergency: 'fire' } }, 'the release'],
    [
      'the live deployment',
      { live: { deploymentId: 'd-2', digest: digest('b'), version: '1.0.0' } },
      'what is live',
    ],
    [
      'the live files',
      { live: { deploymentId: 'd-1', digest: digest('c'), version: '1.0.0' } },
      'what is live',
    ],
    ['that nothing is live', { live: undefined }, 'what is live'],
    ['the migrations', { migrations: ['0001_a free', '0002_b lossy'] }, 'the migrations to apply'],
    ['whether one can be undone', { migrations: ['0001_a lossy'] }, 'the migrations to apply'],
    [
      'a gate',
      { environment: { ...ENVIRONMENT, gates: { ...ENVIRONMENT.gates, soakMs: 1 } } },
      'what airlock.yml says',
    ],
    [
      'the target',
      { environment: { ...ENVIRONMENT, target: { provider: 'vercel', settings: {} } } },
      'what airlock.yml says',
    ],
  ])('is another one when %s is', async (_, change, what) => {
    const [before, now] = await Promise.all([planHash(FACTS), planHash({ ...FACTS, ...change })]);
    expect(now.whole).not.toBe(before.whole);
    expect(moved(before, now)).toEqual([what]);
  });

  it('tells texts apart that would be equal when put together', () => {
    expect(canonical({ a: 'x","b":"y' })).not.toBe(canonical({ a: 'x', b: 'y' }));
    expect(canonical([['a'], 'b'])).not.toBe(canonical([['a', 'b']]));
    expect(canonical({ a: undefined, b: null })).toBe('{"b":null}');
  });
});
