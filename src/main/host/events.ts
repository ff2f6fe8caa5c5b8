/** The host's typed emitter of the events that the contract names. */
import type { EventName, Events } from '../../shared/rpc/contract.ts';

type Listener<E extends EventName> = (payload: Events[E]) => void;

export class HostEvents {
  private readonly listeners = new Map<EventName, Set<(payload: never) => void>>();

  /** Returns the function that takes the listener off again. */
  on<E extends EventName>(event: E, listener: Listener<E>): () => void {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set);
    set.add(listener as (payload: never) => void);
    return () => set.delete(listener as (payload: never) => void);
  }

  emit<E extends EventName>(event: E, payload: Events[E]): void {
    for (const listener of this.listeners.get(event) ?? []) (listener as Listener<E>)(payload);
  }
}
