/**
 * Who may talk to the browser shell. Any page the user has open can send requests to 127.0.0.1, and any local user can
 * connect; so a request must name this server as its host (no DNS rebinding), carry the session's cookie (handed out
 * once for the token that only the terminal showed), and a WebSocket must come from our own page.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Access {
  /** Part of the printed address; 256 random bits. */
  readonly token: string;
  /** `Set-Cookie` for whoever showed the token. */
  readonly cookie: string;
  /** The Host header names this server. */
  isOurHost(headers: IncomingHttpHeaders): boolean;
  /** The Origin header, which a page cannot forge, is our own page's. */
  isOurOrigin(headers: IncomingHttpHeaders): boolean;
  isToken(candidate: string | null): boolean;
  hasSession(headers: IncomingHttpHeaders): boolean;
}

/** `port`: where the server listens. Cookies ignore ports, so the cookie's name carries it. */
export function createAccess(port: number): Access {
  const token = randomBytes(32).toString('base64url');
  const session = randomBytes(32).toString('base64url');
  const cookieName = `finegrain-${port}`;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  return {
    token,
    cookie: `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`,
    isOurHost: (headers) => headers.host !== undefined && hosts.includes(headers.host.toLowerCase()),
    isOurOrigin: (headers) => headers.origin !== undefined && headers.origin === `http://${headers.host}`,
    isToken: (candidate) => candidate !== null && equal(candidate, token),
    hasSession: (headers) => {
      const value = readCookie(headers.cookie, cookieName);
      return value !== null && equal(value, session);
    },
  };
}

/** In constant time for equal lengths, so that a guess learns nothing from how long the answer took. */
function equal(candidate: string, secret: string): boolean {
  const left = Buffer.from(candidate);
  const right = Buffer.from(secret);
  return left.length === right.length && timingSafeEqual(left, right);
}

function readCookie(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const [key, ...value] = part.split('=');
    if (key?.trim() === name) return value.join('=').trim();
  }
  return null;
}
