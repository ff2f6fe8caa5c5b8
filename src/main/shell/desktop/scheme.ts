/** The page's own scheme, `finegrain://app/`: the built files and nothing else of the disk. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Protocol } from 'electron';
import { securityHeaders } from '../contentSecurity.ts';
import { findStaticFile } from '../staticFiles.ts';

export const scheme = 'finegrain';
export const appOrigin = `${scheme}://app`;

/** Before the app is ready. `standard` gives the scheme an origin; `secure` lets it use what https pages may. */
export function declareScheme(protocol: Protocol): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** After the app is ready. `folder` holds the built page. */
export function serveScheme(protocol: Protocol, folder: string): void {
  protocol.handle(scheme, (request) => answerRequest(request, folder));
}

/** One file of the page, or 404; 405 for anything but GET. */
export async function answerRequest(request: Request, folder: string): Promise<Response> {
  const headers = securityHeaders();
  const refuse = (status: number) => new Response(null, { status, headers });
  if (request.method !== 'GET') return refuse(405);
  const url = URL.parse(request.url);
  if (url === null || `${url.protocol}//${url.host}` !== appOrigin) return refuse(404);
  const file = await findStaticFile(folder, url.pathname);
  if (file === null) return refuse(404);
  const body = Readable.toWeb(createReadStream(file.path)) as ReadableStream;
  return new Response(body, {
    headers: { ...headers, 'content-type': file.mediaType, 'content-length': String(file.size) },
  });
}
