import { afterEach, describe, expect, it } from 'vitest';
import { preview } from '../../../actions/preview/run.ts';
import { entryOf } from '../../../src/cycle/ledger-entries.ts';
import { provenanceOf } from '../../../src/targets/vercel/provenance.ts';
import { MemoryConversation } from '../../fakes/memory-conversation.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { eventOfRun, SteppedClock, settings, silentLog } from '../../unit/cycle/world.ts';
import { NEVER, type VercelOptions, VercelUnderTest } from './vercel-environment.ts';
import { codeOf, VercelRuns } from './vercel-runs.ts';

/** What is there beside a release: of other apps and environments, still being built, or too far back to be listed. */

let vercel: VercelUnderTest;
const open = async (options: VercelOptions = {}) => {
  vercel = await VercelUnderTest.open({ plan: 'enterprise', ...options });
};
afterEach(async () => {
  expect(vercel.fake.problems).toEqual([]);
  await vercel.close();
});

/** A deployment of Airlock's own, made for that app and that environment. */
async function deployed(version: string, place: { app: string; environment: string }, more: object = {}) {
  const { release } = await vercel.release(version);
  const meta = provenanceOf({ ...release, app: place.app }, place.environment, undefined);
  return vercel.deployByHand('x', { meta, ...more });
}

describe('what Airlock staged for something else', () => {
  it('is a stranger: a preview that somebody had built anew for production', async () => {
    await open();
    const id = await vercel.stage('1.0.0-pr7', await vercel.connect({}, { name: 'preview' }));
    const rebuild = { name: vercel.project.name, deploymentId: id, target: 'production' };
    await vercel.byHand('POST', '/v13/deployments', rebuild);
    vercel.fake.settle();
    expect((await (await vercel.connect()).observe()).live?.digest).toBeUndefined();
    expect(vercel.warnings.join('\n')).toContain('which Airlock did not put there');
  });

  it('is a stranger: the release of another app in the same project', async () => {
    await open();
    const docs = await deployed(
      '9.9.9',
      { app: 'docs', environment: 'production' },
      { target: 'production' },
    );
    vercel.fake.promoteByHand(docs);
    expect((await (await vercel.connect()).observe()).live?.digest).toBeUndefined();
  });

  it('is not listed among previews, though its files and version are the same', async () => {
    await open();
    const previews = await vercel.connect({}, { name: 'preview' });
    const mine = await vercel.stage('1.0.0', previews);
    await deployed('1.0.0', { app: 'docs', environment: 'preview' });
    expect((await previews.observe()).deployments.map(({ id }) => id)).toEqual([mine]);
  });

  it('is not live where two environments share one without a domain', async () => {
    await open({ project: { customEnvironments: [{ slug: 'staging', domains: 0 }] } });
    const staging = await vercel.connect({ environment: 'staging' }, { name: 'staging' });
    const id = await vercel.stage('1.0.0', staging);
    await vercel.stage('2.0.0', await vercel.connect({ environment: 'staging' }, { name: 'qa' }));
    expect((await staging.observe()).live?.id).toBe(id);
  });
});

describe('what is live or about to be', () => {
  const asksToDelete = async (id: string) => {
    const target = await vercel.connect();
    let code = '';
    const operations = await vercel.operationsOf(async () => {
      code = await codeOf(target.retire(id, NEVER));
    });
    return { code, asked: operations.includes('deleteDeployment') };
  };

  it('is not deleted in a project without domains', async () => {
    await open({ project: { domains: 0 } });
    const id = await vercel.stage('1.0.0');
    vercel.fake.promoteByHand(id);
    expect(await asksToDelete(id)).toEqual({ code: 'VERCEL_RETIRE_LIVE', asked: false });
  });

  it('is not deleted while a promote is on its way to it', async () => {
    await open({ looks: 1_000 });
    const id = await vercel.stage('1.0.0');
    await vercel.byHand('POST', `/v10/projects/web/promote/${id}`);
    expect(await asksToDelete(id)).toEqual({ code: 'VERCEL_RETIRE_LIVE', asked: false });
  });

  it('is asked of every domain, however many there are', async () => {
    await open({ project: { domains: 101 } });
    const first = await vercel.goLive('1.0.0');
    await vercel.goLive('2.0.0');
    const [oldest = ''] = vercel.project.domains;
    const { host } = new URL(oldest);
    await vercel.byHand('POST', `/v2/deployments/${first}/aliases`, { alias: host });
    await (await vercel.connect({}, { url: `${vercel.project.domains[1]}/` })).observe();
    expect(vercel.warnings.join('\n')).toContain(`${host} shows`);
  });
});

