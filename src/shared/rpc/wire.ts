/**
 * The messages that carry the contract, the same over the browser shell's WebSocket and the desktop shell's MessagePort.
 *
 * Calls are answered once, by id. Events travel in numbered batches, and the page acknowledges each batch after its
 * listeners ran: a page that cannot keep up gets fewer, merged batches instead of an ever longer queue. When even that
 * is not enough the host drops events and says so with `gap`; the page then reads its state afresh.
 */
import { z } from 'zod';
import type { ErrorShape } from '../errors.ts';
import type { EventName, Events } from './contract.ts';

export { maximumMessageLength } from './limits.ts';

/** All names of `Events`, in an object so that the compiler sees that none is missing. */
const eventNameTable: Record<EventName, true> = {
  'run.changed': true,
  'run.removed': true,
  'run.points': true,
  'run.measured': true,
  'run.probe': true,
  'run.log': true,
  'data.changed': true,
  'study.changed': true,
};
export const eventNames = Object.keys(eventNameTable) as EventName[];

export const pageMessageSchema = z.discriminatedUnion('type', [
  /** `procedure` is checked against the contract by the host, so that an unknown one gets an answer of its own. */
  z.strictObject({
    type: z.literal('call'),
    id: z.int().nonnegative(),
    procedure: z.string().max(100),
    input: z.unknown(),
  }),
  z.strictObject({ type: z.literal('cancel'), id: z.int().nonnegative() }),
  /** Replaces the set of events this page wants. */
  z.strictObject({
    type: z.literal('subscribe'),
    events: z.array(z.enum(eventNames)).max(eventNames.length),
  }),
  z.strictObject({ type: z.literal('acknowledge'), batch: z.int().nonnegative() }),
]);
export type PageMessage = z.input<typeof pageMessageSchema>;

export type EventItem = { [E in EventName]: { event: E; payload: Events[E] } }[EventName];

export type HostMessage =
  | { type: 'result'; id: number; output: unknown }
  | { type: 'error'; id: number; error: ErrorShape }
  | { type: 'events'; batch: number; items: EventItem[] }
  /** Events were lost: what the page knows may be stale. */
  | { type: 'gap' };

/** Why the host closed a connection; codes of the range that RFC 6455 leaves to applications. */
export const closeCodes = {
  /** A message broke the protocol: not JSON, unknown type, or too long. */
  protocol: 4400,
  /** The host is shutting down. */
  goingAway: 4410,
} as const;
