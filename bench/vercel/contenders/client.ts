// Vercel's own client alone, as its documentation uses it: the benchmark's program.
import { join } from 'node:path';
import { createDeployment } from '@vercel/client';

const [team = '', project = ''] = process.argv.slice(2);
const path = process.cwd();
const options = {
  token: process.env.VERCEL_TOKEN ?? '',
  apiUrl: process.env.VERCEL_API_URL ?? '',
  teamId: team,
  path,
  prebuilt: true,
  vercelOutputDir: join(path, '.vercel/output'),
  skipAutoDetectionConfirmation: true,
};
const wanted = { name: project, target: 'production', autoAssignCustomDomains: false };
for await (const { type, payload } of createDeployment(options, wanted)) {
  if (type === 'error') throw payload;
  if (type === 'ready') break;
}
