import { describe, expect, it } from 'vitest';
import { countArchitecture } from '../src/shared/architecture/counts.ts';
import { benchmarkModel } from './models.ts';

describe('the model of train-step/moe', () => {
  const { shape, alternatives, measuredFlops, theoreticalFlops } = benchmarkModel('moe');
  const tokens = shape.batch * shape.context;
  const [tripled, width, expertWidth, layers] = [3, 256, 384, shape.architecture.blocks[0]!.repeat];
  const expertFlops = (rows: number) => tripled * 3 * 2 * rows * width * expertWidth * layers;

  it('multiplies 1.25 times the routed tokens, and says so', () => {
    expect(measuredFlops - theoreticalFlops).toBe(expertFlops(0.25 * 2 * tokens));
  });

  it('is in theory what the document counts as active, less masked attention', () => {
    const { activeForward, attentionScores } = countArchitecture(shape.architecture, {
      context: shape.context,
    }).flopsPerToken;
    const active = 3 * activeForward * tokens;
    expect(theoreticalFlops).toBeLessThanOrEqual(active * 1.01);
    expect(theoreticalFlops).toBeGreaterThanOrEqual((active - 1.5 * attentionScores * tokens) * 0.97);
  });

  it('has a dense dispatch beside it, of 16 experts a token', () => {
    expect(alternatives.map(({ peer }) => peer)).toEqual(['own-dense-dispatch']);
    const ffns = alternatives[0]!.shape.architecture.blocks.map(({ ffn }) => ffn);
    expect(ffns.every((ffn) => 'dispatch' in ffn && ffn.dispatch === 'dense')).toBe(true);
  });
});
