import { describe, expect, test } from 'vitest';
import { uniforms } from '../random.ts';
import { predictBaseline } from './baselines.ts';
import { calibrate, leastRuns } from './calibration.ts';
import { curveDraws } from './curveIntervals.ts';
import { type HindcastRow, hindcastRun } from './hindcast.ts';
import { withIntervals } from './intervals.ts';
import { normals } from './noise.ts';
import { fitPositions, prefixOf } from './position.ts';
import { syntheticTotal, syntheticTrajectory } from './syntheticTrajectory.ts';

const trajectory = syntheticTrajectory({
  seed: 4,
  kind: 'cosine',
  checkpoints: 50,
  deviation: 0.005,
  rho: 0.3,
});
const options = { intervals: { resamples: 60, seed: 2 } };

describe('hindcasts', () => {
  const { rows, totalTokens } = hindcastRun(trajectory, options);

  test('a prefix too short for the law says so, and the last value still predicts', () => {
    const short = hindcastRun({ ...trajectory, points: trajectory.points.filter((_, k) => k % 6 === 0) });
    const at = (method: string) => short.rows.find((row) => row.fraction === 0.05 && row.method === method)!;
    expect(at('temporal')).toMatchObject({ prediction: null, quality: null, below: null });
    expect(at('temporal').reason).toContain('1 checkpoints');
    expect(at('lastValue').quality!.points).toBe(8);
  });

  test('every fraction and method has a row', () => {
    expect(totalTokens).toBe(syntheticTotal);
    expect(new Set(rows.map(({ fraction }) => fraction))).toEqual(new Set([0.05, 0.1, 0.2, 0.4]));
    expect(new Set(rows.map(({ method }) => method)).size).toBe(7);
    expect(rows).toHaveLength(28);
    for (const row of rows) {
      if (row.prediction === null) expect(row.reason).toMatch(/^The prefix holds \d+ checkpoints/);
      else expect(row.quality!.points).toBe(50 - row.checkpoints);
    }
  });

  test('the law that made the run predicts its end from 40 %, better than the last value', () => {
    const at = (method: string) =>
      rows.find((row) => row.fraction === 0.4 && row.method === method)!.quality!;
    expect(at('temporal').finalRelativeError).toBeLessThan(at('lastValue').finalRelativeError / 2);
    expect(at('temporal').coverage95).not.toBeNull();
    expect(at('power').coverage95).not.toBeNull();
    expect(at('lastValue').coverage95).toBeNull();
  });

  test('what lies behind a prefix does not change its prediction by a bit', () => {
    const spoilt = {
      ...trajectory,
      points: trajectory.points.map((point) =>
        point.tokens <= 0.2 * syntheticTotal
          ? point
          : { ...point, loss: point.loss.map((loss) => loss * 3 + 1) },
      ),
    };
    const other = hindcastRun(spoilt, { ...options, fractions: [0.2] });
    const before = rows.filter(({ fraction }) => fraction === 0.2);
    expect(other.rows.map(({ prediction }) => prediction)).toEqual(
      before.map(({ prediction }) => prediction),
    );
    expect(other.rows[0]!.quality).not.toEqual(before[0]!.quality);
  });

  test('the share of draws below what came lies in [0, 1], one for each later checkpoint', () => {
    const row = rows.find(({ fraction, method }) => fraction === 0.4 && method === 'temporal')!;
    expect(row.below).toHaveLength(row.quality!.points);
    expect(row.below!.every((share) => share >= 0 && share <= 1)).toBe(true);
  });

  test('one checkpoint is no run', () => {
    expect(() => hindcastRun({ ...trajectory, points: trajectory.points.slice(0, 1) })).toThrow(
      '1 checkpoints',
    );
  });
});

/** A run of one hindcast whose final loss lies `score` half-widths off, and whose draws say `below`. */
function run(score: number, below: readonly number[]): { run: string; hindcast: { rows: HindcastRow[] } } {
  const point = { tokens: 1, loss: 3, low50: 2.9, high50: 3.1, low95: 2.7, high95: 3.3 };
  const quality = { finalError: -0.3 * score } as HindcastRow['quality'];
  const row = {
    fraction: 0.2,
    tokens: 1,
    checkpoints: 9,
    method: 'temporal',
    reason: null,
    quality,
    below,
  } as const;
  return {
    run: `${score}`,
    hindcast: { rows: [{ ...row, prediction: { at: [point] } as unknown as HindcastRow['prediction'] }] },
  };
}

