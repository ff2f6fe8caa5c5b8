/** The browser shell's server: the built page over HTTP, the contract over one WebSocket per page, on 127.0.0.1 only. */
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { FinegrainError } from '../../../shared/errors.ts';
import type { HostPort } from '../../../shared/rpc/contract.ts';
import { closeCodes, maximumMessageLength } from '../../../shared/rpc/wire.ts';
import { securityHeaders } from '../contentSecurity.ts';
import { createDispatcher } from '../dispatch.ts';
import { findStaticFile } from '../staticFiles.ts';
import { type Access, createAccess } from './access.ts';

/** Where the page's WebSocket connects. */
export const socketPath = '/socket';
const loopback = '127.0.0.1';
/** A page that does not answer two pings in a row (a closed lid, a killed tab) is let go. */
const pingMilliseconds = 30_000;

export interface BrowserShellOptions {
  readonly host: HostPort;
  /** The folder with the built page. */
  readonly page: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface BrowserShell {
  /** What to open, with the token. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Listens. Throws `input.invalid` when the port is taken or not allowed. */
export async function startBrowserShell(options: BrowserShellOptions): Promise<BrowserShell> {
  const server = createServer({ requestTimeout: 30_000 });
  const port = await listen(server, options.port);
  const access = createAccess(port);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maximumMessageLength,
    perMessageDeflate: false, // on one machine compression only costs time
  });

  server.on('request', (request, response) => {
    answer(request, response, access, options.page).catch((error: unknown) => {
      console.error('A page request failed:', error);
      if (response.headersSent) response.destroy();
      else send(response, 500, 'The page could not be read.\n');
    });
  });
  server.on('upgrade', (request, socket, head) => {
    const refusal = refuseUpgrade(request, access);
    if (refusal !== null) {
      rejectUpgrade(socket, refusal);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => serveSocket(webSocket, options.host));
  });

  return {
    address: `http://${loopback}:${port}/?token=${access.token}`,
    port,
    async close() {
      for (const client of sockets.clients) client.close(closeCodes.goingAway, 'Finegrain is closing');
      sockets.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Pages get a moment for the closing handshake; a connection that stays open would hold the port.
      setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
        server.closeAllConnections();
      }, 200).unref();
      server.closeIdleConnections();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be opened (${error.code})`;
      reject(
        new FinegrainError(
          'input.invalid',
          `Port ${port} ${why}.`,
          'Give another one with --port, or --port 0 for any free one.',
        ),
      );
    });
    server.listen({ host: loopback, port, exclusive: true }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  access: Access,
  page: string,
): Promise<void> {
  if (!access.isOurHost(request.headers)) return send(response, 421, 'This address is not served here.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, 405, 'Only GET and HEAD are served.\n');
  }
  const url = URL.parse(request.url ?? '/', `http://${request.headers.host}`);
  if (url === null) return send(response, 400, 'The address is broken.\n');
  if (url.searchParams.has('token')) {
    if (!access.isToken(url.searchParams.get('token'))) return send(response, 403, unknownToken);
    // The token leaves the address bar and the history with this redirect.
    response.setHeader('set-cookie', access.cookie);
    response.setHeader('location', url.pathname);
    return send(response, 303, '');
  }
  if (!access.hasSession(request.headers)) return send(response, 401, unknownSession);

  const file = await findStaticFile(page, url.pathname);
  if (file === null) return send(response, 404, 'There is no such file.\n');
  setSecurityHeaders(response, request.headers.host ?? '');
  response.setHeader('content-type', file.mediaType);
  response.setHeader('content-length', file.size);
  response.setHeader('cache-control', file.immutable ? 'private, max-age=31536000, immutable' : 'no-cache');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(createReadStream(file.path), response).catch((error: NodeJS.ErrnoException) => {
    // The browser went away in the middle: nothing is wrong here.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && error.code !== 'ECONNRESET') throw error;
  });
}

const unknownToken =
  'This address has an old token. Open the one that Finegrain printed when it was started last.\n';
const unknownSession = 'Open the address, with its token, that Finegrain printed in the terminal.\n';

function send(response: ServerResponse, status: number, text: string): void {
  setSecurityHeaders(response, '');
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}

function setSecurityHeaders(response: ServerResponse, host: string): void {
  for (const [name, value] of Object.entries(securityHeaders(host === '' ? [] : [`ws://${host}`]))) {
    response.setHeader(name, value);
  }
}

/** The HTTP status a WebSocket is refused with, or null where it is welcome. */
function refuseUpgrade(request: IncomingMessage, access: Access): string | null {
  if (!access.isOurHost(request.headers)) return '421 Misdirected Request';
  if (!access.isOurOrigin(request.headers)) return '403 Forbidden';
  if (!access.hasSession(request.headers)) return '401 Unauthorized';
  return request.url === socketPath ? null : '404 Not Found';
}

function rejectUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => undefined); // it is being dropped anyway
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function serveSocket(socket: WebSocket, host: HostPort): void {
  const dispatcher = createDispatcher(host, {
    send: (message) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
    },
    refuse: (reason) => socket.close(closeCodes.protocol, reason.slice(0, 120)),
  });
  let answered = true;
  const heartbeat = setInterval(() => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, pingMilliseconds);
  heartbeat.unref();

  socket.on('pong', () => {
    answered = true;
  });
  socket.on('message', (data, isBinary) => {
    const message = isBinary ? undefined : parseJson(data.toString());
    if (message === undefined) socket.close(closeCodes.protocol, 'not JSON text');
    else dispatcher.receive(message);
  });
  socket.on('error', () => socket.terminate()); // too long, or broken frames: ws has already told the other side
  socket.on('close', () => {
    clearInterval(heartbeat);
    dispatcher.close();
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
