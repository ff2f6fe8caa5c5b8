/**
 * Answers of analyses, kept while a figure is worked on: a change of its style must not ask the model again, and its SVG
 * and its CSV must show the same measurement. An answer holds as long as its run has the same newest checkpoint.
 */
import type { CallContext } from '../../../shared/rpc/contract.ts';
import type { FigureData } from './build.ts';

const kept = 64;
/** How long an analysis that nobody waits for any more goes on, in milliseconds: the next drawing may ask for it. */
const grace = 1500;

interface Entry {
  readonly control: AbortController;
  readonly answer: Promise<unknown>;
  waiting: number;
}

export function cachedAnalyses(data: FigureData): FigureData {
  const entries = new Map<string, Entry>();

  const ask = async (
    name: string,
    input: { run: string },
    make: (context: CallContext) => Promise<unknown>,
    context?: CallContext,
  ): Promise<unknown> => {
    const { checkpoints, step } = await data['runs.get']({ run: input.run });
    const key = JSON.stringify([name, input, checkpoints.at(-1)?.step ?? null, step]);
    let entry = entries.get(key);
    if (entry === undefined) {
      const control = new AbortController();
      entry = { control, answer: make({ signal: control.signal }), waiting: 0 };
      entries.set(key, entry);
      // A failure is not kept: what it lacked may be there next time.
      entry.answer.catch(() => entries.delete(key));
      if (entries.size > kept) entries.delete(entries.keys().next().value!);
    }
    return waitFor(entry, context?.signal);
  };

  const wrapped = Object.fromEntries(
    Object.entries(data)
      .filter(([name]) => /^(analysis|inspect)\./.test(name))
      .map(([name, procedure]) => [
        name,
        (input: { run: string }, context?: CallContext) =>
          ask(
            name,
            input,
            (own) => (procedure as (input: unknown, own: CallContext) => Promise<unknown>)(input, own),
            context,
          ),
      ]),
  );
  return { ...data, ...wrapped } as FigureData;
}

/** Waits for an answer, or until the caller leaves; the last one to leave ends the work, after a moment of grace. */
async function waitFor(entry: Entry, signal: AbortSignal | undefined): Promise<unknown> {
  if (signal === undefined) return entry.answer;
  signal.throwIfAborted();
  entry.waiting++;
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([entry.answer, left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
    entry.waiting--;
    if (signal.aborted && entry.waiting === 0) {
      setTimeout(() => {
        if (entry.waiting === 0) entry.control.abort(signal.reason);
      }, grace).unref();
    }
  }
}
