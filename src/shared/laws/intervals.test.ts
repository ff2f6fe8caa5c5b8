import { describe, expect, test } from 'vitest';
import { uniforms } from '../random.ts';
import { predictionDraws, quantile, withIntervals } from './intervals.ts';
import { normals, seriesNoise } from './noise.ts';
import { fitPositions } from './position.ts';
import { cutTrajectory, fitAndPredict } from './predict.ts';
import { type SyntheticOptions, syntheticTotal, syntheticTrajectory } from './syntheticTrajectory.ts';
import type { LawOptions, PredictedPoint, Trajectory } from './types.ts';

const right: LawOptions = { a0Form: 'log', a1Form: 'hyperbolic', a2Form: 'logThenCos' };

function predicted(trajectory: Trajectory, law: LawOptions = right, seed = 1) {
  const series = fitPositions(cutTrajectory(trajectory, { untilTokens: 0.4 * syntheticTotal }));
  const at = [0.6 * syntheticTotal, syntheticTotal];
  const { fit, losses } = fitAndPredict(series, trajectory.schedule, at, law);
  const points: PredictedPoint[] = at.map((tokens, k) => ({ tokens, loss: losses[k]! }));
  const draws = predictionDraws(series, fit, trajectory.schedule, at, { seed, law });
  return { draws, points: withIntervals(points, draws) };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const synthetic = (options: Partial<SyntheticOptions>) =>
  syntheticTrajectory({ seed: 1, kind: 'cosine', checkpoints: 60, deviation: 0.01, rho: 0.4, ...options });

describe('when the law is right, intervals hold their nominal rate', () => {
  // Within 3 binomial standard errors of 100 trials.
  test.each(['constant', 'cosine'] as const)('under a %s schedule', (kind) => {
    const trials = 100;
    let [half, most] = [0, 0];
    for (let seed = 0; seed < trials; seed++) {
      const trajectory = synthetic({ seed, kind });
      const end = predicted(trajectory, right, seed).points[1]!;
      const came = mean(trajectory.points.at(-1)!.loss);
      if (end.low50! <= came && came <= end.high50!) half++;
      if (end.low95! <= came && came <= end.high95!) most++;
    }
    const error = (share: number) => 3 * Math.sqrt((share * (1 - share)) / trials);
    expect(Math.abs(half / trials - 0.5)).toBeLessThan(error(0.5));
    expect(Math.abs(most / trials - 0.95)).toBeLessThan(error(0.95));
  });
});

test('the 50 % interval lies in the 95 % one, both hold the prediction, and the later target has the wider one', () => {
  const { points } = predicted(synthetic({}));
  for (const { loss, low50, high50, low95, high95 } of points) {
    expect(low95!).toBeLessThan(low50!);
    expect(low50!).toBeLessThanOrEqual(loss);
    expect(loss).toBeLessThanOrEqual(high50!);
    expect(high50!).toBeLessThan(high95!);
  }
  expect(points[1]!.high95! - points[1]!.low95!).toBeGreaterThan(points[0]!.high95! - points[0]!.low95!);
});

test('the same seed gives the same draws, another one others', () => {
  const trajectory = synthetic({});
  expect(predicted(trajectory).draws).toEqual(predicted(trajectory).draws);
  expect(predicted(trajectory, right, 2).draws.draws[0]).not.toEqual(predicted(trajectory).draws.draws[0]);
});

test('without noise the intervals close; four times the noise widens them', () => {
  const width = (deviation: number) => {
    const end = predicted(synthetic({ deviation, kind: 'constant' })).points[1]!;
    return end.high95! - end.low95!;
  };
  expect(width(0)).toBeLessThan(1e-4);
  expect(width(0.02)).toBeGreaterThan(2 * width(0.005));
});

test('forms that did about as well are drawn too: with the choice left open intervals are wider', () => {
  const trajectories = Array.from({ length: 12 }, (_, seed) => synthetic({ seed, kind: 'constant' }));
  const widths = (law: LawOptions) =>
    mean(trajectories.map((t) => predicted(t, law).points[1]!).map(({ low95, high95 }) => high95! - low95!));
  expect(widths({ a1Form: 'hyperbolic' })).toBeGreaterThan(widths(right));
});

test('a law that misses the end of its own prefix is found out, and its intervals are widened', () => {
  const trajectory = synthetic({ kind: 'constant', deviation: 0.002, rho: 0 });
  const bent = trajectory.points.map((point) =>
    point.tokens < 2.5e5
      ? point
      : { ...point, loss: point.loss.map((loss) => loss - (point.tokens - 2.5e5) * 1e-6) },
  );
  const sound = predicted(trajectory).draws;
  const { missed, widened } = predicted({ ...trajectory, points: bent }).draws;
  expect(sound.missed).toBeLessThan(2);
  expect(sound.widened).toBe(1);
  expect(missed).toBeGreaterThan(2);
  expect(widened).toBeGreaterThan(1);
});

test('where the rate falls only behind the prefix, the drop still to come is uncertain', () => {
  const trajectory = synthetic({ kind: 'constant' });
  const wsd = { ...trajectory, schedule: { ...trajectory.schedule, kind: 'wsd' as const } };
  const [seen, unseen] = [predicted(trajectory), predicted(wsd)];
  expect(seen.draws.unseenLatePiece).toBe(false);
  expect(unseen.draws.unseenLatePiece).toBe(true);
  const width = ({ low95, high95 }: PredictedPoint) => high95! - low95!;
  expect(unseen.points[0]).toEqual(seen.points[0]); // at 60 % the rate has not fallen yet
  expect(width(unseen.points[1]!)).toBeGreaterThan(width(seen.points[1]!));
});

test('no draw lies above every loss measured, nor below 0', () => {
  const { draws } = predicted(synthetic({ deviation: 0.5, checkpoints: 30 }), {});
  const most = Math.max(
    ...synthetic({ deviation: 0.5, checkpoints: 30 }).points.map(({ loss }) => mean(loss)),
  );
  for (const row of draws.draws) for (const value of row) expect(value >= 0 && value <= most).toBe(true);
});

test('500 checkpoints are pooled, and the noise of a single one is kept', () => {
  const { points } = predicted(synthetic({ checkpoints: 900, rho: 0, deviation: 0.05, kind: 'constant' }));
  const end = points[1]!;
  // 95 % of a single measurement's noise alone is 2 * 1.96 * 0.05 * sqrt(1 + 1/32) wide.
  expect(end.high95! - end.low95!).toBeGreaterThan(0.17);
});

test('quantile: linear between values', () => {
  expect(quantile([1, 2, 4], 0.5)).toBe(2);
  expect(quantile([1, 2, 4], 0.75)).toBe(3);
  expect(quantile([7], 0.3)).toBe(7);
});

test('noise is recovered through a fit that absorbed part of it', () => {
  const m = 40;
  // Residuals of a fitted constant and slope.
  const ones = new Float64Array(m).fill(1 / Math.sqrt(m));
  const raw = Float64Array.from({ length: m }, (_, j) => j - (m - 1) / 2);
  const norm = Math.hypot(...raw);
  const tangent = [ones, raw.map((value) => value / norm)];
  const weights = new Array<number>(m).fill(1);
  const [rhos, variances, plainRhos, plainVariances]: number[][] = [[], [], [], []];
  for (let seed = 0; seed < 200; seed++) {
    const normal = normals(uniforms(seed, 'noise'));
    let value = normal() / 0.8;
    const y = Float64Array.from({ length: m }, () => (value = 0.6 * value + normal()));
    for (const q of tangent) {
      const along = y.reduce((sum, v, j) => sum + v * q[j]!, 0);
      for (let j = 0; j < m; j++) y[j]! -= along * q[j]!;
    }
    const noise = seriesNoise(y, tangent, weights);
    rhos!.push(noise.rho);
    variances!.push(noise.deviation ** 2);
    const squares = y.reduce((sum, v) => sum + v * v, 0);
    plainRhos!.push(y.reduce((sum, v, j) => sum + v * (y[j - 1] ?? 0), 0) / squares);
    plainVariances!.push(squares / m);
  }
  // What is matched through the fit is nearer to the truth than what is read off the residuals.
  expect(Math.abs(mean(rhos!) - 0.6)).toBeLessThan(0.08);
  expect(mean(plainRhos!)).toBeLessThan(0.5);
  const truth = 1 / (1 - 0.36);
  expect(mean(variances!)).toBeGreaterThan(0.92 * truth);
  expect(mean(plainVariances!)).toBeLessThan(0.87 * truth);
});
