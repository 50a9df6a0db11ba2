import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calendarFiles } from '../../../src/calendar/calendar-files.ts';
import type { FreezeSource } from '../../../src/domain/calendar/calendar.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { httpProber } from '../../../src/probes/http.ts';
import { type CalendarHost, calendarHost, pem } from './calendar-host.ts';

const SECRET = 'token-9d1c5e2f7a';
const WITHIN = { from: Date.UTC(2026, 10, 1), to: Date.UTC(2027, 10, 1) };
const ICS = `BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Test//EN\r
BEGIN:VEVENT\r
UID:1\r
DTSTAMP:20261101T000000Z\r
DTSTART;VALUE=DATE:20261224\r
DTEND;VALUE=DATE:20261227\r
SUMMARY:Christmas\r
END:VEVENT\r
END:VCALENDAR\r
`;
const CHRISTMAS = {
  from: '2026-12-23T23:00:00.000Z',
  to: '2026-12-26T23:00:00.000Z',
  why: 'Christmas',
  verbs: ['deploy'],
};

const trustedBefore = tls.getCACertificates('default');
let folder: string;

beforeAll(async () => {
  tls.setDefaultCACertificates([...trustedBefore, pem('trusted', 'crt'), pem('expired', 'crt')]);
  folder = await mkdtemp(join(tmpdir(), 'airlock-calendar-'));
});

afterAll(async () => {
  tls.setDefaultCACertificates(trustedBefore);
  await rm(folder, { recursive: true, force: true });
});

interface Way {
  readonly variables?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly masked?: string[];
}

const read = (source: FreezeSource, { variables = {}, signal, masked = [] }: Way = {}) =>
  calendarFiles({
    prober: httpProber,
    folder,
    variable: (name) => variables[name],
    mask: (secret) => masked.push(secret),
  }).read(source, 'Europe/Berlin', WITHIN, signal ?? new AbortController().signal);

const url = (address: string): FreezeSource => ({ kind: 'url', url: address, verbs: ['deploy'] });
const file = (path: string): FreezeSource => ({ kind: 'file', path, verbs: ['deploy'] });

/** Code and words of a refusal, which must not tell where the calendar lies. */
async function refusal(reading: Promise<unknown>): Promise<string> {
  const failure = await reading.then(
    (freezes) => expect.fail(`freezes were read: ${JSON.stringify(freezes)}`),
    (thrown: unknown) => thrown,
  );
  if (!(failure instanceof Failure)) throw failure;
  expect(failure.next).not.toBe('');
  expect(`${failure.message} ${failure.next} ${String(failure.cause)}`).not.toContain(SECRET);
  return `${failure.code} ${failure.message}`;
}

const send = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) => {
  return (response: ServerResponse) => response.writeHead(200, headers).end(body);
};

/** What is told of a host that answers so. */
async function told(
  answer: (response: ServerResponse, path: string) => void,
  certificate: 'trusted' | 'expired' = 'trusted',
): Promise<string> {
  await using host = await calendarHost(answer, certificate);
  const message = await refusal(read(url(`${host.address}/freezes.ics?key=${SECRET}`)));
  return message.replaceAll(new URL(host.address).host, 'HOST');
}

const WHETHER = 'Whether there is a freeze cannot be told: the calendar of HOST';

