import { describe, expect, it } from 'vitest';
import { pickToken, randomFrom } from './sampling.ts';

const logits = Float32Array.from([0, 2, 1, -5]);

function shares(options: { temperature: number; topK?: number }, draws = 20_000): number[] {
  const random = randomFrom(7);
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < draws; draw++) counts[pickToken(logits, options, random)]!++;
  return counts.map((count) => count / draws);
}

describe('pickToken', () => {
  it('takes the largest logit at temperature 0 and at k = 1', () => {
    expect(shares({ temperature: 0 }, 20)).toEqual([0, 1, 0, 0]);
    expect(shares({ temperature: 1, topK: 1 }, 20)).toEqual([0, 1, 0, 0]);
  });

  it('follows the softmax', () => {
    const exps = [...logits].map((logit) => Math.exp(logit / 0.7));
    const total = exps.reduce((sum, value) => sum + value, 0);
    const found = shares({ temperature: 0.7 });
    exps.forEach((value, id) => {
      expect(found[id]).toBeCloseTo(value / total, 1.7);
    });
  });

  it('never leaves the k most likely', () => {
    const found = shares({ temperature: 5, topK: 2 });
    expect([found[0], found[3]]).toEqual([0, 0]);
    expect(found[2]).toBeGreaterThan(0.2);
  });

  it('survives large logits', () => {
    expect(pickToken(Float32Array.from([900, -900]), { temperature: 0.01 }, () => 0.999)).toBe(0);
  });

  it('gives the same tokens for the same seed', () => {
    const draw = (seed: number) => {
      const random = randomFrom(seed);
      return Array.from({ length: 50 }, () => pickToken(logits, { temperature: 2 }, random));
    };
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });
});
