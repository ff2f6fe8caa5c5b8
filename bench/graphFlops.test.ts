import { describe, expect, it } from 'vitest';
import { countArchitecture } from '../src/shared/architecture/counts.ts';
import { findPreset } from '../src/shared/architecture/presets.ts';
import { matrixProductFlops } from './graphFlops.ts';

describe('FLOPs of a recorded step', () => {
  it.each(['dense', 'finedeep', 'dsmoe'])(
    '%s: between the causal half of attention and all of it',
    (kind) => {
      const { architecture } = findPreset(`${kind}-0.3m`)!;
      const shape = { batch: 2, context: 64 };
      const tokens = shape.batch * shape.context;
      const { training, attentionScores } = countArchitecture(architecture, { context: 64 }).flopsPerToken;
      const counted = matrixProductFlops(architecture, shape);
      // Gates and their scores may be taken by other means than the count assumes: 3 % of room.
      expect(counted).toBeLessThanOrEqual(training * tokens * 1.03);
      expect(counted).toBeGreaterThanOrEqual((training - 1.5 * attentionScores) * tokens * 0.97);
    },
  );
});