describe('a calendar over https', () => {
  test('is read', async () => {
    await using host = await calendarHost(send(ICS, { 'content-type': 'text/calendar' }));
    expect(await read(url(`${host.address}/freezes.ics`))).toEqual([CHRISTMAS]);
  });

  test('is read packed, and after a redirect on its own host', async () => {
    await using host = await calendarHost((response, path) =>
      path === '/new'
        ? send(gzipSync(ICS), { 'content-encoding': 'gzip' })(response)
        : response.writeHead(302, { location: '/new' }).end(),
    );
    expect(await read(url(`${host.address}/old`))).toEqual([CHRISTMAS]);
    expect(host.asked).toEqual(['/old', '/new']);
  });

  test('has its secret address from a variable, masked before anybody is asked and never told', async () => {
    const masked: string[] = [];
    const askedBeforeMasked: string[] = [];
    await using host: CalendarHost = await calendarHost((response, path) => {
      if (masked.length === 0) askedBeforeMasked.push(path);
      send(path.endsWith(SECRET) ? ICS : '')(response);
    });
    const address = `${host.address}/freezes.ics?key=${SECRET}`;
    const source: FreezeSource = { kind: 'variable', variable: 'FREEZES', verbs: ['deploy'] };
    expect(await read(source, { variables: { FREEZES: `${address}\n` }, masked })).toEqual([CHRISTMAS]);
    expect([masked, askedBeforeMasked]).toEqual([[address], []]);

    const wrong = `${host.address}/nothing?key=${SECRET}&more`;
    expect(await refusal(read(source, { variables: { FREEZES: wrong } }))).toBe(
      'CALENDAR_UNREADABLE Whether there is a freeze cannot be told: the calendar of `FREEZES` is not an iCalendar file.',
    );
    for (const [address, what] of [
      ['', 'has no address: the variable is empty'],
      [`http://localhost/${SECRET}`, 'has no https address'],
      [`not an address ${SECRET}`, 'has no https address'],
    ] as const) {
      expect(await refusal(read(source, { variables: { FREEZES: address } }))).toBe(
        `CALENDAR_UNREACHABLE Whether there is a freeze cannot be told: the calendar of \`FREEZES\` ${what}.`,
      );
    }
  });

  test('that is not there is not an empty one', async () => {
    const address = await (async () => {
      await using host = await calendarHost(send(ICS));
      return host.address;
    })();
    expect(await refusal(read(url(address)))).toMatch(/^CALENDAR_UNREACHABLE .*the connection was refused/);
  });

  test.each([
    [
      '404',
      (response: ServerResponse) => response.writeHead(404).end(ICS),
      'CALENDAR_UNREACHABLE',
      'answers with status 404',
    ],
    [
      '500',
      (response: ServerResponse) => response.writeHead(500).end(ICS),
      'CALENDAR_UNREACHABLE',
      'answers with status 500',
    ],
    [
      '204',
      (response: ServerResponse) => response.writeHead(204).end(),
      'CALENDAR_UNREACHABLE',
      'answers with status 204',
    ],
    [
      'another host',
      (response: ServerResponse) =>
        response.writeHead(302, { location: 'https://elsewhere.example/a.ics' }).end(),
      'CALENDAR_UNREACHABLE',
      'redirects to another host',
    ],
    [
      'another port',
      (response: ServerResponse) => response.writeHead(307, { location: 'https://localhost:1/a.ics' }).end(),
      'CALENDAR_UNREACHABLE',
      'redirects to another host',
    ],
    [
      'plain http',
      (response: ServerResponse) => response.writeHead(301, { location: 'http://localhost/a.ics' }).end(),
      'CALENDAR_UNREACHABLE',
      'redirects to another host',
    ],
    [
      'nowhere',
      (response: ServerResponse) => response.writeHead(302, { location: 'https://' }).end(),
      'CALENDAR_UNREACHABLE',
      'redirects to another host',
    ],
    [
      'itself',
      (response: ServerResponse) => response.writeHead(302, { location: '/again' }).end(),
      'CALENDAR_UNREACHABLE',
      'redirects without end',
    ],
    [
      'a login page',
      send('<!doctype html><title>Sign in</title>', { 'content-type': 'text/html' }),
      'CALENDAR_UNREADABLE',
      'is not an iCalendar file',
    ],
    ['nothing', send(''), 'CALENDAR_UNREADABLE', 'is not an iCalendar file'],
    ['half of it', send(ICS.slice(0, ICS.indexOf('SUMMARY'))), 'CALENDAR_UNREADABLE', 'ends before its end'],
    [
      '1 MB of it',
      send(ICS.replace('Christmas', 'x'.repeat(1_000_000))),
      'CALENDAR_TOO_LARGE',
      'has more than 1 MB',
    ],
    [
      'kilobytes that unpack to megabytes',
      send(gzipSync('x'.repeat(50_000_000)), { 'content-encoding': 'gzip' }),
      'CALENDAR_TOO_LARGE',
      'has more than 1 MB',
    ],
    [
      'packed garbage',
      send('garbage', { 'content-encoding': 'gzip' }),
      'CALENDAR_UNREACHABLE',
      'cannot be reached: the answer is not compressed as it says',
    ],
  ])('that answers %s is not an empty one', async (_what, answer, code, what) => {
    expect(await told(answer)).toBe(`${code} ${WHETHER} ${what}.`);
  });

  test('that breaks off is not an empty one', async () => {
    expect(
      await told((response) => {
        response.writeHead(200, { 'content-length': String(ICS.length) });
        response.write(ICS.slice(0, 100), () => response.destroy());
      }),
    ).toBe(
      `CALENDAR_UNREACHABLE ${WHETHER} cannot be reached: the connection was closed before the whole answer had come.`,
    );
  });

  test('with an expired certificate is not read', async () => {
    expect(await told(send(ICS), 'expired')).toBe(
      `CALENDAR_UNREACHABLE ${WHETHER} cannot be reached: the certificate has expired.`,
    );
  });

  test('with a certificate of nobody is not read', async () => {
    tls.setDefaultCACertificates([...trustedBefore]);
    try {
      expect(await told(send(ICS))).toBe(
        `CALENDAR_UNREACHABLE ${WHETHER} cannot be reached: the certificate is self-signed.`,
      );
    } finally {
      tls.setDefaultCACertificates([...trustedBefore, pem('trusted', 'crt'), pem('expired', 'crt')]);
    }
  });

  test('is given up when the run is cancelled', async () => {
    const cancel = new AbortController();
    await using host = await calendarHost(() => cancel.abort(new Error('cancelled')));
    await expect(read(url(host.address), { signal: cancel.signal })).rejects.toThrow('cancelled');
  });
});

