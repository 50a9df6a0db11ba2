import vercel from '@sveltejs/adapter-vercel';
import { withHeaders } from './vercel-headers.js';

/** @type {import('@sveltejs/kit').Config} */
export default {
  kit: {
    // The version of Node.js is the release's, not that of the machine which builds it.
    adapter: withHeaders(vercel({ runtime: 'nodejs24.x' }), {
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
    }),
    // Known to Kit alone, which trusts its own scripts by nonce or hash.
    csp: {
      directives: {
        'default-src': ['none'],
        'script-src': ['self'],
        'style-src': ['self'],
        // Kit's announcer of new pages, for screen readers, hides itself by a style attribute.
        'style-src-attr': ['unsafe-inline'],
        'img-src': ['self'],
        'connect-src': ['self'],
        'form-action': ['self'],
        'base-uri': ['none'],
        'frame-ancestors': ['none'],
      },
    },
    // The same release has the same name everywhere; by default it would be the time of the build.
    version: { name: process.env.AIRLOCK_COMMIT || 'dev' },
  },
};
