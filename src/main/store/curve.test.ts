import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MetricPoint } from '../../shared/run/metrics.ts';
import { openStore, type Store } from './store.ts';
import { newRun, point, reasonOf, temporaryFolder } from './testSupport.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
beforeAll(() => {
  folder = temporaryFolder();
  store = openStore(folder.path);
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

const runWith = (points: readonly MetricPoint[]): string => {
  const run = store.runs.create(newRun());
  store.metrics.append(run, points);
  return run;
};
const metric = 'train/loss';

describe('curves', () => {
  it('is the points themselves while they are few', () => {
    const run = runWith([point(1, 3), point(2, Number.NaN), point(5, 2)]);
    expect(store.metrics.curve({ run, metric, axis: 'tokens', points: 3 })).toEqual({
      metric,
      axis: 'tokens',
      x: [96, 192, 480],
      last: [3, Number.NaN, 2],
      min: [3, Number.NaN, 2],
      max: [3, Number.NaN, 2],
      steps: [1, 2, 5],
    });
  });

  it('keeps a spike of one point among ten thousand, at any width', () => {
    const run = runWith(Array.from({ length: 10_000 }, (_, step) => point(step, step === 7777 ? 1000 : 1)));
    for (const points of [2, 3, 10, 799, 800]) {
      const curve = store.metrics.curve({ run, metric, points });
      expect(Math.max(...curve.max)).toBe(1000);
      expect(curve.x.length).toBeLessThanOrEqual(points);
      expect(curve.x.length).toBeGreaterThan(points / 2);
    }
  });

  it('shows a bucket of nothing but NaN as NaN, and infinities as they are', () => {
    const values = [1, ...Array<number>(50).fill(Number.NaN), Number.POSITIVE_INFINITY, 2, 3];
    const run = runWith(values.map((value, step) => point(step, value)));
    const curve = store.metrics.curve({ run, metric, points: 8 });
    expect(curve.max[2]).toBeNaN();
    expect(curve.last[2]).toBeNaN();
    expect(Math.max(...curve.max.filter((value) => !Number.isNaN(value)))).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes the range first and buckets second: zooming in shows every point', () => {
    const run = runWith(Array.from({ length: 5000 }, (_, step) => point(step, step)));
    const curve = store.metrics.curve({ run, metric, points: 100, from: 1000, to: 1050 });
    expect(curve.last).toEqual(Array.from({ length: 51 }, (_, index) => 1000 + index));
    const bySeconds = store.metrics.curve({ run, metric, axis: 'seconds', points: 10, from: 100, to: 200 });
    expect(bySeconds.steps[0]).toBe(200);
    expect(bySeconds.steps.at(-1)).toBe(400);
  });

  it('buckets evenly in log x for a logarithmic axis', () => {
    const run = runWith(Array.from({ length: 10_001 }, (_, step) => point(step, step)));
    const curve = store.metrics.curve({ run, metric, points: 42, logX: true });
    expect(curve.x[0]).toBe(0);
    expect(curve.x.at(-1)).toBe(10_000);
    // Four decades over 40 buckets: ten to a decade, where steps are dense enough to fill them.
    for (const [low, high] of [
      [100, 1000],
      [1000, 10_000],
    ] as const) {
      expect(curve.x.filter((x) => x > low * 1.001 && x <= high * 1.001)).toHaveLength(10);
    }
  });

  it('draws an earlier branch when asked', () => {
    const run = runWith([point(1, 1), point(2, 2), point(3, 3)]);
    store.branches.at(run, 1);
    store.metrics.append(run, [point(2, 20)]);
    expect(store.metrics.curve({ run, metric }).last).toEqual([1, 20]);
    expect(store.metrics.curve({ run, metric, branch: 1 }).last).toEqual([2, 3]);
  });

  it('loses no point where x runs backwards, as seconds may after a late point', () => {
    const points = Array.from({ length: 400 }, (_, step) => ({
      ...point(step, step),
      seconds: (step * 7919) % 400,
    }));
    const run = runWith(points);
    for (const width of [2, 7, 100]) {
      const curve = store.metrics.curve({ run, metric, axis: 'seconds', points: width });
      expect(curve.x.length).toBeLessThanOrEqual(width);
      expect([Math.min(...curve.min), Math.max(...curve.max)]).toEqual([0, 399]);
    }
  });

  it('refuses fewer than two points', async () => {
    const run = runWith([point(1, 1)]);
    expect((await reasonOf(() => store.metrics.curve({ run, metric, points: 1 }))).code).toBe(
      'input.invalid',
    );
  });

  it('agrees with a plain reckoning on any series', () => {
    const series = fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 50 }),
        value: fc.oneof(fc.double(), fc.constant(Number.NaN)),
      }),
      { minLength: 1, maxLength: 120 },
    );
    const axis = fc.constantFrom('step' as const, 'tokens' as const, 'flops' as const, 'seconds' as const);
    fc.assert(
      fc.property(
        series,
        axis,
        fc.integer({ min: 2, max: 40 }),
        fc.boolean(),
        (gaps, chosen, width, logX) => {
          let step = 0;
          const points = gaps.map(({ gap, value }) => {
            step += gap;
            return point(step, value);
          });
          const run = runWith(points);
          const curve = store.metrics.curve({ run, metric, axis: chosen, points: width, logX });
          expect(curve.x.length).toBeLessThanOrEqual(width);
          expect(curve.steps[0]).toBe(points[0]!.step);
          expect(curve.steps.at(-1)).toBe(points.at(-1)!.step);
          let begin = 0;
          curve.steps.forEach((lastStep, bucket) => {
            const end = points.findIndex((candidate) => candidate.step === lastStep) + 1;
            expect(end).toBeGreaterThan(begin); // in order of x, and no bucket is empty
            const members = points.slice(begin, end);
            const numbers = members.map(({ value }) => value).filter((value) => !Number.isNaN(value));
            const none = numbers.length === 0;
            // `+ 0`: SQLite may answer 0 for -0 among equals, which no curve can show.
            expect(curve.min[bucket]! + 0).toBe(none ? Number.NaN : Math.min(...numbers) + 0);
            expect(curve.max[bucket]! + 0).toBe(none ? Number.NaN : Math.max(...numbers) + 0);
            expect(curve.last[bucket]! + 0).toBe(members.at(-1)!.value + 0);
            expect(curve.x[bucket]).toBe(members.at(-1)![chosen === 'step' ? 'step' : chosen]);
            begin = end;
          });
          expect(begin).toBe(points.length); // every point is in a bucket
        },
      ),
      { numRuns: 200 },
    );
  });
});
