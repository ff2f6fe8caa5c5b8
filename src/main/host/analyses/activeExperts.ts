/** Active experts per layer and data set: the W-shaped chart of DSMoE (arXiv 2502.12455), for any method with experts. */
import { FinegrainError } from '../../../shared/errors.ts';
import type { ActiveExpertsAnalysis } from '../../../shared/run/analysis.ts';
import { type AnalysisParts, asked, openReading, type ReadingInput, runOf } from './subject.ts';

export interface ActiveExpertsInput extends Omit<ReadingInput, 'data'> {
  /** Data sets, one row each; empty: the run's own. */
  readonly data: readonly string[];
}

export async function analyseActiveExperts(
  parts: AnalysisParts,
  input: ActiveExpertsInput,
  signal?: AbortSignal,
): Promise<ActiveExpertsAnalysis> {
  const { data, ...rest } = input;
  const own = parts.store.detail(input.run).configuration.data.map(({ name }) => name);
  const names = data.length > 0 || input.text !== undefined ? data : own;
  const wanted: ReadingInput[] = [
    ...(input.text === undefined ? [] : [rest]),
    ...names.map((name) => ({ ...rest, text: undefined, data: name })),
  ];
  let layers: ActiveExpertsAnalysis['layers'] = [];
  let step = 0;
  const sources: ActiveExpertsAnalysis['sources'][number][] = [];
  for (const one of wanted) {
    const reading = await openReading(parts, one);
    const probe = await parts.inference.ask({ kind: 'statistics', ...asked(reading) }, signal);
    const routed = probe.layers.flatMap(({ layer, kind, experts }) =>
      experts === null ? [] : [{ layer, kind, experts: experts.count, active: experts.activeMean }],
    );
    if (routed.length === 0) {
      throw new FinegrainError(
        'input.invalid',
        `Run ${input.run} has no experts: all its FFN layers are ${probe.layers[0]?.kind ?? 'unknown'}.`,
        'Choose a run whose FFN has experts.',
      );
    }
    step = probe.step;
    layers = routed.map(({ layer, kind, experts }) => ({ layer, kind, experts }));
    const active = routed.map((layer) => layer.active);
    const mean = active.reduce((sum, value) => sum + value, 0) / active.length;
    sources.push({ source: reading.source, tokens: probe.tokens, active, mean });
  }
  return { kind: 'active-experts', ...runOf(parts, input.run, step), layers, sources };
}
