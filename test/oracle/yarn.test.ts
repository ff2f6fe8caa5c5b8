/** YaRN's frequencies against yarn_frequencies.py, which computes them from the paper's formulas on its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { yarn } from '../../src/shared/methods/position/yarn.ts';

interface Case {
  readonly base: number;
  readonly headSize: number;
  readonly originalContext: number;
  readonly scale: number;
  readonly amplitude: number;
  readonly rotations: readonly number[];
  readonly dimensions: readonly number[];
}

const file = join(import.meta.dirname, '../fixtures/yarn-frequencies.json');
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];

test.each(cases)('base $base, head size $headSize, $originalContext times $scale', (expected) => {
  const { base, headSize, originalContext, scale, amplitude } = expected;
  for (const ramp of ['rotations', 'dimensions'] as const) {
    const options = yarn.schema.parse({ kind: 'yarn', base, originalContext, scale, ramp });
    const rotation = yarn.rotation(options, { headSize });
    expect(rotation.amplitude).toBeCloseTo(amplitude, 12);
    expect(rotation.frequencies[0]).toHaveLength(headSize / 2);
    for (const [pair, value] of rotation.frequencies[0]!.entries()) {
      expect(value / expected[ramp][pair]!, `${ramp}, pair ${pair}`).toBeCloseTo(1, 12);
    }
  }
});
