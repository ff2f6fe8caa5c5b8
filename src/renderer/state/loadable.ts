/** What a view knows about something it asked the host for. A value stays on show while it is asked for again, or fails. */
import { type ErrorShape, toErrorShape } from '../../shared/errors.ts';

export type Loadable<Value> =
  | { readonly status: 'loading'; readonly value?: Value }
  | { readonly status: 'ready'; readonly value: Value }
  | { readonly status: 'error'; readonly error: ErrorShape; readonly value?: Value };

export const loading: Loadable<never> = { status: 'loading' };

export function ready<Value>(value: Value): Loadable<Value> {
  return { status: 'ready', value };
}

/** The state while it is asked for (again): keeps the value that is there. */
export function asking<Value>(now: Loadable<Value> | undefined): Loadable<Value> {
  return now?.value === undefined ? loading : { status: 'loading', value: now.value };
}

export function failed<Value>(error: unknown, now?: Loadable<Value>): Loadable<Value> {
  const shape = toErrorShape(error);
  return now?.value === undefined
    ? { status: 'error', error: shape }
    : { status: 'error', error: shape, value: now.value };
}