test('a power law that is right holds its nominal rate too', () => {
  const trials = 120;
  let [half, most] = [0, 0];
  for (let seed = 0; seed < trials; seed++) {
    const normal = normals(uniforms(seed, 'power'));
    let noise = normal();
    const points = Array.from({ length: 60 }, (_, k) => {
      noise = 0.4 * noise + Math.sqrt(1 - 0.16) * normal();
      const tokens = 3e4 * (1 + k);
      const mean = 1.5 + 40 * tokens ** -0.3 + 0.01 * noise;
      return { step: k + 1, tokens, learningRate: 1, loss: [0.3, 0.1, -0.1, -0.3].map((off) => mean + off) };
    });
    const schedule = {
      ...trajectory.schedule,
      kind: 'constant' as const,
      warmupTokens: 0,
      totalTokens: 18e5,
    };
    const series = fitPositions({ set: 'x', points, schedule });
    const prefix = prefixOf(series, 0.5 * 18e5);
    const { at } = predictBaseline('power', prefix, schedule, [18e5]);
    const [end] = withIntervals(at, { draws: curveDraws('power', prefix, schedule, [18e5], { seed }) });
    const came = series.mean.at(-1)!;
    if (end!.low50! < came && came < end!.high50!) half++;
    if (end!.low95! < came && came < end!.high95!) most++;
  }
  const error = (share: number) => 3 * Math.sqrt((share * (1 - share)) / trials);
  expect(Math.abs(half / trials - 0.5)).toBeLessThan(error(0.5));
  expect(Math.abs(most / trials - 0.95)).toBeLessThan(error(0.95));
});

describe('calibration', () => {
  test('uniform shares hold every level; shares at the ends hold none', () => {
    const uniform = Array.from({ length: 200 }, (_, k) => (k + 0.5) / 200);
    const sound = calibrate(Array.from({ length: 10 }, () => run(0.5, uniform)));
    for (const { nominal, observed } of sound.levels) expect(observed).toBeCloseTo(nominal, 2);
    expect(sound.trustworthy.level).toBe('good');
    expect(sound.points).toBe(2000);
    const bad = calibrate(Array.from({ length: 10 }, () => run(3, [0, 1, 1])));
    expect(bad.levels.every(({ observed }) => observed === 0)).toBe(true);
    expect(bad.trustworthy.level).toBe('none');
    expect(bad.trustworthy.sentence).toContain('10 finished runs');
  });

  test('the factor is the conformal rank of the scores, never below 1', () => {
    const scores = Array.from({ length: 39 }, (_, k) => (k + 1) / 10);
    const { inflation } = calibrate(scores.map((score) => run(score, [0.5])));
    expect(inflation[95]).toBeCloseTo(3.8, 9); // rank ceil(40 * 0.95) = 38
    expect(inflation[50]).toBeCloseTo(6, 9); // rank 20, in 50 % half-widths three times as narrow
    expect(calibrate(scores.map(() => run(0.2, [0.5]))).inflation).toEqual({ 50: 1, 95: 1 });
  });

  test('below 8 runs there is no factor, and the verdict says so', () => {
    const few = calibrate(Array.from({ length: leastRuns - 1 }, () => run(5, [0.5])));
    expect(few.inflation).toEqual({ 50: null, 95: null });
    expect(few.trustworthy.level).toBe('doubtful');
    expect(few.trustworthy.sentence).toContain('Below 8 runs');
    expect(calibrate([]).trustworthy.level).toBe('none');
  });

  test('on runs of the law itself, hindcasts hold roughly what they promise', () => {
    const hindcasts = Array.from({ length: 20 }, (_, seed) => {
      const one = syntheticTrajectory({ seed, kind: 'constant', checkpoints: 60, deviation: 0.01, rho: 0.3 });
      const law = { a0Form: 'log', a1Form: 'hyperbolic', a2Form: 'logThenCos' } as const;
      return { run: `${seed}`, hindcast: hindcastRun(one, { law, fractions: [0.4] }) };
    });
    const { runs, levels } = calibrate(hindcasts);
    expect(runs).toBe(20);
    expect(levels.find(({ nominal }) => nominal === 0.95)!.observed).toBeGreaterThan(0.85);
    expect(Math.abs(levels.find(({ nominal }) => nominal === 0.5)!.observed - 0.5)).toBeLessThan(0.25);
  });
});
