import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ViewEvent } from '../../../rehearsal/view/story.ts';
import { drawn } from '../../sample.ts';
import { inTurn } from '../../turns.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const CALLER = `on: push
permissions: {}
jobs:
  airlock:
    uses: airlock-actions/airlock/.github/workflows/pipeline.yml@v1
    permissions: { contents: read, deployments: write, actions: read, issues: read, pull-requests: read }
    secrets: inherit
`;

const SERVED = {
  '.github/workflows/deploy.yml': CALLER,
  '.github/airlock.yml': `version: 1
app: shop
build:
  output: dist
  checks:
    build: mkdir dist && cp server.mjs index.html dist
serve: { command: [node, server.mjs], health: /health }
smoke:
  - { path: /version, version: true }
routes: { default-branch: production }
environments:
  staging: { target: { local: { port: 4101 } } }
  production: { target: { local: { port: 4102 } } }
`,
  'index.html': '<!doctype html><title>Shop</title><body>Welcome</body>',
  'server.mjs': `import { readFileSync } from 'node:fs';
import http from 'node:http';
const page = readFileSync('index.html');
const release = { version: process.env.AIRLOCK_VERSION, commit: process.env.AIRLOCK_COMMIT };
http.createServer((request, response) => response.end(request.url === '/version' ? JSON.stringify(release) : page))
  .listen(process.env.PORT, process.env.HOST);
`,
};

const STATIC = {
  '.github/workflows/deploy.yml': CALLER,
  '.github/airlock.yml': `version: 1
app: site
build:
  output: out
  checks:
    build: mkdir out && cp index.html out
smoke:
  - { path: /, body: Welcome }
environments:
  production: { target: { local: { port: 4103 } } }
`,
  'index.html': '<!doctype html><title>Site</title><body>Welcome</body>',
};

const today = drawn(['cancelled', 'unread', 'broken'], 1);
const BY_COMMENT = {
  ...STATIC,
  '.github/airlock.yml': `${STATIC['.github/airlock.yml'].trimEnd()}
    gates: { approval: { by: comment, approvers: ['@octo/core'] } }
`.replace(
    'production: { target: { local: { port: 4103 } } }',
    'production:\n    target: { local: { port: 4103 } }',
  ),
};
/** The caller that docs/workflows.md gives. */
const LISTENER =
  /```yaml\n(# \.github\/workflows\/approve\.yml\n[^`]*)```/.exec(
    readFileSync(join(ROOT, 'docs/workflows.md'), 'utf8'),
  )?.[1] ?? '';

let temporary: string;
let running: ChildProcess | undefined;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'rehearse-'));
});
afterEach(async () => {
  if (running?.exitCode === null && running.signalCode === null) {
    running.kill('SIGKILL');
    await once(running, 'exit');
  }
  await rm(temporary, { recursive: true, maxRetries: 5 });
});

