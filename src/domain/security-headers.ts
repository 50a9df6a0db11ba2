import type { SecurityHeader } from './configuration.ts';

type Headers = Readonly<Record<string, string>>;

/** What one word asks of an answer's headers. */
export interface SecurityRule {
  /** Headers the word is about, in lower case; the first is the one a reader should set. */
  readonly headers: readonly string[];
  /** What must hold, for docs and for the person whose check failed. */
  readonly requires: string;
  readonly holds: (headers: Headers) => boolean;
}

const HALF_A_YEAR_SECONDS = 180 * 24 * 60 * 60;

/**
 * The security words and what each requires. They follow the browsers' rules for reading these headers:
 * a value that a browser would ignore does not count.
 */
export const SECURITY_RULES: Readonly<Record<SecurityHeader, SecurityRule>> = {
  hsts: {
    headers: ['strict-transport-security'],
    requires: `strict-transport-security with max-age of at least ${HALF_A_YEAR_SECONDS} (180 days)`,
    holds: (headers) => {
      // Browsers read the first of several, and nothing of one that names max-age twice.
      const first = headers['strict-transport-security']?.split(',')[0] ?? '';
      const ages = [...first.matchAll(/(?:^|;)\s*max-age\s*=\s*"?(\d+)"?\s*(?=;|$)/gi)];
      return ages.length === 1 && Number(ages[0]?.[1]) >= HALF_A_YEAR_SECONDS;
    },
  },
  csp: {
    headers: ['content-security-policy'],
    requires:
      "content-security-policy that limits scripts: script-src or default-src without '*', whole schemes or a bare 'unsafe-inline'",
    holds: (headers) => policies(headers).some(limitsScripts),
  },
  nosniff: {
    headers: ['x-content-type-options'],
    requires: 'x-content-type-options: nosniff',
    holds: (headers) => listed(headers['x-content-type-options'])[0] === 'nosniff',
  },
  frame: {
    headers: ['content-security-policy', 'x-frame-options'],
    requires:
      "content-security-policy with frame-ancestors other than '*', or x-frame-options DENY or SAMEORIGIN",
    holds: (headers) => {
      const ancestors = policies(headers).flatMap((policy) => policy.get('frame-ancestors') ?? []);
      const named = policies(headers).some((policy) => policy.has('frame-ancestors'));
      // A browser that finds frame-ancestors does not look at x-frame-options at all.
      if (named) return !ancestors.some(isAnywhere);
      const words = new Set(listed(headers['x-frame-options']));
      return words.size === 1 && (words.has('deny') || words.has('sameorigin'));
    },
  },
  referrer: {
    headers: ['referrer-policy'],
    requires:
      'referrer-policy no-referrer, same-origin, strict-origin or strict-origin-when-cross-origin (the last known word counts)',
    holds: (headers) => {
      const known = listed(headers['referrer-policy']).filter((word) => REFERRER_POLICIES.has(word));
      return REFERRER_POLICIES.get(known.at(-1) ?? '') === 'keeps-paths-at-home';
    },
  },
  permissions: {
    headers: ['permissions-policy'],
    requires: 'permissions-policy that names at least one feature and opens none to every origin (*)',
    holds: (headers) => {
      const features = splitOutsideBrackets(headers['permissions-policy'] ?? '');
      return (
        features.length > 0 &&
        features.every((feature) => /^[a-z-]+\s*=\s*(\([^()*]*\)|self|"[^"]*")$/.test(feature))
      );
    },
  },
  isolation: {
    headers: ['cross-origin-opener-policy', 'cross-origin-embedder-policy'],
    requires:
      'cross-origin-opener-policy: same-origin and cross-origin-embedder-policy: require-corp or credentialless',
    holds: (headers) =>
      token(headers['cross-origin-opener-policy']) === 'same-origin' &&
      ['require-corp', 'credentialless'].includes(token(headers['cross-origin-embedder-policy'])),
  },
};

const REFERRER_POLICIES: ReadonlyMap<string, 'keeps-paths-at-home' | 'tells-paths'> = new Map([
  ['no-referrer', 'keeps-paths-at-home'],
  ['same-origin', 'keeps-paths-at-home'],
  ['strict-origin', 'keeps-paths-at-home'],
  ['strict-origin-when-cross-origin', 'keeps-paths-at-home'],
  ['origin', 'tells-paths'],
  ['origin-when-cross-origin', 'tells-paths'],
  ['no-referrer-when-downgrade', 'tells-paths'],
  ['unsafe-url', 'tells-paths'],
]);

const listed = (value: string | undefined): readonly string[] =>
  (value ?? '')
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '');

/** A structured-field token without its parameters. */
const token = (value: string | undefined): string => (value ?? '').split(';')[0]?.trim() ?? '';

/** Permissions-Policy is a list whose members may hold lists of their own. */
const splitOutsideBrackets = (value: string): readonly string[] =>
  value
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

type ContentPolicy = ReadonlyMap<string, readonly string[]>;

/** Every policy that is enforced at once; within one policy the first of two equal directives counts. */
const policies = (headers: Headers): readonly ContentPolicy[] =>
  (headers['content-security-policy'] ?? '').split(',').map((policy) => {
    const directives = new Map<string, readonly string[]>();
    for (const directive of policy.split(';')) {
      const [name = '', ...sources] = directive.trim().toLowerCase().split(/\s+/);
      if (name !== '' && !directives.has(name)) directives.set(name, sources);
    }
    return directives;
  });

const isAnywhere = (source: string): boolean =>
  source === '*' || /^[a-z][a-z0-9+.-]*:(\/\/\*)?$/.test(source);

function limitsScripts(policy: ContentPolicy): boolean {
  const sources = policy.get('script-src') ?? policy.get('default-src');
  if (!sources) return false;
  const trusted = sources.some((source) => /^'(nonce-|sha(256|384|512)-)/.test(source));
  // With a nonce or hash, browsers ignore unsafe-inline; with strict-dynamic too, they ignore hosts.
  if (sources.includes("'unsafe-inline'") && !trusted) return false;
  return (trusted && sources.includes("'strict-dynamic'")) || !sources.some(isAnywhere);
}
