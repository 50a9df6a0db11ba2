import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as aMoment } from 'node:timers/promises';
import {
  type FakeVercel,
  type ProjectHandle,
  startFakeVercel,
} from '../../../rehearsal/vercel/fake-vercel.ts';
import type { NewProject } from '../../../rehearsal/vercel/seed.ts';
import type { Plan } from '../../../rehearsal/vercel/state.ts';
import type { StageRequest, Target, TargetHost } from '../../../src/ports/target.ts';
import { createVercelTarget } from '../../../src/targets/vercel/provider.ts';
import type { TargetUnderTest } from './target-contract.ts';

export const NEVER = new AbortController().signal;

export interface VercelOptions {
  readonly plan?: Plan;
  readonly project?: Partial<NewProject>;
  /** How many looks a promote takes. */
  readonly looks?: number;
  /** How many looks a build takes. */
  readonly buildLooks?: number;
}

interface Place {
  /** The environment's, in airlock.yml. */
  readonly url?: string;
  readonly name?: string;
  /** Longest wait for one answer. */
  readonly timeoutMs?: number;
  /** Where the API is, when it is not the fake itself. */
  readonly apiUrl?: string;
}

/** One project of a fake Vercel, whose clock runs as fast as anybody waits. */
export class VercelUnderTest implements TargetUnderTest {
  readonly fake: FakeVercel;
  readonly project: ProjectHandle;
  readonly infos: string[] = [];
  readonly warnings: string[] = [];
  readonly #team: string;
  readonly #root: string;

  static async open({
    plan = 'pro',
    project = {},
    looks = 2,
    buildLooks = 0,
  }: VercelOptions = {}): Promise<VercelUnderTest> {
    const fake = await startFakeVercel({ pace: { build: buildLooks, alias: looks } });
    const { id: team } = fake.addTeam({ slug: 'shop', plan });
    const handle = await fake.addProject({ name: 'web', team, ...project });
    return new VercelUnderTest(fake, team, handle, await mkdtemp(path.join(tmpdir(), 'airlock-vercel-')));
  }

  constructor(fake: FakeVercel, team: string, project: ProjectHandle, root: string) {
    this.fake = fake;
    this.#team = team;
    this.project = project;
    this.#root = root;
  }

  get liveUrl(): string {
    return `${this.project.domains[0]}/`;
  }

  /** @param settings of the target in airlock.yml */
  async connect(
    settings: Readonly<Record<string, unknown>> = {},
    { url, name = 'production', timeoutMs = 5_000, apiUrl = this.fake.url }: Place = {},
  ): Promise<Target> {
    const provider = createVercelTarget({ timeoutMs });
    const host: TargetHost = {
      app: 'shop',
      environment: name,
      url,
      serve: undefined,
      variables: {
        VERCEL_API_URL: apiUrl,
        VERCEL_TOKEN: this.fake.addToken({ scope: 'project', project: this.project.id }),
      },
      log: {
        info: (message) => this.infos.push(message),
        debug: () => {},
        warning: (message) => this.warnings.push(message),
        error: () => {},
        group: (_title, work) => work(),
        mask: () => {},
      },
      clock: {
        now: () => new Date(this.fake.clock.now()),
        sleep: async (milliseconds, signal) => {
          this.fake.clock.advance(milliseconds);
          await aMoment();
          signal?.throwIfAborted();
        },
      },
      identityToken: () => Promise.reject(new Error('no test of this target asks for one')),
    };
    return provider.connect(
      provider.settings.parse({ project: this.project.name, team: this.#team, ...settings }),
      host,
    );
  }

  async release(version: string, kind: 'working' | 'broken' = 'working'): Promise<StageRequest> {
    const directory = path.join(this.#root, version);
    await mkdir(path.join(directory, 'static'), { recursive: true });
    await writeFile(path.join(directory, 'config.json'), JSON.stringify({ version: 3 }));
    await writeFile(path.join(directory, 'static', 'index.html'), version);
    if (kind === 'broken') this.fake.faults.build({ state: 'ERROR', message: 'out of luck' });
    const hex = createHash('sha256').update(`${version} ${kind}`).digest('hex');
    return {
      release: {
        app: 'shop',
        version,
        commit: hex.slice(0, 40),
        builtAt: '2026-11-01T10:00:00.000Z',
        digest: `sha256:${hex}`,
      },
      directory,
    };
  }

  async versionAt(url: string, cookie?: string) {
    const answer = await fetch(url, cookie === undefined ? {} : { headers: { cookie } }).catch(
      () => undefined,
    );
    if (!answer?.ok) return undefined;
    return { version: await answer.text(), cookie: answer.headers.get('set-cookie')?.split(';')[0] };
  }

  async stage(version: string, target?: Target): Promise<string> {
    return (await (target ?? (await this.connect())).stage(await this.release(version), NEVER)).id;
  }

  async goLive(version: string, target?: Target): Promise<string> {
    const id = await this.stage(version, target);
    await (target ?? (await this.connect())).activate(id, 100, NEVER);
    return id;
  }

  /** What somebody else than Airlock asks of the API. */
  async byHand(method: string, where: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.fake.url}${where}?teamId=${this.#team}&prebuilt=1`, {
      method,
      headers: { authorization: `Bearer ${this.fake.addToken({ scope: 'team', team: this.#team })}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${await answer.text()}`);
    const text = await answer.text();
    return text === '' ? undefined : JSON.parse(text);
  }

  /** A deployment that Airlock knows nothing of. */
  async deployByHand(version: string, place: object = { target: 'production' }): Promise<string> {
    const { name } = this.project;
    const files = [{ file: '.vercel/output/static/index.html', data: version }];
    const made = {
      name,
      files,
      autoAssignCustomDomains: false,
      meta: { githubCommitSha: 'c0ffee' },
      ...place,
    };
    return String(Reflect.get((await this.byHand('POST', '/v13/deployments', made)) ?? {}, 'id'));
  }

  /** Somebody else's Rolling Release. */
  async rollByHand(
    canary: string,
    stages: readonly object[],
    advancementType = 'manual-approval',
  ): Promise<void> {
    const where = `/v1/projects/${this.project.id}/rolling-release`;
    await this.byHand('PATCH', `${where}/config`, { enabled: true, advancementType, stages });
    await this.byHand('POST', `${where}/start`, { canaryDeploymentId: canary });
  }

  /** Does something each time such a request comes in, before it is answered. */
  before(operation: string, work: (nth: number) => void): void {
    const paths: Readonly<Record<string, RegExp>> = {
      requestPromote: /^POST .*\/promote\//,
      requestRollback: /^POST .*\/rollback\//,
      getProject: /^GET \/v9\/projects\/[^/]+$/,
      getAlias: /^GET \/v4\/aliases\//,
    };
    let nth = 0;
    this.fake.faults.next({
      match: ({ method, url }) => {
        if (!paths[operation]?.test(`${method} ${new URL(url).pathname}`)) return false;
        nth += 1;
        work(nth);
        return false;
      },
      answer: 500,
    });
  }

  /** The operations of the API that `work` asks for, in their order. */
  async operationsOf(work: () => Promise<unknown>): Promise<string[]> {
    const { length } = this.fake.requests;
    await work();
    return this.fake.requests.slice(length).map(({ operation }) => operation);
  }

  async close(): Promise<void> {
    await this.fake.close();
    await rm(this.#root, { recursive: true, force: true });
  }
}