describe('what was staged late or long ago', () => {
  /** The clean-up of pull request 7, after its deploy ended in that state. */
  async function cleanUp(ledger: MemoryLedger) {
    const target = await vercel.connect({}, { name: 'preview' });
    const head = 'a'.repeat(40);
    const conversation = new MemoryConversation(head);
    conversation.pullRequest = async () => ({ isOpen: false, head });
    const step = {
      config: '',
      url: '',
      'deployment-id': '',
      version: '',
      digest: '',
      verdict: '',
      stopped: '',
    };
    const empty = { checks: [], sizes: [], 'database-url': '', 'app-variables': '', token: '' };
    return preview(
      { ...step, ...empty, mode: 'clean-up' },
      {
        app: 'shop',
        environment: settings({ name: 'preview' }),
        first: settings({ name: 'development' }),
        pullRequest: { number: 7, head },
        ledger,
        conversation,
        event: eventOfRun('9'),
        clock: new SteppedClock(),
        log: silentLog,
        redact: (text) => text,
        openTarget: async () => target,
      },
      NEVER,
    );
  }
  const recorded = async (version: string, state: 'failed' | 'staged') => {
    const ledger = new MemoryLedger();
    const { release } = await vercel.release(version);
    const about = { release, target: { provider: 'vercel' }, pullRequest: 7 };
    const entry = await ledger.open(entryOf('deploy', 'preview', eventOfRun('7'), about));
    await ledger.advance(entry.id, state);
    return ledger;
  };

  it('is cleaned up while Vercel still builds it', async () => {
    await open({ buildLooks: 1_000 });
    await deployed('1.0.0-pr7', { app: 'shop', environment: 'preview' });
    expect((await cleanUp(await recorded('1.0.0-pr7', 'failed'))).kind).toBe('done');
    expect(vercel.project.deployments()).toEqual([]);
  });

  it('is cleaned up behind 200 newer ones', async () => {
    await open();
    const id = await vercel.stage('1.0.0-pr7', await vercel.connect({}, { name: 'preview' }));
    for (let nth = 0; nth < 201; nth += 1)
      await deployed(`2.0.${nth}`, { app: 'shop', environment: 'preview' });
    await cleanUp(await recorded('1.0.0-pr7', 'staged'));
    expect(vercel.project.deployments().map((one) => one.id)).not.toContain(id);
  });

  it('is taken off by the way back of a run whose cancel Vercel did not hear', async () => {
    const runs = await VercelRuns.open({ buildLooks: 200 });
    vercel = runs.vercel;
    const cancel = new AbortController();
    vercel.fake.faults.next({ match: 'cancelDeployment', answer: 503, when: 'before' });
    const deploying = codeOf(runs.deploy('7', '1.0.0', { signal: cancel.signal }));
    await expect.poll(() => vercel.project.deployments()).toHaveLength(1);
    await expect
      .poll(() => vercel.fake.requests.some(({ operation }) => operation === 'getDeployment'))
      .toBe(true);
    cancel.abort(new Error('cancelled'));
    expect(await deploying).toBe('CANCELLED');
    await runs.settle();
    await runs.backBySelf('7', '1.0.0');
    vercel.fake.settle();
    expect(vercel.project.deployments().filter(({ state }) => state === 'READY')).toEqual([]);
  });

  it('is told as cancelled, where somebody deleted it while it was built', async () => {
    await open({ buildLooks: 1_000 });
    const target = await vercel.connect();
    const staging = codeOf(target.stage(await vercel.release('1.0.0'), NEVER));
    await expect.poll(() => vercel.project.deployments()).toHaveLength(1);
    await vercel.byHand('DELETE', `/v13/deployments/${vercel.project.deployments()[0]?.id}`);
    expect(await staging).toBe('VERCEL_BUILD_CANCELLED');
  });
});
