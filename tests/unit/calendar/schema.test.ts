import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { calendar, completeCalendar } from '../../../src/config/calendar-schema.ts';

const read = (yaml: string) => completeCalendar(calendar.parse(parse(yaml)));

/** What is wrong, each as `path: message`. */
function wrong(yaml: string): readonly string[] {
  const flat = (issues: readonly z.core.$ZodIssue[], path: readonly PropertyKey[] = []): readonly string[] =>
    issues.map((issue) => `${[...path, ...issue.path].join('.')}: ${issue.message}`);
  return flat(calendar.safeParse(parse(yaml)).error?.issues ?? []);
}

const withWindow = (window: string) => `{ zone: UTC, windows: [{ ${window} }] }`;
const withFreeze = (freeze: string) => `{ zone: UTC, freezes: [{ ${freeze} }] }`;
const withSource = (source: string) => `{ zone: UTC, freezes-from: [{ ${source} }] }`;

describe('a calendar that is right', () => {
  test('is read in the words of the domain', () => {
    expect(
      read(`
zone: Europe/Berlin
windows:
  - { days: tue-thu, from: 09:00, to: 16:00 }
  - { days: [sat, sun-mon], from: 22:00, to: 02:00, for: [promote] }
  - { days: fri, from: 20:00, to: 24:00, for: [promote, deploy] }
  - { days: sun, from: 23:30, to: 00:00, for: [hotfix] }
freezes:
  - { from: 2026-12-24, to: 2027-01-03, why: Christmas }
  - { from: 2026-11-27T00:00, to: 2026-11-30T08:00, why: Black Friday, for: [hotfix, deploy] }
freezes-from:
  - file: ./ops/freezes.ics
  - { url: 'https://calendar.example.com/freezes.ics?public=1', for: [deploy] }
  - url-from: FREEZE_CALENDAR_URL
`),
    ).toEqual({
      zone: 'Europe/Berlin',
      windows: [
        { days: ['tue', 'wed', 'thu'], fromMinute: 540, toMinute: 960, verbs: ['deploy', 'promote'] },
        { days: ['mon', 'sat', 'sun'], fromMinute: 1320, toMinute: 1560, verbs: ['promote'] },
        { days: ['fri'], fromMinute: 1200, toMinute: 1440, verbs: ['deploy', 'promote'] },
        { days: ['sun'], fromMinute: 1410, toMinute: 1440, verbs: ['hotfix'] },
      ],
      freezes: [
        { from: '2026-12-24', to: '2027-01-03', why: 'Christmas', verbs: ['deploy', 'promote'] },
        {
          from: '2026-11-27T00:00',
          to: '2026-11-30T08:00',
          why: 'Black Friday',
          verbs: ['deploy', 'hotfix'],
        },
      ],
      sources: [
        { kind: 'file', path: 'ops/freezes.ics', verbs: ['deploy', 'promote'] },
        { kind: 'url', url: 'https://calendar.example.com/freezes.ics?public=1', verbs: ['deploy'] },
        { kind: 'variable', variable: 'FREEZE_CALENDAR_URL', verbs: ['deploy', 'promote'] },
      ],
    });
  });

  test('may be a zone alone', () => {
    expect(read('zone: UTC')).toEqual({ zone: 'UTC', windows: [], freezes: [], sources: [] });
  });

  test.each(['Europe/Berlin', 'America/Argentina/Buenos_Aires', 'UTC', 'Asia/Calcutta', 'Etc/GMT+5'])(
    'may be in %s',
    (zone) => expect(wrong(`zone: ${zone}`)).toEqual([]),
  );
});

