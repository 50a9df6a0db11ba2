// Airlock's Vercel target as the bundles have it, in a process of its own: the benchmark's program.
import { join } from 'node:path';
import type { TargetHost, TargetProvider } from '../../../src/ports/target.ts';
import { systemClock } from '../../../src/runner/clock.ts';

const BUNDLE = new URL('../../../dist/target-vercel/index.js', import.meta.url);
const NEVER = new AbortController().signal;

const [verb, team = '', project = '', subject = ''] = process.argv.slice(2);
const { createVercelTarget }: { createVercelTarget(): TargetProvider<unknown> } = await import(BUNDLE.href);
const provider = createVercelTarget();
const tell = (message: string) => console.log(message);
const host: TargetHost = {
  app: 'shop',
  environment: 'production',
  url: undefined,
  serve: undefined,
  variables: process.env,
  clock: systemClock,
  log: {
    info: tell,
    debug: () => {},
    warning: tell,
    error: tell,
    group: (_title, work) => work(),
    mask: () => {},
  },
  identityToken: () => Promise.reject(new Error('nobody asks for one')),
};
const target = await provider.connect(provider.settings.parse({ project, team }), host);

if (verb === 'stage') {
  const hex = subject.padStart(64, '0');
  const release = {
    app: 'shop',
    version: '1.0.0',
    commit: hex.slice(-40),
    builtAt: '2026-11-01T10:00:00.000Z',
    digest: `sha256:${hex}` as const,
  };
  await target.stage({ release, directory: join(process.cwd(), '.vercel/output') }, NEVER);
} else {
  const intent = verb === 'rollback' ? 'rollback' : 'promote';
  await target.activate(subject, 100, NEVER, { intent, steps: [100], pauseMs: 0 });
}
