import { describe, expect, it } from 'vitest';
import { contract } from '../../../actions/preview/contract.ts';
import { type PreviewWorld, preview } from '../../../actions/preview/run.ts';
import { entryOf } from '../../../src/cycle/ledger-entries.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { EntryPayload } from '../../../src/domain/ledger.ts';
import type { Release } from '../../../src/domain/release.ts';
import { MemoryConversation } from '../../fakes/memory-conversation.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { MemoryTarget } from '../../fakes/memory-target.ts';
import { eventOfRun, release, SteppedClock, settings, silentLog } from '../cycle/world.ts';

const NEVER = new AbortController().signal;
const HEAD = 'a'.repeat(40);
const PASSED = [{ name: 'home', verdict: 'pass', detail: 'status 200', durationMs: 12 }];

class GuardedTarget extends MemoryTarget {
  /** Deployments that cannot be removed. */
  readonly stuck = new Set<string>();
  override async retire(id: string) {
    if (this.stuck.has(id)) throw new Failure('TARGET_BUSY', `${id} is busy.`, 'Wait.');
    this.changes.push(`retire ${id}`);
    await super.retire(id);
  }
}

function open() {
  const target = new GuardedTarget();
  const ledger = new MemoryLedger();
  const conversation = new MemoryConversation(HEAD);
  const worldOf = (runId: string, changes: Partial<PreviewWorld> = {}): PreviewWorld => ({
    app: 'sophie',
    environment: settings({ name: 'preview' }),
    first: settings({ name: 'development' }),
    pullRequest: { number: 7, head: HEAD },
    ledger,
    conversation,
    event: eventOfRun(runId),
    clock: new SteppedClock(),
    log: silentLog,
    redact: (text) => text.replaceAll('hunter2*[2]_x', '***'),
    openTarget: async () => target,
    ...changes,
  });
  /** As deploy leaves it. */
  const stage = async (runId: string, of: Release, pullRequest = 7, more: Partial<EntryPayload> = {}) => {
    const about = { release: of, target: { provider: 'memory' }, pullRequest, ...more };
    const entry = await ledger.open(entryOf('deploy', 'preview', eventOfRun(runId), about));
    const deployment = await target.stage({ release: of, directory: '/nowhere' });
    await ledger.advance(entry.id, 'staged');
    return deployment;
  };
  const entries = async () =>
    (await ledger.entries('preview', 100)).map(({ payload, state }) => `${payload.release.version} ${state}`);
  const comment = () => conversation.comments.map(({ body }) => body).join('\n');
  return { target, ledger, conversation, worldOf, stage, entries, comment };
}

const inputs = (changes: Partial<Parameters<typeof preview>[0]> = {}): Parameters<typeof preview>[0] => ({
  config: '',
  mode: 'report',
  url: 'https://preview.test',
  'deployment-id': 'one',
  version: '1.0.0',
  digest: `sha256:${'0'.repeat(64)}`,
  verdict: 'pass',
  checks: PASSED,
  sizes: [],
  stopped: '',
  'database-url': '',
  'app-variables': '',
  token: '',
  ...changes,
});

