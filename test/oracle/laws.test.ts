/** Fits of the temporal scaling law and its baselines against SciPy's on the same data (laws_scipy.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  a0Registry,
  a1Registry,
  a2Registry,
  curveBaselines,
  fitForm,
  fitMultiPower,
  fitPosition,
  type PositionLaw,
  type Schedule,
  type TemporalForm,
} from '../../src/shared/laws/index.ts';

interface Fixture {
  readonly schedule: Schedule;
  readonly tokens: number[];
  readonly positions: { readonly law: PositionLaw; readonly loss: number[]; readonly objective: number }[];
  readonly forms: {
    readonly form: string;
    readonly baseline: boolean;
    readonly series: number[];
    readonly objective: number;
  }[];
  readonly multiPower: { readonly tokens: number[]; readonly losses: number[]; readonly objective: number };
}

const file = join(import.meta.dirname, '../fixtures/laws-scipy.json');
const { schedule, tokens, positions, forms, multiPower } = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
const tolerance = 1e-4;

function expectEqual(ours: number, theirs: number): void {
  expect(Math.abs(ours / theirs - 1), `ours ${ours}, SciPy ${theirs}`).toBeLessThan(tolerance);
}

test.each(positions)('position law $law', ({ law, loss, objective }) => {
  expectEqual(fitPosition(loss, { positionLaw: law }).sse, objective);
});

describe('forms over tokens', () => {
  const temporal: Record<string, TemporalForm> = { ...a0Registry, ...a1Registry, ...a2Registry };
  const curves: Record<string, TemporalForm> = curveBaselines;
  test.each(forms)('$form, baseline: $baseline', ({ form, baseline, series, objective }) => {
    const found = (baseline ? curves : temporal)[form]!;
    expectEqual(fitForm(found, tokens, series, { schedule, options: {} }).objective, objective);
  });

  test('every form and curve is compared', () => {
    const compared = (baseline: boolean) =>
      new Set(forms.filter((one) => one.baseline === baseline).map((one) => one.form));
    expect([...compared(false)].sort()).toEqual(Object.keys(temporal).sort());
    expect([...compared(true), 'linearLog'].sort()).toEqual(Object.keys(curves).sort()); // linearLog is log, on fewer points
  });
});

test('multi-power law', () => {
  expectEqual(fitMultiPower(multiPower.tokens, multiPower.losses, schedule).objective, multiPower.objective);
});