/** Starts `airlock rehearse --json` on an app of these files, with a temporary folder of its own. */
async function start(files: Readonly<Record<string, string>>, ...options: string[]) {
  const app = join(temporary, 'shop');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(app, path)), { recursive: true });
    await writeFile(join(app, path), text);
  }
  const work = join(temporary, 'work');
  await mkdir(work);
  const args = ['--import', join(ROOT, 'scripts/json-imports.mjs'), join(ROOT, 'rehearsal/cli/main.ts')];
  const child = spawn(process.execPath, [...args, 'rehearse', '--json', '--repo', app, ...options], {
    cwd: temporary,
    env: { ...process.env, TMPDIR: work },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  const events: ViewEvent[] = [];
  const watchers = new Set<(event: ViewEvent) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as ViewEvent;
    events.push(event);
    for (const watcher of watchers) watcher(event);
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const ended = once(child, 'close').then(async ([code]) => ({
    code: code as number,
    errors,
    events,
    ending: events.flatMap((event) => (event.type === 'ending' ? [event.ending] : [])).at(-1),
    left: await readdir(work),
  }));
  return { child, ended, onEvent: (watcher: (event: ViewEvent) => void) => watchers.add(watcher) };
}

inTurn('rehearsal fault')(
  'a fault in production leaves the old release live, no visitor notices, and nothing is left behind',
  async () => {
    const { ended } = await start(SERVED, '--approve', '--inject', 'smoke-failure');
    const { code, ending, events, errors, left } = await ended;
    expect(errors).toBe('');
    expect(ending).toMatchObject({
      foretold: true,
      headline: '1.0.0 is still live in production: smoke-test stopped the new release.',
      live: [
        { environment: 'staging', isNew: true },
        { environment: 'production', isNew: false },
      ],
    });
    expect(ending?.why[0]).toContain('0.0.0-injected');
    expect(events.at(-1)?.type).toBe('ending');
    expect(code).toBe(0);
    const load = events.findLast((event) => event.type === 'load');
    expect(load).toMatchObject({ environment: 'production', failed: 0 });
    expect(load?.type === 'load' && load.sent).toBeGreaterThan(20);
    const question = events.find((event) => event.type === 'change');
    expect(question).toMatchObject({
      change: {
        environment: 'production',
        live: { version: '1.0.0' },
        migrations: [],
        before: [{ environment: 'staging', verdict: 'pass' }],
      },
    });
    const url = events.findLast((event) => event.type === 'slots' && event.environment === 'production');
    const address = url?.type === 'slots' ? url.observed.live?.url : undefined;
    expect(address).toBeDefined();
    await expect(fetch(address ?? '')).rejects.toThrow();
    expect(left).toEqual([]);
  },
);

inTurn('rehearsal rejected')('a rejected release of a static site changes nothing', async () => {
  const { ended } = await start(STATIC, '--reject');
  const { code, ending, errors } = await ended;
  expect(errors).toBe('');
  expect(ending).toMatchObject({
    foretold: true,
    headline: '1.0.0 is still live in production: the release did not enter production.',
    live: [{ environment: 'production', isNew: false }],
  });
  expect(code).toBe(0);
});

inTurn('rehearsal freeze')(
  'a freeze holds under visitors, opens for a name with a reason, and locks nobody in',
  async () => {
    const { ended } = await start(STATIC, '--scenario', 'freeze', '--approve');
    const { code, ending, errors, events, left } = await ended;
    expect(errors).toBe('');
    expect(ending?.shown?.filter(({ isTrue }) => !isTrue)).toEqual([]);
    expect(ending).toMatchObject({ foretold: true, live: [{ environment: 'production', isNew: false }] });
    expect(events.flatMap((event) => (event.type === 'act' ? [event.act] : []))).toEqual([
      'prepare',
      'baseline',
      'ask',
      'release',
      'override',
      'override',
      'again',
      'back',
    ]);
    // The dry run keeps the calendar for others.
    expect(events.flatMap((event) => (event.type === 'stand-in' ? [event.what] : [])).join('\n')).toContain(
      "1 file(s) kept as 'airlock-calendars'",
    );
    expect(code).toBe(0);
    expect(left).toEqual([]);
  },
);

it('approvals by comment that nobody would hear are told before anything runs', async () => {
  const { ended } = await start(BY_COMMENT, '--approve');
  const { code, errors, events, left } = await ended;
  expect(errors).toMatch(
    /^APPROVALS_UNHEARD: .*production approved by comment, .*nothing would happen.*\nNext: .*approve\.yml/,
  );
  expect(events.some(({ type }) => type === 'run-started')).toBe(false);
  expect([code, left]).toEqual([1, []]);
});

inTurn('rehearsal by comment')(
  'a release that waits goes on by the comment of who may approve it',
  async () => {
    const files = { ...BY_COMMENT, '.github/workflows/approve.yml': LISTENER };
    const deploy = { '.github/workflows/deploy.yml': `name: Deploy\n${CALLER}` };
    const { ended } = await start({ ...files, ...deploy }, '--approve');
    const { code, ending, errors, events, left } = await ended;
    expect(errors).toBe('');
    expect(ending).toMatchObject({ foretold: true, live: [{ environment: 'production', isNew: true }] });
    const said = events.flatMap((event) => (event.type === 'comment' ? [event] : []));
    expect(said.map(({ by, body, issue }) => [by, body, issue])).toEqual([
      ['member-of-core', '/approve', 1],
      ['member-of-core', '/approve', 2],
    ]);
    expect(events.flatMap((event) => (event.type === 'note' ? [event.text] : [])).join('\n')).toContain(
      'who belongs to @octo/core is made up here: member-of-core',
    );
    expect([code, left]).toEqual([0, []]);
  },
);

it.runIf(today('cancelled'))(
  'a cancel from outside ends the run politely and everything with it',
  async () => {
    const { child, ended, onEvent } = await start(STATIC, '--approve');
    onEvent((event) => {
      if (event.type === 'job-changed' && event.status === 'running') child.kill('SIGINT');
    });
    const { code, errors, left, events } = await ended;
    expect(errors).toMatch(/^REHEARSAL_CANCELLED: .*\nNext: /);
    expect(events.findLast((event) => event.type === 'run-ended')).toMatchObject({ conclusion: 'cancelled' });
    expect(code).toBe(1);
    expect(left).toEqual([]);
  },
);

it.runIf(today('unread'))('a reader that goes away ends the run and everything with it', async () => {
  const { child, ended, onEvent } = await start(STATIC, '--approve');
  onEvent((event) => {
    if (event.type === 'job-changed' && event.status === 'running') child.stdout.destroy();
  });
  const { code, errors, left } = await ended;
  expect(errors).toMatch(/^REHEARSAL_CANCELLED: /);
  expect(code).toBe(1);
  expect(left).toEqual([]);
});

it.runIf(today('broken'))('an app that does not go through is said to be the reason', async () => {
  const broken = { ...STATIC, 'index.html': '<!doctype html><title>Site</title><body>Goodbye</body>' };
  const { ended } = await start(broken, '--approve');
  const { code, errors, left } = await ended;
  expect(errors).toMatch(/^REHEARSAL_BASELINE_FAILED: .*production, smoke-test: /);
  expect(code).toBe(1);
  expect(left).toEqual([]);
});
