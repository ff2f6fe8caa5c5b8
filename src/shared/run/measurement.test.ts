import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runConfigurationSchema } from './configuration.ts';
import { measurementSteps, planMeasurement } from './measurement.ts';

const configuration = (changes: object) =>
  runConfigurationSchema.parse({ data: [{ name: 'a' }], steps: 1000, batch: 8, ...changes });

describe('measurementSteps', () => {
  it('are ascending whole steps, as many as asked where the run has them, the last included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 300 }), (steps, points) => {
        const chosen = measurementSteps(steps, points);
        expect(chosen.at(-1)).toBe(steps);
        expect(chosen[0]).toBeGreaterThanOrEqual(1);
        expect(chosen.every((step, at) => at === 0 || step > chosen[at - 1]!)).toBe(true);
        expect(chosen.length).toBeLessThanOrEqual(points);
        expect(chosen.length).toBeGreaterThanOrEqual(Math.min(points, steps) * 0.9 - 1);
      }),
    );
  });

  it('are dense early on a logarithmic axis and even late', () => {
    const steps = measurementSteps(1000, 20);
    expect(steps.filter((step) => step <= 30).length).toBeGreaterThanOrEqual(4);
    const late = steps.filter((step) => step >= 300);
    expect(Math.max(...late.slice(1).map((step, at) => step - late[at]!))).toBeLessThanOrEqual(100);
  });
});

describe('planMeasurement', () => {
  it('keeps the forward passes within the share of the compute that is allowed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 4 }),
        (steps, points, maximumShare, more) => {
          const sets = Array.from({ length: more }, (_, at) => `set-${at}`);
          const plan = planMeasurement(
            configuration({ steps, measure: { points, sequences: 500, maximumShare, sets } }),
          );
          const passes = plan.steps.length * plan.batches * (1 + more);
          // The last step is measured, whatever it costs.
          if (plan.steps.length > 1) expect(passes).toBeLessThanOrEqual(maximumShare * 3 * steps);
          expect(plan.steps.at(-1)).toBe(steps);
        },
      ),
    );
  });

  it('takes the sequences asked for where they are affordable, and none with 0 points', () => {
    const plan = planMeasurement(configuration({ measure: { points: 20, sequences: 20, maximumShare: 1 } }));
    expect(plan).toMatchObject({ batches: 3 });
    expect(plan.steps).toHaveLength(20);
    expect(planMeasurement(configuration({ measure: { points: 0 } })).steps).toEqual([]);
  });

  it('gives up sequences before steps', () => {
    // 0.05 * 3 * 1000 = 150 passes: 40 points with three batches each.
    expect(planMeasurement(configuration({})).batches).toBe(3);
    const tight = planMeasurement(configuration({ measure: { maximumShare: 0.005 } }));
    expect([tight.steps.length, tight.batches]).toEqual([15, 1]);
  });
});
