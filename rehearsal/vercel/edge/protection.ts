import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Project, TrustedSource } from '../state.ts';

export const BYPASS = 'x-vercel-protection-bypass';
export const SET_COOKIE = 'x-vercel-set-bypass-cookie';
export const OIDC = 'x-vercel-trusted-oidc-idp-token';
export const COOKIE = '_vercel_jwt';

/** Header, or query parameter of that name. */
export const given = (request: IncomingMessage, query: URLSearchParams, name: string): string | undefined => {
  const header = request.headers[name];
  return (Array.isArray(header) ? header[0] : header) ?? query.get(name) ?? undefined;
};

export const cookieOf = (request: IncomingMessage, name: string): string | undefined =>
  (request.headers.cookie ?? '')
    .split(/;\s*/)
    .find((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1);

/** Whether a visitor passes Deployment Protection: by an automation secret, its cookie, or a trusted token. */
export async function passes(
  project: Project,
  request: IncomingMessage,
  query: URLSearchParams,
  now: number,
): Promise<boolean> {
  const secret = given(request, query, BYPASS);
  if (secret !== undefined && project.bypasses.has(secret)) return true;
  const cookie = cookieOf(request, COOKIE);
  if (cookie !== undefined && project.bypasses.has(Buffer.from(cookie, 'base64url').toString())) return true;
  const token = given(request, new URLSearchParams(), OIDC);
  if (token === undefined) return false;
  for (const source of project.trustedSources) if (await isTrusted(source, token, now)) return true;
  return false;
}

interface Claims {
  readonly iss?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
}

/** Whether the issuer signed this token, for this audience, with these claims, and it is still good. */
async function isTrusted(source: TrustedSource, token: string, now: number): Promise<boolean> {
  const [head = '', body = '', signature = ''] = token.split('.');
  const header = decode<{ alg?: string; kid?: string }>(head);
  const claims = decode<Claims & Record<string, unknown>>(body);
  if (header?.alg !== 'RS256' || claims === undefined || claims.iss !== source.issuer) return false;
  if (typeof claims.exp !== 'number' || claims.exp * 1000 <= now) return false;
  if ((claims.nbf ?? 0) * 1000 > now) return false;
  if (source.audience !== undefined && ![claims.aud].flat().includes(source.audience)) return false;
  const wanted = Object.entries(source.claims ?? {});
  if (!wanted.every(([name, values]) => values.includes(String(claims[name])))) return false;
  const keys = source.keys ?? (await publishedKeys(source.issuer));
  return keys
    .filter((key) => header.kid === undefined || key.kid === undefined || key.kid === header.kid)
    .some((key) =>
      verify(
        'RSA-SHA256',
        Buffer.from(`${head}.${body}`),
        createPublicKey({ key, format: 'jwk' }),
        Buffer.from(signature, 'base64url'),
      ),
    );
}

function decode<Shape>(part: string): Shape | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Shape;
  } catch {
    return undefined;
  }
}

/** The keys that an issuer publishes, by OpenID Connect's discovery; none when it cannot be asked. */
async function publishedKeys(issuer: string): Promise<readonly JsonWebKey[]> {
  try {
    const about = await fetch(`${issuer}/.well-known/openid-configuration`);
    const { jwks_uri } = (await about.json()) as { jwks_uri: string };
    return ((await (await fetch(jwks_uri)).json()) as { keys: JsonWebKey[] }).keys;
  } catch {
    return [];
  }
}
