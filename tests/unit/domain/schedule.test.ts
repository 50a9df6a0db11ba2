import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextStep, type Progress, type Task } from '../../../src/domain/schedule.ts';

const task = (name: string, ...needs: string[]): Task => ({ name, needs });
const step = (tasks: Task[], progress: Record<string, Progress>, lanes = 2) =>
  nextStep(tasks, new Map(Object.entries(progress)), lanes);

describe('nextStep', () => {
  const tasks = [task('install'), task('lint', 'install'), task('types', 'install'), task('test', 'install')];

  it('starts what needs nothing', () => {
    expect(step(tasks, {})).toEqual({ start: ['install'], skip: [] });
  });

  it('starts in the order of the file and no more than there are lanes', () => {
    expect(step(tasks, { install: 'succeeded' })).toEqual({ start: ['lint', 'types'], skip: [] });
    expect(step(tasks, { install: 'succeeded', lint: 'running' })).toEqual({ start: ['types'], skip: [] });
    expect(step(tasks, { install: 'succeeded', lint: 'running', types: 'running' }).start).toEqual([]);
  });

  it('skips what needs a failure, and only that', () => {
    const other = [...tasks, task('audit'), task('e2e', 'test', 'lint')];
    const progress = { install: 'succeeded', lint: 'failed', types: 'succeeded', test: 'running' } as const;
    expect(step(other, progress)).toEqual({ start: ['audit'], skip: [{ name: 'e2e', because: ['lint'] }] });
  });

  it('skips what needs something that was skipped', () => {
    expect(step([task('a'), task('b', 'a'), task('c', 'b')], { a: 'failed', b: 'skipped' }).skip).toEqual([
      { name: 'c', because: ['b'] },
    ]);
  });

  it('brings any graph without circles to its end, within its lanes and never before a need', () => {
    const seed = Date.now() % 2 ** 31;
    console.log(`seed of the random schedules: ${seed}`);
    const graph = fc.array(fc.tuple(fc.array(fc.nat(20), { maxLength: 3 }), fc.boolean()), { maxLength: 20 });
    fc.assert(
      fc.property(
        graph,
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.nat()),
        (shape, lanes, choices) => {
          // A task may need only those before it: no circles.
          const all = shape.map(([needs], index) =>
            task(`t${index}`, ...new Set(needs.filter((need) => need < index).map((need) => `t${need}`))),
          );
          const fails = new Set(shape.flatMap(([, failing], index) => (failing ? [`t${index}`] : [])));
          const progress = new Map<string, Progress>();
          for (let steps = 0; steps <= 2 * all.length; steps++) {
            const { start, skip } = nextStep(all, progress, lanes);
            for (const { name } of skip) progress.set(name, 'skipped');
            for (const name of start) {
              const needs = all.find((one) => one.name === name)?.needs ?? [];
              expect(needs.every((need) => progress.get(need) === 'succeeded')).toBe(true);
              progress.set(name, 'running');
            }
            const running = [...progress].filter(([, state]) => state === 'running').map(([name]) => name);
            expect(running.length).toBeLessThanOrEqual(lanes);
            const done = running[(choices.next().value ?? 0) % Math.max(1, running.length)];
            if (done !== undefined) progress.set(done, fails.has(done) ? 'failed' : 'succeeded');
          }
          expect(progress.size).toBe(all.length);
          expect([...progress.values()]).not.toContain('running');
        },
      ),
      { seed, numRuns: 200 },
    );
  });
});
