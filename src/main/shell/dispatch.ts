/**
 * One page's conversation with the host, whatever carries it. A shell hands in each message that arrives and sends what
 * comes out; this file checks, calls, answers, cancels, and paces events.
 */
import { type ErrorShape, FinegrainError, toErrorShape } from '../../shared/errors.ts';
import { type HostPort, inputs, type Procedure } from '../../shared/rpc/contract.ts';
import {
  type EventItem,
  eventNames,
  type HostMessage,
  type PageMessage,
  pageMessageSchema,
} from '../../shared/rpc/wire.ts';
import { parseInput } from '../host/validation.ts';
import { EventQueue } from './eventQueue.ts';

/** Calls one page may have open at once; the page itself never comes near. */
const maximumOpenCalls = 256;

export interface Carrier {
  send(message: HostMessage): void;
  /** The other side broke the protocol and is not worth listening to. */
  refuse(reason: string): void;
}

export interface Dispatcher {
  /** One message from the page, already out of JSON (WebSocket) or structured clone (MessagePort). Never throws. */
  receive(message: unknown): void;
  /** The page is gone: its open calls are aborted and its events dropped. */
  close(): void;
}

export function createDispatcher(host: HostPort, carrier: Carrier): Dispatcher {
  const open = new Map<number, AbortController>();
  const queue = new EventQueue((message) => carrier.send(message));
  const subscriptions = new Map<EventItem['event'], () => void>();
  let closed = false;

  function answer(message: HostMessage): void {
    if (!closed) carrier.send(message);
  }

  async function call(id: number, procedure: string, input: unknown): Promise<void> {
    if (open.has(id)) {
      carrier.refuse(`call ${id} is already open`);
      return;
    }
    const controller = new AbortController();
    open.set(id, controller);
    try {
      const output = await invoke(host, procedure, input, controller.signal, open.size);
      if (!controller.signal.aborted) answer({ type: 'result', id, output });
    } catch (error) {
      if (!controller.signal.aborted) answer({ type: 'error', id, error: describe(error, procedure) });
    } finally {
      open.delete(id);
    }
  }

  function cancel(id: number): void {
    const controller = open.get(id);
    if (controller === undefined || controller.signal.aborted) return; // answered already
    controller.abort();
    answer({ type: 'error', id, error: { code: 'cancelled', message: 'Cancelled.' } });
  }

  function subscribe(wanted: ReadonlySet<string>): void {
    for (const event of eventNames) {
      const off = subscriptions.get(event);
      if (off !== undefined && !wanted.has(event)) {
        off();
        subscriptions.delete(event);
      } else if (off === undefined && wanted.has(event)) {
        const push = (payload: unknown) => queue.push({ event, payload } as EventItem);
        subscriptions.set(event, host.events.on(event, push));
      }
    }
  }

  return {
    receive(message) {
      if (closed) return;
      const parsed = pageMessageSchema.safeParse(message);
      if (!parsed.success) {
        carrier.refuse(`not a message of the contract: ${parsed.error.issues[0]?.message ?? 'unknown'}`);
        return;
      }
      const data: PageMessage = parsed.data;
      if (data.type === 'call') void call(data.id, data.procedure, data.input);
      else if (data.type === 'cancel') cancel(data.id);
      else if (data.type === 'subscribe') subscribe(new Set(data.events));
      else queue.acknowledge(data.batch);
    },
    close() {
      if (closed) return;
      closed = true;
      for (const controller of open.values()) controller.abort();
      for (const off of subscriptions.values()) off();
      subscriptions.clear();
      queue.close();
    },
  };
}

/** Parses the input by the contract's schema and runs the handler. Throws FinegrainError for anything off. */
async function invoke(
  host: HostPort,
  procedure: string,
  input: unknown,
  signal: AbortSignal,
  openCalls: number,
): Promise<unknown> {
  if (!isProcedure(procedure)) {
    throw new FinegrainError(
      'notFound',
      `There is no procedure "${procedure}".`,
      'Reload the page: it may be older than the host.',
    );
  }
  if (openCalls > maximumOpenCalls) {
    throw new FinegrainError(
      'input.invalid',
      `More than ${maximumOpenCalls} calls are open at once.`,
      'Wait for some to end.',
    );
  }
  const parsed = parseInput(inputs[procedure], input, procedure);
  // The schema of this very procedure has just parsed the input; the compiler cannot follow that through the index.
  const handler = host.handlers[procedure] as (
    input: unknown,
    context: { signal: AbortSignal },
  ) => Promise<unknown>;
  return await handler(parsed, { signal });
}

/** Own keys only, so that `constructor` or `__proto__` find nothing. */
function isProcedure(name: string): name is Procedure {
  return Object.hasOwn(inputs, name);
}

/** What the page is told. An error that is no FinegrainError is a fault of ours: it goes to the host's log with its stack. */
function describe(error: unknown, procedure: string): ErrorShape {
  const shape = toErrorShape(error);
  if (shape.code === 'internal') console.error(`${procedure} failed:`, error);
  return shape;
}