describe('a calendar in the repository', () => {
  test('is read', async () => {
    await writeFile(join(folder, 'freezes.ics'), ICS);
    expect(await read(file('freezes.ics'))).toEqual([CHRISTMAS]);
  });

  test.each<[string, () => Promise<unknown> | unknown, string, string]>([
    ['missing.ics', () => {}, 'CALENDAR_UNREADABLE', 'is not in the checked-out repository'],
    ['.', () => {}, 'CALENDAR_UNREADABLE', 'cannot be read'],
    [
      'pipe.ics',
      () => execFileSync('mkfifo', [join(folder, 'pipe.ics')]),
      'CALENDAR_UNREADABLE',
      'cannot be read',
    ],
    [
      'bytes.ics',
      () => writeFile(join(folder, 'bytes.ics'), Buffer.from([0xff, 0xfe, 0x00])),
      'CALENDAR_UNREADABLE',
      'is not text',
    ],
    [
      'empty.ics',
      () => writeFile(join(folder, 'empty.ics'), ''),
      'CALENDAR_UNREADABLE',
      'is not an iCalendar file',
    ],
    [
      'large.ics',
      () => writeFile(join(folder, 'large.ics'), 'x'.repeat(1_000_001)),
      'CALENDAR_TOO_LARGE',
      'has more than 1 MB',
    ],
  ])('%s is not an empty one', async (path, prepare, code, what) => {
    await prepare();
    expect(await refusal(read(file(path)))).toBe(
      `${code} Whether there is a freeze cannot be told: the calendar \`${path}\` ${what}.`,
    );
  });
});
