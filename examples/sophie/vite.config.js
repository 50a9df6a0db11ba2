import { defineConfig } from 'vite';

// Baked in, so that the release itself knows what it is, wherever it runs.
const release = {
  version: process.env.AIRLOCK_VERSION || 'dev',
  commit: process.env.AIRLOCK_COMMIT || 'unknown',
  builtAt: process.env.AIRLOCK_BUILD_TIME || 'unknown',
};

/** Says that the server is an ES module, also where the release stands alone. @type {import('vite').Plugin} */
const modulePackage = {
  name: 'module-package',
  applyToEnvironment: (environment) => environment.name === 'ssr',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "module" }\n' });
  },
};

export default defineConfig({
  plugins: [modulePackage],
  define: { __RELEASE__: JSON.stringify(release) },
  builder: {},
  environments: {
    client: { build: { outDir: 'dist/client', assetsInlineLimit: 0 } },
    // One file with everything in it: the release needs no node_modules.
    ssr: {
      resolve: { noExternal: true, external: ['pg-native'] },
      build: {
        ssr: true,
        outDir: 'dist',
        emptyOutDir: false,
        copyPublicDir: false,
        target: 'node20',
        rolldownOptions: { input: { server: 'src/server/main.js' } },
      },
    },
  },
});
