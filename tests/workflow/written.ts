import { globSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { FakeGitHub } from '../../rehearsal/github/fake-github.ts';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import type { WatchedRun } from '../../rehearsal/world/watched-run.ts';

/** Everywhere that something of a run is written down: logs, outputs, summaries, artifacts, GitHub, processes. */
export async function written(
  caller: CallerRepository,
  github: FakeGitHub,
  runs: readonly WatchedRun[],
): Promise<Readonly<Record<string, string>>> {
  const files = globSync(['state/**', 'work/**', 'home/**'], { cwd: caller.root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  const commandLines = globSync('/proc/[0-9]*/cmdline').map((path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  });
  const results = await Promise.all(runs.map((run) => run.done));
  return {
    events: JSON.stringify(runs.map((run) => run.events)),
    outputs: JSON.stringify(results.map(({ jobs }) => jobs)),
    GitHub: JSON.stringify(github.snapshot()),
    'command lines': commandLines.join('\n'),
    ...Object.fromEntries(
      files.map((path) => [path.slice(caller.root.length), readFileSync(path, 'latin1')]),
    ),
  };
}

/** Fails with each place that has one of these texts, and with what stands around it there. */
export function expectNowhere(places: Readonly<Record<string, string>>, ...texts: readonly string[]): void {
  const found = Object.entries(places).flatMap(([place, text]) =>
    texts.filter((one) => text.includes(one)).map((one) => `${place}: ${around(text, one)}`),
  );
  expect(found).toEqual([]);
}

const around = (text: string, found: string): string => {
  const at = text.indexOf(found);
  return text.slice(Math.max(0, at - 120), at + 40);
};
