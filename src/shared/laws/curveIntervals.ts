/**
 * Intervals of the baselines that are curves through the mean loss, by the same means as those of the temporal law
 * (`intervals.ts`): resampled AR(1) noise matched through the fit, Student's t, the noise of the checkpoint predicted. The
 * last value and the multi-power law have none.
 */
import { uniforms } from '../random.ts';
import { type BaselineMethod, baselineData, type CurveBaseline, curveBaselines } from './baselines.ts';
import { fitForm } from './formFit.ts';
import { normals, seriesNoise, studentFactor } from './noise.ts';
import { formSampler } from './resample.ts';
import type { ParameterSeries, Schedule } from './types.ts';

/** Whether a baseline has intervals. */
export const isCurve = (method: BaselineMethod): method is CurveBaseline => method in curveBaselines;

/** Checkpoints are averaged in groups down to this many. */
const mostCheckpoints = 48;

/**
 * Mean losses that could be measured at `at` tokens if the curve holds, [resamples][targets]. `series` is the prefix, with
 * at least as many checkpoints after warm-up as the curve has parameters.
 */
export function curveDraws(
  method: CurveBaseline,
  series: ParameterSeries,
  schedule: Schedule,
  at: readonly number[],
  { resamples = 200, seed = 0 }: { readonly resamples?: number; readonly seed?: number } = {},
): Float64Array[] {
  const data = baselineData(series, schedule, method);
  const size = Math.max(1, Math.ceil(data.tokens.length / mostCheckpoints));
  const pooled = (values: readonly number[]) =>
    Array.from({ length: Math.ceil(values.length / size) }, (_, g) => {
      const part = values.slice(g * size, (g + 1) * size);
      return part.reduce((a, b) => a + b, 0) / part.length;
    });
  const [tokens, weights, mean] = [pooled(data.tokens), pooled(data.weights), pooled(data.mean)];
  const context = { schedule, options: {} };
  const form = curveBaselines[method];
  const fit = fitForm(form, tokens, mean, context, weights);
  const values = Float64Array.from(mean);
  const sampler = formSampler(form, fit, tokens, weights, values, at, context);
  const noise = seriesNoise(
    values.map((value, j) => value - sampler.base[j]!),
    sampler.tangent,
    weights,
  );
  const normal = normals(uniforms(seed, `laws.intervals.${method}`));
  const single = noise.deviation * Math.sqrt(1 + ((size - 1) * (1 - noise.rho)) / (1 + noise.rho));
  const most = Math.max(...series.mean);
  const y = new Float64Array(tokens.length);
  const law = new Float64Array(at.length);
  return Array.from({ length: resamples }, () => {
    const scale = studentFactor(noise.freedom, normal);
    let value = 0;
    for (let j = 0; j < y.length; j++) {
      value = noise.rho * value + noise.innovations[j]! * normal() * scale;
      y[j] = sampler.base[j]! + value;
    }
    sampler.sample(y, law);
    return law.map((loss) => Math.min(most, Math.max(0, loss + scale * single * normal())));
  });
}
