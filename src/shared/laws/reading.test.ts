import { describe, expect, it } from 'vitest';
import { testTrajectory } from '../figures/testLaws.ts';
import { readLaw, tokenGrid } from './reading.ts';

describe('reading of a run', () => {
  const trajectory = testTrajectory(0);

  it('predicts the end from a prefix, and knows the truth behind it', () => {
    const reading = readLaw(trajectory, { untilStep: 200 });
    expect(reading.prefix).toMatchObject({ step: 200, checkpoints: 20 });
    expect(reading.problem).toBeNull();
    const [own] = reading.predictions;
    expect(own!.method).toBe('temporal');
    expect(own!.at.at(-1)!.tokens).toBe(reading.horizon);
    expect(Math.abs(own!.at.at(-1)!.loss / reading.truth! - 1)).toBeLessThan(0.02);
    expect(reading.measured.filter(({ used }) => used)).toHaveLength(20);
    for (const track of reading.parameters)
      expect(track.curve.every(({ value }) => Number.isFinite(value))).toBe(true);
  });

  it('never reads what lies behind the prefix', () => {
    const spoilt = {
      ...trajectory,
      points: trajectory.points.map((point) =>
        point.step <= 200 ? point : { ...point, loss: point.loss.map((value) => 3 * value + 1) },
      ),
    };
    const intervals = { resamples: 20, seed: 1 };
    const [clean, other] = [trajectory, spoilt].map(
      (read) => readLaw(read, { untilStep: 200, intervals }).predictions,
    );
    expect(other).toEqual(clean);
  });

  it('puts intervals around our law where they are asked for', () => {
    const [own] = readLaw(trajectory, { untilStep: 200, intervals: { resamples: 20, seed: 0 } }).predictions;
    const end = own!.at.at(-1)!;
    expect(end.low95!).toBeLessThanOrEqual(end.low50!);
    expect(end.high50!).toBeLessThanOrEqual(end.high95!);
    expect(readLaw(trajectory, { untilStep: 200 }).predictions[0]!.at[0]).not.toHaveProperty('low95');
  });

  it('says why our law was not fitted, and still has the baselines that could be', () => {
    const reading = readLaw(trajectory, { untilStep: 20 });
    expect(reading.problem?.code).toBe('input.invalid');
    expect(reading.predictions.map(({ method }) => method)).toContain('lastValue');
    expect(reading.predictions.map(({ method }) => method)).not.toContain('temporal');
    expect(reading.parameters[0]!.curve).toEqual([]);
  });

  it('knows no truth of a run that is still under way', () => {
    const live = { ...trajectory, points: trajectory.points.slice(0, 22) };
    expect(readLaw(live, { untilStep: 150 }).truth).toBeNull();
    expect(readLaw(live, { untilStep: 150 }).horizon).toBe(1e6);
  });

  it('has a grid that begins and ends where it is told', () => {
    const grid = tokenGrid(100, 1e4, 5);
    expect(grid[0]).toBeCloseTo(100, 9);
    expect(grid.at(-1)).toBe(1e4);
    expect(tokenGrid(10, 10, 5)).toEqual([10]);
  });
});
