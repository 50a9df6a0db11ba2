import { details } from '../markdown.ts';
import { migrationTable } from '../overview.ts';
import type { Change } from './commit.ts';
import type { Difference, Notes, ToldHotfix } from './notes.ts';
import { exact, plain, plainLines } from './plain.ts';

/** GitHub takes 125,000 characters of a release; the rest is for what people write themselves. */
const MOST_CHARACTERS = 90_000;
const LONGEST_FOOTER = 4_000;
const MOST_MIGRATIONS = 100;

/**
 * Release notes in GitHub-flavoured Markdown, without a title. They say the same whenever they are made: nothing
 * in them is of the run that makes them. Everything from outside is data in them.
 */
export function renderNotes(notes: Notes): string {
  const { difference, hotfix, hotfixes, since } = notes;
  const room = { left: MOST_CHARACTERS };
  const parts = [...(hotfix ? [hotfixBlock(notes, hotfix)] : []), facts(notes)];
  const told = section(
    room,
    since === undefined ? 'Hotfixes before' : `Hotfixes since ${plain(since)}`,
    hotfixes.map(
      ({ version, emergency, takenBack }) =>
        `- **${plain(version)}**${emergency === undefined ? '' : ` (emergency: ${plain(emergency)})`}${takenBack === undefined ? '' : ` · taken back${takenBack === '' ? '' : `: ${plain(takenBack)}`}`}`,
    ),
  );
  if (difference === undefined) return join([...parts, 'This is the first release.', told]);
  if ('unknown' in difference)
    return join([...parts, `What changed cannot be told: ${plain(difference.unknown)}.`, told]);
  return join([...parts, ...differenceParts(difference, room, told), links(notes, difference)]);
}

interface Room {
  left: number;
}

const join = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n\n');

function facts({ environment, commit, at, previous }: Notes): string {
  return [
    `Released into **${plain(environment)}** on ${at.slice(0, 16).replace('T', ' at ')} UTC`,
    `commit ${exact(commit.slice(0, 7))}`,
    ...(previous ? [`before it ${exact(previous.version)}`] : []),
  ].join(' · ');
}

/** Loud: whoever reads it should know that this one did not come the whole way. */
function hotfixBlock({ previous }: Notes, hotfix: ToldHotfix): string {
  const named = (names: readonly string[]) => names.map(exact).join(', ');
  const { branch, skipped, overridden, emergency, by, approvers } = hotfix;
  const onTop = previous ? `, on top of ${exact(previous.version)}` : '';
  return [
    `🚑 **HOTFIX** from ${exact(branch)}${onTop}: it went the short way to production.`,
    `**Skipped:** ${skipped.length === 0 ? 'nothing' : named(skipped)}.`,
    ...(overridden.length === 0 ? [] : [`**Gates opened by somebody’s word:** ${named(overridden)}.`]),
    ...(emergency === undefined
      ? []
      : [
          `**EMERGENCY:** ${plain(emergency)}`,
          `Started by ${plain(by)}, approved by ${approvers.length === 0 ? 'nobody whom the ledger names' : approvers.map((login) => plain(login)).join(', ')}.`,
        ]),
  ]
    .map((line) => `> ${line}`)
    .join('\n>\n');
}

function differenceParts({ changes, migrations, lost, isCut }: Difference, room: Room, told: string) {
  const { breaking, features, improvements, fixes, others, knownIssues } = changes;
  const of = (title: string, list: readonly Change[]) => section(room, title, list.map(bullet));
  // In the order in which they get room; what breaks comes first on the page too.
  const first = section(room, '⚠️ Breaking changes', breaking.map(breakingBullet));
  const known = section(
    room,
    'Known issues',
    knownIssues.map((issue) => `- ${plainLines(issue, LONGEST_FOOTER)}`),
  );
  const isEmpty = [breaking, features, improvements, fixes, others].every(({ length }) => length === 0);
  return [
    first,
    ...(lost === 0
      ? []
      : [
          `This is an older release than the one before it: ${counted(lost, 'commit')} of that one ${lost === 1 ? 'is' : 'are'} not in it.`,
        ]),
    ...(isEmpty && lost === 0 ? ['No change in the repository: the same built anew, or merges only.'] : []),
    of('Features', features),
    of('Improvements', improvements),
    of('Fixes', fixes),
    told,
    migrations.length === 0
      ? ''
      : `### Database migrations\n\n${migrationTable(migrations.slice(0, MOST_MIGRATIONS))}${more(migrations.length - MOST_MIGRATIONS)}`,
    known,
    others.length === 0
      ? ''
      : details(
          `Everything else (${others.length})`,
          list(
            room,
            others.map(
              (change) => `${bullet(change)}${change.isUndone ? ' · taken back before this release' : ''}`,
            ),
          ),
        ),
    ...(isCut ? ['Older commits are left out: there are more than anybody reads.'] : []),
  ];
}

const bullet = ({ scope, subject, pullRequest, sha }: Change): string =>
  `- ${scope === undefined ? '' : `**${plain(scope)}:** `}${plain(subject) || exact(sha.slice(0, 7))}${pullRequest === undefined ? '' : ` (#${pullRequest})`}`;

const breakingBullet = (change: Change): string =>
  [bullet(change), ...change.breaking.map((text) => plainLines(text, LONGEST_FOOTER))].join('<br>');

function section(room: Room, title: string, bullets: readonly string[]): string {
  return bullets.length === 0 ? '' : `### ${title}\n\n${list(room, bullets)}`;
}

/** As many as there is room for; how many are not shown is said. */
function list(room: Room, bullets: readonly string[]): string {
  const shown: string[] = [];
  for (const one of bullets) {
    if (one.length + 1 > room.left) break;
    room.left -= one.length + 1;
    shown.push(one);
  }
  return shown.join('\n') + more(bullets.length - shown.length);
}

/** Our own words and numbers, and an address that we made: the only links there are. */
function links({ compareUrl }: Notes, { changes }: Difference): string {
  const { pullRequests } = changes;
  const most = 100;
  return [
    ...(pullRequests.length === 0
      ? []
      : [
          `Pull requests ${pullRequests
            .slice(0, most)
            .map((number) => `#${number}`)
            .join(' ')}${pullRequests.length > most ? ' …' : ''}`,
        ]),
    ...(compareUrl === undefined ? [] : [`[Every commit](${compareUrl})`]),
  ].join(' · ');
}

const more = (left: number): string => (left > 0 ? `\n\n… and ${left} more` : '');

const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