describe('a calendar that is wrong', () => {
  test.each([
    [
      'zone: Europe/Berlni',
      'zone: must be the IANA name of a time zone, such as `Europe/Berlin` or `UTC`; did you mean `Europe/Berlin`?',
    ],
    ["zone: '+01:00'", 'zone: must be the IANA name of a time zone, such as `Europe/Berlin` or `UTC`'],
    ["zone: ''", 'zone: must be the IANA name of a time zone, such as `Europe/Berlin` or `UTC`'],
    [withWindow('days: mon, from: 9:00, to: 16:00'), 'windows.0.from: must be a time such as `09:00`'],
    [withWindow('days: mon, from: 24:00, to: 16:00'), 'windows.0.from: must be a time such as `09:00`'],
    [withWindow('days: mon, from: 09:60, to: 16:00'), 'windows.0.from: must be a time such as `09:00`'],
    [withWindow('days: mon, from: 900, to: 16:00'), 'windows.0.from: must be a time such as `09:00`'],
    [
      withWindow('days: mon, from: 09:00, to: 24:01'),
      'windows.0.to: must be a time such as `16:00`, at most `24:00`',
    ],
    [
      withWindow('days: mon, from: 09:00, to: 09:00'),
      'windows.0: must not open and shut at one time: a whole day is 00:00 to 24:00',
    ],
    [
      withWindow('days: mon, from: 09:00, to: 10:00, for: [rollback]'),
      'windows.0.for.0: cannot be `rollback`: a calendar never holds recovery back',
    ],
    [
      withWindow('days: mon, from: 09:00, to: 10:00, for: [deplyo]'),
      'windows.0.for.0: must be one of deploy, promote, hotfix; did you mean `deploy`?',
    ],
    [
      withWindow('days: mon, from: 09:00, to: 10:00, for: []'),
      'windows.0.for: must name at least one of deploy, promote, hotfix',
    ],
    [withWindow('days: mon, from: 09:00, to: 10:00, zone: UTC'), 'windows.0: Unrecognized key: "zone"'],
    [
      withFreeze('from: 2026-02-30, to: 2026-03-01, why: x'),
      'freezes.0.from: must be a day that the calendar has',
    ],
    [
      withFreeze('from: 24.12.2026, to: 2026-12-26, why: x'),
      'freezes.0.from: must be a day such as `2026-12-24`, or a local time such as `2026-12-24T18:00`',
    ],
    [
      withFreeze("from: '2026-12-24T10:00Z', to: 2026-12-26, why: x"),
      'freezes.0.from: must be a day such as `2026-12-24`, or a local time such as `2026-12-24T18:00`',
    ],
    [withFreeze('from: 2026-12-24, to: 2026-12-23, why: x'), 'freezes.0: must start before it is over'],
    [
      withFreeze('from: 2026-12-24T10:00, to: 2026-12-24T10:00, why: x'),
      'freezes.0: must start before it is over',
    ],
    [withFreeze("from: 2026-12-24, to: 2026-12-24, why: ' '"), 'freezes.0.why: must not be empty'],
    [
      withFreeze('from: 2026-12-24, to: 2026-12-24, why: x, for: [rollback]'),
      'freezes.0.for.0: cannot be `rollback`: a calendar never holds recovery back',
    ],
    [
      withSource('file: ../elsewhere.ics'),
      'freezes-from.0.file: must be a path inside the repository with `/` between its parts: not absolute and without `..`',
    ],
    [
      withSource('url: http://calendar.example.com/a.ics'),
      'freezes-from.0.url: must be an https address without user name and `#`',
    ],
    [
      withSource('url: https://user:word@calendar.example.com/a.ics'),
      'freezes-from.0.url: must be an https address without user name and `#`',
    ],
    [
      withSource('file: a.ics, url-from: B'),
      'freezes-from.0: must have exactly one of `file`, `url` and `url-from`',
    ],
    [withSource('for: [deploy]'), 'freezes-from.0: must have exactly one of `file`, `url` and `url-from`'],
  ])('%s', (yaml, message) => {
    expect(wrong(yaml)).toEqual([message]);
  });

  test.each(['days: mo', 'days: mon-', 'days: []', 'days: [monday]', 'days: 1'])('%s', (days) => {
    const [first] = wrong(withWindow(`${days}, from: 09:00, to: 10:00`));
    expect(first).toMatch(/^windows\.0\.days/);
  });

  test('is not there at all', () => {
    expect(wrong('windows: []')).toEqual(['zone: Invalid input: expected string, received undefined']);
  });
});

test('editors get a description of every key', () => {
  const schema = z.toJSONSchema(calendar, { io: 'input', unrepresentable: 'any' });
  const bare: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      if (key === 'properties') {
        for (const [name, property] of Object.entries(child as object)) {
          if (!('description' in (property as object))) bare.push(`${path}.${name}`);
          walk(property, `${path}.${name}`);
        }
      } else walk(child, path);
    }
  };
  walk(schema, '');
  expect(bare).toEqual([]);
  expect(JSON.stringify(schema)).toContain('"enum":["deploy","promote","hotfix"]');
});

test('editors hold a file to the same keys', () => {
  const schema = z.toJSONSchema(calendar, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
  expect(validate(parse(withWindow('days: [mon, wed-fri], from: 09:00, to: 24:00, for: [hotfix]')))).toBe(
    true,
  );
  expect(validate(parse(withWindow('days: mon, from: 09:00, to: 25:00')))).toBe(false);
  expect(validate(parse(withFreeze('from: 2026-12-24, to: 2026-12-26, why: x, for: [rollback]')))).toBe(
    false,
  );
  expect(validate(parse(withSource('path: a.ics')))).toBe(false);
});
