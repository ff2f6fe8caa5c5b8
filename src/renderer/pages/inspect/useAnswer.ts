/** One question to the host, asked when a view opens, kept for the next opening, and cancelled when the view closes. */
import { useEffect, useState } from 'react';
import { toErrorShape } from '../../../shared/errors.ts';
import type { Input, Output, Procedure } from '../../../shared/rpc/contract.ts';
import { type Loadable, loading } from '../../state/loadable.ts';
import { host } from '../../state/workspace.ts';

export interface Answer<Value> {
  /** null: nothing is asked. */
  readonly state: Loadable<Value> | null;
  cancel(): void;
  retry(): void;
}

/** Answers about a checkpoint do not change; so many of them are kept. */
const mostKept = 60;
const kept = new Map<string, unknown>();

function keep(key: string, value: unknown): void {
  kept.delete(key);
  kept.set(key, value);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
}

/** `stamp` tells apart checkpoints that were written anew under the same step. */
export function useAnswer<P extends Procedure>(
  procedure: P,
  input: Input<P> | null,
  stamp = '',
): Answer<Output<P>> {
  const key = input === null ? null : JSON.stringify([procedure, input, stamp]);
  const [held, setHeld] = useState<{ key: string; state: Loadable<Output<P>> } | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [controller, setController] = useState<AbortController | null>(null);
  useEffect(() => {
    if (key === null || input === null || kept.has(key)) return;
    const asking = new AbortController();
    let here = true;
    setController(asking);
    setHeld((before) => ({
      key,
      state: before?.state.value === undefined ? loading : { status: 'loading', value: before.state.value },
    }));
    host()
      .call(procedure, input, { signal: asking.signal })
      .then(
        (value) => {
          keep(key, value);
          if (here) setHeld({ key, state: { status: 'ready', value } });
        },
        (error: unknown) => {
          if (here) setHeld({ key, state: { status: 'error', error: toErrorShape(error) } });
        },
      );
    return () => {
      here = false;
      asking.abort();
    };
  }, [key, attempt]);
  const known = key === null ? undefined : (kept.get(key) as Output<P> | undefined);
  const state: Loadable<Output<P>> | null =
    key === null
      ? null
      : known !== undefined
        ? { status: 'ready', value: known }
        : held === null
          ? loading
          : held.key === key
            ? held.state
            : { status: 'loading', ...(held.state.value === undefined ? {} : { value: held.state.value }) };
  return {
    state,
    cancel: () => controller?.abort(),
    retry: () => setAttempt((before) => before + 1),
  };
}
