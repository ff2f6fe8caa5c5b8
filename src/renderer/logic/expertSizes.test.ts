import { describe, expect, it } from 'vitest';
import { ffnKinds, ffnMethod } from '../../shared/methods/ffn/index.ts';
import {
  chosenChoices,
  countChoices,
  nextChoice,
  sizesOf,
  widthChoices,
  withChosen,
  withCount,
  withSizes,
  withWidth,
} from './expertSizes.ts';

const sizes = { count: 8, width: 64, chosen: 2 };

describe('sizes of experts', () => {
  it('are read and written for every kind that chooses among equal experts', () => {
    const kinds = ffnKinds.filter((kind) => sizesOf(ffnMethod(kind).defaults(384)) !== null);
    expect(kinds).toEqual(['cartesianmoe', 'maskmoe', 'moe', 'topp', 'hash', 'random', 'llamamoe']);
    for (const kind of kinds) {
      const ffn = ffnMethod(kind).defaults(384);
      expect(withSizes(ffn, sizesOf(ffn)!)).toEqual(ffn);
      const changed = withSizes(ffn, { count: 6, width: 40, chosen: 3 });
      expect(sizesOf(changed)).toEqual({ count: 6, width: 40, chosen: 3 });
    }
  });

  it('leave an FFN as it was where they break a rule', () => {
    const ffn = ffnMethod('moe').defaults(384);
    expect(withSizes(ffn, { count: 0, width: 1.5, chosen: 1 })).toBe(ffn);
  });

  it('keep the units of all experts', () => {
    expect(countChoices(sizes, 'total')).toEqual([1, 2, 4, 8, 16, 32, 64, 128]);
    expect(withCount(sizes, 15, 'total')).toEqual({ count: 16, width: 32, chosen: 4 });
    expect(withWidth(sizes, 130, 'total')).toEqual({ count: 4, width: 128, chosen: 1 });
    expect(withCount(sizes, 1, 'total')).toEqual({ count: 1, width: 512, chosen: 1 });
  });

  it('keep the units that a token runs', () => {
    expect(withCount(sizes, 20, 'active')).toEqual({ count: 20, width: 64, chosen: 2 });
    expect(countChoices(sizes, 'active')[0]).toBe(2);
    expect(withWidth(sizes, 30, 'active')).toEqual({ count: 8, width: 32, chosen: 4 });
    expect(withWidth(sizes, 8, 'active')).toEqual({ count: 16, width: 8, chosen: 16 });
    expect(withChosen(sizes, 4, 'active')).toEqual({ count: 8, width: 32, chosen: 4 });
    expect(chosenChoices({ ...sizes, width: 9 }, 'active')).toEqual([1, 2, 3, 6]);
  });

  it('change alone where nothing is kept', () => {
    expect(withCount(sizes, 1, 'rest')).toEqual({ count: 1, width: 64, chosen: 1 });
    expect(withWidth(sizes, 65, 'rest')).toEqual({ count: 8, width: 65, chosen: 2 });
    expect(withChosen(sizes, 99, 'rest')).toEqual({ count: 8, width: 64, chosen: 8 });
    expect(widthChoices(sizes, 'rest')).toHaveLength(256);
  });

  it('step from choice to choice', () => {
    expect(nextChoice([1, 2, 4], 2, 1)).toBe(4);
    expect(nextChoice([1, 2, 4], 4, 1)).toBe(4);
    expect(nextChoice([1, 2, 4], 3, -1)).toBe(2);
  });
});
