import { readFileSync, writeFileSync } from 'node:fs';

const CONFIG = '.vercel/output/config.json';

/**
 * An adapter whose output sends these headers with every answer, be it a file or a function's.
 *
 * A hook would reach the functions only, and `headers` in vercel.json is read by `vercel build` only.
 *
 * @param {import('@sveltejs/kit').Adapter} adapter
 * @param {Record<string, string>} headers
 * @returns {import('@sveltejs/kit').Adapter}
 */
export const withHeaders = (adapter, headers) => ({
  ...adapter,
  async adapt(builder) {
    await adapter.adapt(builder);
    const config = JSON.parse(readFileSync(CONFIG, 'utf8'));
    config.routes.unshift({ src: '/.*', headers, continue: true });
    writeFileSync(CONFIG, JSON.stringify(config, null, '\t'));
  },
});
