/** The handlers of the analyses: one question each to the training process, and its answer put together. */
import type { Handlers } from '../../../shared/rpc/contract.ts';
import { analyseActiveExperts } from './activeExperts.ts';
import { analyseBuckets } from './buckets.ts';
import { analysePositions } from './positions.ts';
import { readAttention, readTokens } from './reading.ts';
import { analyseRobustness } from './robustness.ts';
import { analyseRouting } from './routing.ts';
import { analyseSaturation } from './saturation.ts';
import { analyseSimilarity } from './similarity.ts';
import { analyseSoftmaxTime } from './softmaxTime.ts';
import type { AnalysisParts } from './subject.ts';

export type { AnalysisParts } from './subject.ts';

type AnalysisHandlers = Pick<
  Handlers,
  Extract<keyof Handlers, `analysis.${string}` | 'inspect.tokens' | 'inspect.attention'>
>;

export function analysisHandlers(parts: AnalysisParts): AnalysisHandlers {
  return {
    'inspect.tokens': (input, context) => readTokens(parts, input, context?.signal),
    'inspect.attention': (input, context) => readAttention(parts, input, context?.signal),
    'analysis.routing': (input, context) => analyseRouting(parts, input, context?.signal),
    'analysis.saturation': (input, context) => analyseSaturation(parts, input, context?.signal),
    'analysis.buckets': (input, context) => analyseBuckets(parts, input, context?.signal),
    'analysis.robustness': (input, context) => analyseRobustness(parts, input, context?.signal),
    'analysis.similarity': (input, context) => analyseSimilarity(parts, input, context?.signal),
    'analysis.activeExperts': (input, context) => analyseActiveExperts(parts, input, context?.signal),
    'analysis.softmaxTime': (input, context) => analyseSoftmaxTime(parts, input, context?.signal),
    'analysis.positions': (input, context) => analysePositions(parts, input, context?.signal),
  };
}
