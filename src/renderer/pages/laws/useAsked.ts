/** One answer of the host about the whole workspace, asked anew when what it rests on changes. */
import { useEffect, useState } from 'react';
import type { Input, Output, Procedure } from '../../../shared/rpc/contract.ts';
import { asking, failed, type Loadable, loading, ready } from '../../state/loadable.ts';
import { host } from '../../state/workspace.ts';

/** `stamp`: what the answer rests on, e.g. the finished runs. The old answer stays on show meanwhile. */
export function useAsked<P extends Procedure>(
  procedure: P,
  input: Input<P>,
  stamp: string,
): { readonly answer: Loadable<Output<P>>; retry(): void } {
  const [answer, setAnswer] = useState<Loadable<Output<P>>>(loading);
  const [attempt, setAttempt] = useState(0);
  const key = JSON.stringify([input, stamp]);
  useEffect(() => {
    const control = new AbortController();
    setAnswer((before) => asking(before));
    host()
      .call(procedure, input, { signal: control.signal })
      .then(
        (value) => {
          if (!control.signal.aborted) setAnswer(ready(value));
        },
        (error: unknown) => {
          if (!control.signal.aborted) setAnswer((before) => failed(error, before));
        },
      );
    return () => control.abort();
    // The input is in the key.
  }, [procedure, key, attempt]);
  return { answer, retry: () => setAttempt((before) => before + 1) };
}
