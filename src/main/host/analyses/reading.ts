/** A short text token by token, and the attention of one head on it, for the Inspect page. */
import type { AttentionReading, TokenReading } from '../../../shared/run/reading.ts';
import { type AnalysisParts, openReading } from './subject.ts';

interface Wanted {
  readonly run: string;
  readonly step?: number | undefined;
  readonly text?: string | undefined;
  readonly data?: string | undefined;
  /** Which of `readableWindows` windows of a data set. */
  readonly window: number;
  /** At most so many tokens. */
  readonly tokens: number;
}

export async function readTokens(
  parts: AnalysisParts,
  input: Wanted,
  signal?: AbortSignal,
): Promise<TokenReading> {
  const { checkpoint, passage, source } = await openReading(parts, { ...input, windows: 1 });
  const { window, tokens } = input;
  const found = await parts.inference.ask({ kind: 'tokens', checkpoint, passage, window, tokens }, signal);
  return { source, ...found };
}

export async function readAttention(
  parts: AnalysisParts,
  input: Wanted & { readonly layer: number; readonly head: number },
  signal?: AbortSignal,
): Promise<AttentionReading> {
  const { checkpoint, passage, source } = await openReading(parts, { ...input, windows: 1 });
  const { window, tokens, layer, head } = input;
  const request = { kind: 'attention', checkpoint, passage, window, tokens, layer, head } as const;
  return { source, ...(await parts.inference.ask(request, signal)) };
}
