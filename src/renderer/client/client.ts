/**
 * The page's end of the contract: calls with ids, cancellation, event subscriptions, and the state of the line. What
 * carries the messages is a `Link`.
 */
import { FinegrainError, fromErrorShape } from '../../shared/errors.ts';
import type { Client, EventName, Events, Input, Output, Procedure } from '../../shared/rpc/contract.ts';
import type { EventItem, HostMessage, PageMessage } from '../../shared/rpc/wire.ts';
import type { Link } from './link.ts';

export type ConnectionStatus = 'open' | 'closed';

export interface PageClient extends Client {
  /**
   * Tells whether the host can be reached, at once and on every change. After each `open` the page must read its state
   * afresh: events may have been missed. (The host dropping events also shows as `closed`, then `open`.)
   */
  onStatus(listener: (status: ConnectionStatus, reason: string | null) => void): () => void;
  close(): void;
}

interface OpenCall {
  readonly message: Extract<PageMessage, { type: 'call' }>;
  sent: boolean;
  settle(result: { output: unknown } | { error: unknown }): void;
}

/** How long a call waits for a line that is down, ms. */
const patience = 15_000;

export function createClientOver(link: Link): PageClient {
  let open = false;
  let reason: string | null = null;
  let over = false;
  let nextId = 0;
  const calls = new Map<number, OpenCall>();
  const listeners = new Map<EventName, Set<(payload: never) => void>>();
  const statusListeners = new Set<(status: ConnectionStatus, reason: string | null) => void>();
  let subscriptionPending = false;

  link.start({
    opened() {
      open = true;
      reason = null;
      sendSubscriptions();
      for (const call of calls.values()) send(call);
      tellStatus('open');
    },
    received: receive,
    lost(why, final) {
      open = false;
      over = final;
      reason = why;
      // What was sent may or may not have been done: only the caller knows whether asking again is safe.
      for (const [id, call] of calls) if (call.sent || final) fail(id, lineError(why));
      tellStatus('closed');
    },
  });

  function receive(message: HostMessage): void {
    if (message.type === 'result') settle(message.id, { output: message.output });
    else if (message.type === 'error') settle(message.id, { error: fromErrorShape(message.error) });
    else if (message.type === 'events') {
      for (const item of message.items) deliver(item);
      link.send({ type: 'acknowledge', batch: message.batch });
    } else if (message.type === 'gap') {
      tellStatus('closed');
      tellStatus('open');
    }
  }

  function deliver(item: EventItem): void {
    for (const listener of listeners.get(item.event) ?? []) {
      try {
        (listener as (payload: unknown) => void)(item.payload);
      } catch (error) {
        // One view's fault must not keep the others from the event, nor stop the acknowledgement.
        reportError(error);
      }
    }
  }

  function settle(id: number, result: { output: unknown } | { error: unknown }): void {
    const call = calls.get(id);
    calls.delete(id);
    call?.settle(result);
  }

  function fail(id: number, error: unknown): void {
    settle(id, { error });
  }

  function send(call: OpenCall): void {
    try {
      link.send(call.message);
      call.sent = true;
    } catch (error) {
      fail(call.message.id, error);
    }
  }

  function tellStatus(status: ConnectionStatus): void {
    for (const listener of statusListeners) listener(status, reason);
  }

  function sendSubscriptions(): void {
    if (open) link.send({ type: 'subscribe', events: [...listeners.keys()] });
  }

  /** Several views subscribe at once when a page opens: one message says it all. */
  function subscriptionsChanged(): void {
    if (subscriptionPending) return;
    subscriptionPending = true;
    queueMicrotask(() => {
      subscriptionPending = false;
      sendSubscriptions();
    });
  }

  return {
    call<P extends Procedure>(
      procedure: P,
      input: Input<P>,
      options?: { signal?: AbortSignal },
    ): Promise<Output<P>> {
      return new Promise((resolve, reject) => {
        const signal = options?.signal;
        if (signal?.aborted) return reject(new FinegrainError('cancelled', 'Cancelled.'));
        if (over) return reject(lineError(reason ?? 'The host is gone.'));
        const id = nextId++;
        const cancel = () => {
          if (call.sent && open) link.send({ type: 'cancel', id });
          fail(id, new FinegrainError('cancelled', 'Cancelled.'));
        };
        const call: OpenCall = {
          message: { type: 'call', id, procedure, input },
          sent: false,
          settle(result) {
            clearTimeout(timer);
            signal?.removeEventListener('abort', cancel);
            // The compiler checked the host's handler against the same `Outputs`.
            if ('output' in result) resolve(result.output as Output<P>);
            else reject(result.error);
          },
        };
        const timer = setTimeout(() => {
          if (!call.sent) fail(id, lineError(reason ?? 'The host does not answer.'));
        }, patience);
        calls.set(id, call);
        signal?.addEventListener('abort', cancel, { once: true });
        if (open) send(call);
      });
    },
    on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
      const set = listeners.get(event) ?? new Set();
      // A wrapper of its own, so that one function subscribed twice is called twice and taken off one at a time.
      const entry = (payload: Events[E]) => listener(payload);
      set.add(entry as (payload: never) => void);
      if (set.size === 1) {
        listeners.set(event, set);
        subscriptionsChanged();
      }
      return () => {
        if (!set.delete(entry as (payload: never) => void) || set.size > 0) return;
        listeners.delete(event);
        subscriptionsChanged();
      };
    },
    onStatus(listener) {
      statusListeners.add(listener);
      if (open || reason !== null) listener(open ? 'open' : 'closed', reason);
      return () => statusListeners.delete(listener);
    },
    close() {
      link.close();
      open = false;
      over = true;
      reason ??= 'The page is closing.';
      for (const id of [...calls.keys()]) fail(id, lineError(reason));
    },
  };
}

function lineError(why: string): FinegrainError {
  return new FinegrainError('connection.lost', why, 'Try again once the connection is back.');
}
