/** How alike the attention maps of the layers are (uniattn.md sections 4 and 6). */
import type { SimilarityAnalysis } from '../../../shared/run/analysis.ts';
import { type AnalysisParts, asked, openReading, type ReadingInput, subjectOf } from './subject.ts';

const definition =
  'Our definition: cosine of the rows of two layers’ attention maps, a row being what one position attends to with all ' +
  'heads side by side; mean over positions and windows.';

export async function analyseSimilarity(
  parts: AnalysisParts,
  input: ReadingInput,
  signal?: AbortSignal,
): Promise<SimilarityAnalysis> {
  const reading = await openReading(parts, input);
  const found = await parts.inference.ask({ kind: 'similarity', ...asked(reading) }, signal);
  const { step, tokens, context, values } = found;
  return {
    kind: 'similarity',
    ...subjectOf(parts, input.run, { step, source: reading.source, tokens }),
    context,
    values,
    definition,
  };
}
