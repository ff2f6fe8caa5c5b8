/**
 * A second process on the same workspace may not write to it, but it may ask the one that does: to stop a run, say. The
 * holder listens on a local socket and leaves its address in the workspace, readable by the same user only. One line of
 * JSON each way.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type ErrorShape, FinegrainError, fromErrorShape, toErrorShape } from '../../shared/errors.ts';
import { type Handlers, type Input, inputs, type Output } from '../../shared/rpc/contract.ts';
import { parseInput } from './validation.ts';

export const remoteProcedures = [
  'runs.stop',
  'runs.pause',
  'runs.archive',
  'runs.delete',
  'runs.restore',
  'sweeps.stop',
  'studies.stop',
] as const;
export type RemoteProcedure = (typeof remoteProcedures)[number];

const addressFile = 'control.json';
const addressSchema = z.strictObject({ pid: z.int(), address: z.string(), token: z.string() });
const requestSchema = z.strictObject({
  token: z.string(),
  procedure: z.enum(remoteProcedures),
  input: z.unknown(),
});
type Reply = { readonly output: unknown } | { readonly error: ErrorShape };

const longestRequest = 65_536; // characters
const answerMilliseconds = 20_000;

export interface ControlServer {
  close(): void;
}

/** Listens for as long as this process holds the workspace. Rejects where no socket can be made. */
export async function serveControl(workspace: string, handlers: Handlers): Promise<ControlServer> {
  removeStale(workspace);
  const token = randomBytes(24).toString('base64url');
  const windows = process.platform === 'win32';
  // A Unix socket's path may have some 100 characters, and a workspace may lie deeper than that.
  const folder = windows ? null : mkdtempSync(join(tmpdir(), 'finegrain-'));
  const address =
    folder === null
      ? `\\\\.\\pipe\\finegrain-${randomBytes(8).toString('hex')}`
      : join(folder, 'control.sock');
  const server = createServer((socket) => void converse(socket, token, handlers));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, resolve);
  });
  server.unref();
  const file = join(workspace, addressFile);
  writeFileSync(file, JSON.stringify({ pid: process.pid, address, token }), { mode: 0o600 });
  chmodSync(file, 0o600);
  return {
    close() {
      server.close();
      rmSync(file, { force: true });
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a killed holder left behind. */
function removeStale(workspace: string): void {
  const old = readAddress(workspace);
  if (old === null) return;
  const folder = dirname(old.address);
  if (folder.startsWith(join(tmpdir(), 'finegrain-'))) rmSync(folder, { recursive: true, force: true });
  rmSync(join(workspace, addressFile), { force: true });
}

function readAddress(workspace: string): z.infer<typeof addressSchema> | null {
  try {
    return addressSchema.parse(JSON.parse(readFileSync(join(workspace, addressFile), 'utf8')));
  } catch {
    return null; // absent, or half written by a process that died: nobody listens either way
  }
}

async function converse(socket: Socket, token: string, handlers: Handlers): Promise<void> {
  socket.on('error', () => socket.destroy());
  let reply: Reply;
  try {
    const request = requestSchema.parse(JSON.parse(await readLine(socket)));
    if (!sameToken(request.token, token)) throw new FinegrainError('input.invalid', 'The token is wrong.');
    const input = parseInput(inputs[request.procedure], request.input, request.procedure);
    reply = { output: await (handlers[request.procedure] as (value: unknown) => Promise<unknown>)(input) };
  } catch (error) {
    reply = { error: toErrorShape(error) };
  }
  socket.end(`${JSON.stringify(reply)}\n`);
}

/** Asks the process that holds the workspace. `busy` is thrown where it cannot be reached. */
export async function askHolder<P extends RemoteProcedure>(
  workspace: string,
  procedure: P,
  input: Input<P>,
  busy: FinegrainError,
): Promise<Output<P>> {
  const holder = readAddress(workspace);
  if (holder === null) throw busy;
  const socket = connect(holder.address);
  socket.setTimeout(answerMilliseconds, () => socket.destroy(new Error('no answer')));
  let line: string;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.write(`${JSON.stringify({ token: holder.token, procedure, input })}\n`);
    line = await readLine(socket);
  } catch {
    throw busy;
  } finally {
    socket.destroy();
  }
  const reply = JSON.parse(line) as Reply;
  if ('error' in reply) throw fromErrorShape(reply.error);
  return reply.output as Output<P>;
}

function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > longestRequest) reject(new Error('too long'));
    });
    socket.once('close', () => reject(new Error('closed')));
    socket.once('error', reject);
  });
}

function sameToken(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
