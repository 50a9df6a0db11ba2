import type { Facts } from '../facts.ts';
import { everyJob } from '../places.ts';
import { no, ok, type Rule, type Sighting, unknown, whenRead } from '../rule.ts';

/** The first runner that knows `uses: $/path`, which Airlock's workflows are made of. */
const OLDEST = [2, 336];
const HOSTED = /^(ubuntu|windows|macos)-/;

export const runnerVersion: Rule = {
  id: 'runner-version',
  asks: 'Are runners of your own new enough (2.336)?',
  weight: 'warn',
  why: 'An older runner does not know `uses: $/…`: Airlock’s jobs fail on it before their first step.',
  fix: ({ about }) => ({
    click: `On the machine of ${about}: install the current runner (github.com/actions/runner/releases) or switch its updates on.`,
    command: 'gh api repos/actions/runner/releases/latest --jq .tag_name',
  }),
  look(facts) {
    const own = ownLabels(facts);
    const isPartial = facts.workflows.length === 0 || facts.workflows.some(({ kind }) => kind === 'unread');
    if (own.length === 0 && !isPartial) return [ok('runners', 'no workflow asks for a runner of your own')];
    return whenRead(facts.settings.runners, 'runners', (runners): readonly Sighting[] => {
      const missing = own.filter((label) => !runners.some(({ labels }) => labels.includes(label)));
      return [
        ...runners.map(({ name, version }) => {
          const isEnough = version === undefined ? undefined : isNewEnough(version);
          if (isEnough === undefined) return unknown(name, 'GitHub does not say its version');
          return isEnough ? ok(name, `runs ${version}`) : no(name, `runs ${version}`);
        }),
        ...missing.map((label) =>
          unknown(label, 'no runner of the repository has this label: it may be an organisation’s'),
        ),
        ...(isPartial && runners.length === 0
          ? [unknown('runners', 'not every workflow could be read')]
          : []),
      ];
    });
  },
};

/** Labels of runners that are not GitHub's. */
const ownLabels = (facts: Facts): readonly string[] => [
  ...new Set(
    everyJob(facts)
      .flatMap(({ job }) => job.runsOn)
      .filter((label) => !HOSTED.test(label) && !label.includes('${{')),
  ),
];

function isNewEnough(version: string): boolean | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  return Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
}
