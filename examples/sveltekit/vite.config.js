import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

// Baked in, so that the release itself knows what it is, wherever it runs.
const release = {
  version: process.env.AIRLOCK_VERSION || 'dev',
  commit: process.env.AIRLOCK_COMMIT || 'unknown',
  builtAt: process.env.AIRLOCK_BUILD_TIME || 'unknown',
};

export default defineConfig({
  plugins: [sveltekit()],
  define: { __RELEASE__: JSON.stringify(release) },
});
