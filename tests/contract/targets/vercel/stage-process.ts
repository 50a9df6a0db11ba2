import { systemClock } from '../../../../src/runner/clock.ts';
import { openContext } from '../../../../src/targets/vercel/context.ts';
import { vercelSettings } from '../../../../src/targets/vercel/settings.ts';
import { stageOnVercel } from '../../../../src/targets/vercel/stage.ts';
import { EVENT, hostOf, memoryLog, NEVER, releaseNamed } from './staging-host.ts';

/** A job that stages, for a test to kill. Arguments: the folder and the version. */
const [directory = '', version = ''] = process.argv.slice(2);
const host = hostOf('production', process.env, memoryLog(), systemClock);
const settings = vercelSettings.parse({ project: 'shop', team: 'acme' });
const request = { directory, release: releaseNamed(version), event: EVENT };
await stageOnVercel(openContext(settings, host), request, NEVER);
