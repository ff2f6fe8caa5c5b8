import { describe, expect, it } from 'vitest';
import { lossScale, luminance, tokenColours, visibleToken } from './tokenColour.ts';

const token = (loss: number) => ({ token: 'x', id: 1, logProbability: -loss });

describe('tokens coloured by loss', () => {
  it('scales to the worst twentieth, and at least to one nat', () => {
    expect(
      lossScale([
        ...Array(99)
          .fill(0)
          .map(() => token(3)),
        token(50),
      ]),
    ).toBe(3);
    expect(lossScale([token(0.1)])).toBe(1);
    expect(lossScale([])).toBe(1);
  });
  it('keeps text readable on every colour of the scale', () => {
    for (let loss = 0; loss <= 4; loss += 0.05) {
      const { background, text } = tokenColours(loss, 4);
      const [light, dark] = [luminance(background), luminance(text)].sort((a, b) => b - a) as [
        number,
        number,
      ];
      expect((light + 0.05) / (dark + 0.05)).toBeGreaterThan(4.5);
    }
  });
  it('shows white space', () => {
    expect(visibleToken(' the\n')).toBe('·the⏎');
  });
});