describe('a report', () => {
  it('of a good preview makes the comment green', async () => {
    const { worldOf, stage, comment } = open();
    await stage('1', release('1.0.0'));
    const outcome = await preview(inputs(), worldOf('1'), NEVER);
    expect(outcome).toMatchObject({
      kind: 'done',
      outputs: { verdict: 'pass', comment: 'written', removed: '[]' },
    });
    expect(comment()).toContain('### ✅ Preview of sophie is up');
    expect(Object.keys(contract.outputs)).toEqual(expect.arrayContaining(Object.keys(outcome.outputs)));
  });

  it.each<[string, Partial<Parameters<typeof preview>[0]>]>([
    ['a step that stopped', { stopped: 'deploy: VERCEL_TOKEN_MISSING' }],
    ['no address', { url: '' }],
    ['an address that is none', { url: 'javascript:alert(1)' }],
    ['no digest', { digest: '' }],
    ['no verdict', { verdict: '' }],
    ['a verdict that is no pass', { verdict: 'insufficient' }],
    ['no checks', { checks: [] }],
    ['a check that did not pass', { checks: [...PASSED, { ...PASSED[0], verdict: 'error' }] }],
  ])('is red with %s', async (_what, changes) => {
    const { worldOf, comment } = open();
    const outcome = await preview(inputs(changes), worldOf('1'), NEVER);
    expect(outcome).toMatchObject({
      kind: 'refused',
      reason: 'PREVIEW_FAILED',
      outputs: { verdict: 'fail' },
    });
    expect(comment()).toContain('### ❌ Preview of sophie failed');
    expect(comment()).toContain('**Stopped**');
    expect(comment()).not.toContain('### ✅');
  });

  it.each([
    ['checks', 'x'],
    ['checks', [{ verdict: 'pass' }]],
    ['checks', [{ ...PASSED[0], verdict: 'yes' }]],
    ['sizes', [{ name: 'x', raw: -1 }]],
    ['sizes', {}],
  ])('does not guess at %s that it cannot read', async (name, value) => {
    const { worldOf, conversation } = open();
    await expect(preview(inputs({ [name]: value }), worldOf('1'), NEVER)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    expect(conversation.changes).toEqual([]);
  });

  it('keeps secrets that an answer echoed out of the comment and the summary', async () => {
    const { worldOf, comment } = open();
    const echo = {
      ...PASSED[0],
      verdict: 'fail',
      detail: 'expected "hello" in the body, saw "hunter2*[2]_x"',
    };
    for (const _ of ['once', 'again']) {
      const outcome = await preview(inputs({ checks: [echo], verdict: 'fail' }), worldOf('1'), NEVER);
      expect(outcome.summary + comment()).not.toContain('hunter2');
      expect(comment()).toContain('saw "\\*\\*\\*"');
    }
  });

  it('removes older previews of the pull request once a newer passed, and no other', async () => {
    const { worldOf, stage, target, entries } = open();
    const [first, second] = [await stage('1', release('1.0.0')), await stage('2', release('1.0.1'))];
    await stage('1', release('9.0.0'), 8);
    const outcome = await preview(inputs(), worldOf('2'), NEVER);
    expect(outcome.outputs.removed).toBe(JSON.stringify([first.id]));
    expect((await target.observe()).deployments.map(({ version }) => version)).toEqual(['9.0.0', '1.0.1']);
    expect(await entries()).toEqual(['9.0.0 staged', '1.0.1 staged', '1.0.0 superseded']);
    expect(second.id).not.toBe(first.id);
  });

  it('that is red removes nothing: the last good one can still be seen', async () => {
    const { worldOf, stage, target } = open();
    await stage('1', release('1.0.0'));
    await stage('2', release('1.0.1'));
    await preview(inputs({ stopped: 'smoke-test: SMOKE_FAILED' }), worldOf('2'), NEVER);
    expect((await target.observe()).deployments).toHaveLength(2);
  });

  it('of an old run that was started again changes no newer comment, and takes its own preview away', async () => {
    const { worldOf, stage, target, comment } = open();
    await stage('2', release('1.0.1'));
    await preview(inputs({ version: '1.0.1' }), worldOf('2'), NEVER);
    const before = comment();
    await stage('1', release('1.0.0'));
    const outcome = await preview(inputs(), worldOf('1'), NEVER);
    expect(outcome.outputs.comment).toBe('overtaken');
    expect(comment()).toBe(before);
    expect((await target.observe()).deployments.map(({ version }) => version)).toEqual(['1.0.1']);
  });

  it('that comes after the end of the pull request cleans up instead', async () => {
    const { worldOf, stage, target, conversation, comment, entries } = open();
    await preview(inputs(), worldOf('1'), NEVER);
    conversation.isOpen = false;
    await stage('2', release('1.0.1'));
    expect(await preview(inputs(), worldOf('2'), NEVER)).toMatchObject({ kind: 'done' });
    expect((await target.observe()).deployments).toEqual([]);
    expect(await entries()).toEqual(['1.0.1 superseded']);
    expect(comment()).toContain('### 🧹 Preview of sophie removed');
  });

  it('is told even where the target cannot be asked', async () => {
    const { worldOf, comment } = open();
    const openTarget = () => Promise.reject(new Failure('VERCEL_TOKEN_MISSING', 'No token.', 'Set it.'));
    await preview(inputs({ stopped: 'deploy: VERCEL_TOKEN_MISSING' }), worldOf('1', { openTarget }), NEVER);
    expect(comment()).toContain('VERCEL\\_TOKEN\\_MISSING');
  });

  it('says how to see a preview that strangers are kept out of', async () => {
    const { worldOf, target, comment } = open();
    const access = async () => ({ headers: { 'x-pass': 'secret-of-the-checks' } });
    const openTarget = async () => Object.assign(target, { access });
    await preview(inputs(), worldOf('1', { openTarget }), NEVER);
    expect(comment()).toContain('signed in to memory');
    expect(comment()).not.toContain('secret-of-the-checks');
  });
});

describe('the size of the build', () => {
  const SIZES = [{ name: 'dist/*.js', raw: 200, gzip: 100, brotli: 90 }];

  async function promoted(ledger: MemoryLedger, of: Release, runId: string, sizes?: typeof SIZES) {
    const about = { release: of, target: { provider: 'memory' } };
    const event = eventOfRun(runId);
    const staged = await ledger.open(
      entryOf('deploy', 'development', event, { ...about, ...(sizes ? { sizes } : {}) }),
    );
    const live = await ledger.open(entryOf('promote', 'development', event, about));
    await ledger.advance(staged.id, 'superseded');
    await ledger.advance(live.id, 'succeeded');
    return live;
  }

  it('is compared with the newest good release of the first environment', async () => {
    const { worldOf, ledger, comment } = open();
    await promoted(ledger, release('0.8.0'), '1', [{ name: 'dist/*.js', raw: 1, gzip: 1, brotli: 1 }]);
    await promoted(ledger, release('0.9.0'), '2', [{ name: 'dist/*.js', raw: 100, gzip: 100, brotli: 100 }]);
    const bad = await promoted(ledger, release('0.9.1'), '3', SIZES);
    await ledger.advance(bad.id, 'failed');
    await preview(inputs({ sizes: SIZES }), worldOf('5'), NEVER);
    expect(comment()).toContain(
      '| dist/\\*.js | 200 B (+100 B, +100.0 %) | 100 B (±0) | 90 B (−10 B, −10.0 %) |',
    );
    expect(comment()).toContain('Compared with 0.9.0, the newest good release in development.');
  });

  it.each<[string, (ledger: MemoryLedger) => Promise<unknown>, string]>([
    ['no release yet', async () => {}, 'no release has passed its checks in development'],
    ['one that was not weighed', (ledger) => promoted(ledger, release('0.9.0'), '1'), 'was not weighed'],
  ])('says so where there is %s', async (_what, before, words) => {
    const { worldOf, ledger, comment } = open();
    await before(ledger);
    await preview(inputs({ sizes: SIZES }), worldOf('5'), NEVER);
    expect(comment()).toContain('Nothing to compare with yet');
    expect(comment()).toContain(words);
  });
});

describe('a clean-up', () => {
  const closing = inputs({ mode: 'clean-up', checks: [], verdict: '' });

  it('removes every preview of the pull request, says so, and may be run again', async () => {
    const { worldOf, stage, target, conversation, entries, comment } = open();
    await stage('1', release('1.0.0'));
    await preview(inputs({ stopped: 'smoke-test: SMOKE_FAILED' }), worldOf('1'), NEVER);
    await stage('2', release('1.0.1'));
    await stage('2', release('9.0.0'), 8);
    conversation.isOpen = false;
    for (const attempt of [1, 2]) {
      const outcome = await preview(closing, worldOf('3', { event: eventOfRun('3', attempt) }), NEVER);
      expect(outcome.kind).toBe('done');
      expect(JSON.parse(outcome.outputs.removed ?? '')).toHaveLength(attempt === 1 ? 2 : 0);
    }
    expect((await target.observe()).deployments.map(({ version }) => version)).toEqual(['9.0.0']);
    expect(await entries()).toEqual(['9.0.0 staged', '1.0.1 superseded', '1.0.0 superseded']);
    expect(comment()).toContain('### 🧹 Preview of sophie removed');
    expect(conversation.comments).toHaveLength(1);
  });

  it('names what could not be removed, and goes on from there', async () => {
    const { worldOf, stage, target, conversation, entries, comment } = open();
    await preview(inputs(), worldOf('1'), NEVER);
    const stuck = await stage('1', release('1.0.0'));
    await stage('2', release('1.0.1'));
    target.stuck.add(stuck.id);
    conversation.isOpen = false;
    expect(await preview(closing, worldOf('3'), NEVER)).toMatchObject({
      kind: 'refused',
      reason: 'CLEAN_UP_INCOMPLETE',
    });
    expect(comment()).toContain('could not be removed');
    expect(comment()).toContain('is busy');
    expect(await entries()).toEqual(['1.0.1 superseded', '1.0.0 staged']);
    target.stuck.clear();
    const again = worldOf('3', { event: eventOfRun('3', 2) });
    expect(await preview(closing, again, NEVER)).toMatchObject({ kind: 'done' });
    expect(await entries()).toEqual(['1.0.1 superseded', '1.0.0 superseded']);
    expect(comment()).toContain('### 🧹');
  });

  it('mends a kill between the target and the ledger', async () => {
    const { worldOf, stage, target, conversation, entries } = open();
    const { id } = await stage('1', release('1.0.0'));
    await target.retire(id);
    conversation.isOpen = false;
    await preview(closing, worldOf('3'), NEVER);
    expect(await entries()).toEqual(['1.0.0 superseded']);
  });

  it('removes what was staged once more after its entry was closed', async () => {
    const { worldOf, stage, target, conversation } = open();
    await stage('1', release('1.0.0'));
    conversation.isOpen = false;
    await preview(closing, worldOf('3'), NEVER);
    await target.stage({ release: release('1.0.0'), directory: '/nowhere' });
    await preview(closing, worldOf('3'), NEVER);
    expect((await target.observe()).deployments).toEqual([]);
  });

  it('leaves what another pull request shows as well', async () => {
    const { worldOf, stage, target, conversation } = open();
    await stage('1', release('1.0.0'));
    await stage('2', release('1.0.0'), 8);
    conversation.isOpen = false;
    await preview(closing, worldOf('3'), NEVER);
    expect((await target.observe()).deployments).toHaveLength(1);
  });

  it('begins no comment, and touches nothing when the pull request is open again', async () => {
    const { worldOf, stage, target, conversation } = open();
    await stage('1', release('1.0.0'));
    await preview(closing, worldOf('2'), NEVER);
    expect((await target.observe()).deployments).toHaveLength(1);
    conversation.isOpen = false;
    await preview(closing, worldOf('3'), NEVER);
    expect(conversation.comments).toEqual([]);
  });
});
