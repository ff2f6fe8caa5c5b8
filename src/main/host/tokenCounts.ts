/** How often every token type occurs in the training text of data sets: what MaskMoE's editor draws its cut over. */
import type { Output, ParsedInput } from '../../shared/rpc/contract.ts';
import { countTrainingTokens } from '../training/data.ts';
import type { DataService } from './data.ts';
import type { TokenizerService } from './tokenizers.ts';

interface Parts {
  readonly data: DataService;
  readonly tokenizers: TokenizerService;
}

/**
 * Prepares the tokens as a run would (a run then finds them ready), so that the counts are those that a run's buffers are
 * made of. Adds samples that are not in the workspace yet.
 */
export async function tokenCounts(
  { data, tokenizers }: Parts,
  { data: sources, tokenizer, vocabulary }: ParsedInput<'data.tokenCounts'>,
  signal?: AbortSignal,
): Promise<Output<'data.tokenCounts'>> {
  const waiting = data.samples().filter((sample) => !sample.added);
  for (const { name } of sources) {
    if (waiting.some((sample) => sample.name === name)) await data.addSample(name, { signal });
  }
  const prepared = await tokenizers.prepareTokens({
    data: sources,
    tokenizer,
    vocabulary,
    context: 1,
    signal,
  });
  const files = prepared.sources.map(({ train, weight }) => ({ train: train.path, weight }));
  const counts = [...countTrainingTokens(files, vocabulary)];
  const read = await tokenizers.load(prepared.tokenizer.name);
  return {
    tokenizer: prepared.tokenizer.name,
    counts,
    tokens: prepared.sources.reduce((sum, { train }) => sum + train.tokens, 0),
    texts: counts.map((_, id) => (id < read.vocabulary ? read.decode([id]) : null)),
  };
}
