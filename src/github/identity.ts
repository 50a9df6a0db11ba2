import * as z from 'zod';
import { type GitHub, shaped } from './api.ts';

const VIEWER = 'query { viewer { login } }';
const viewer = z.object({ viewer: z.object({ login: z.string().min(1) }) });

const known = new WeakMap<GitHub, Promise<string>>();

/** Login of the token’s own identity. A job’s token has no REST way to ask who it is. */
export function whoami(github: GitHub): Promise<string> {
  const asked =
    known.get(github) ?? github.query(VIEWER, {}).then((answer) => shaped(viewer, answer).viewer.login);
  known.set(github, asked);
  return asked;
}
