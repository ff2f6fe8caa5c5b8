import { describe, expect, it } from 'vitest';
import { findPreset } from '../../shared/architecture/presets.ts';
import { layerShape } from '../../shared/methods/languageModel.ts';
import { costOf, type Divided, traded, tradeFamily, tradeTolerance } from './layoutTrade.ts';

const document = findPreset('finedeep-1m')!.architecture;
const ffn = document.blocks[0]!.ffn as Divided;
const shape = layerShape(document);

describe('trading depth against width', () => {
  it('keeps D, or lets it give way to routers and norms', () => {
    expect(traded(ffn, { groups: 8, perGroup: 6 }, 'width', 384, shape)!.width).toBe(384);
    const larger = findPreset('finedeep-10m')!.architecture; // d 320, D 960 in 2 x 4
    const wide = larger.blocks[0]!.ffn as Divided;
    const wideShape = layerShape(larger);
    const target = costOf(wide, 'parameters', wideShape);
    // 28 more router vectors and 10 more gains of d cost as much as 12.7 units of 3 d: 947 units, 36 x 26 at the nearest.
    expect(traded(wide, { groups: 12, perGroup: 3 }, 'parameters', target, wideShape)!.width).toBe(936);
  });

  it.each(['parameters', 'flops'] as const)('finds layouts at the same %s', (cost) => {
    const target = costOf(ffn, cost, shape);
    const family = tradeFamily(ffn, cost, target, shape);
    expect(family).toContainEqual({ groups: 2, perGroup: 4 });
    expect(family.length).toBeGreaterThan(10);
    for (const layout of family) {
      const found = traded(ffn, layout, cost, target, shape)!;
      expect(Math.abs(costOf(found, cost, shape) / target - 1)).toBeLessThanOrEqual(tradeTolerance);
      expect(found.width % (layout.groups * layout.perGroup)).toBe(0);
    }
  });

  it('offers no layout that is too coarse to come near', () => {
    expect(traded({ ...ffn, width: 8 }, { groups: 16, perGroup: 16 }, 'width', 8, shape)).toBeNull();
  });
});
