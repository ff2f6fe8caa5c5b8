import { describe, expect, it } from 'vitest';
import type { LayerProbe, Probe } from '../../shared/run/probe.ts';
import {
  activeExperts,
  choiceMap,
  chosenLayers,
  imbalance,
  layerLines,
  routerEntropy,
  uniformEntropy,
} from './probeLines.ts';

const layer = (index: number, entropy: number | null, choiceShare: number[] | null): LayerProbe =>
  ({
    layer: index,
    kind: 'moe',
    experts:
      choiceShare === null
        ? null
        : {
            count: choiceShare.length,
            groups: 1,
            activeMean: 2,
            routing: { choiceShare, routerEntropy: entropy, maxOverMean: 1.5 },
          },
  }) as unknown as LayerProbe;
const probes: Probe[] = [
  { step: 0, tokens: 8, layers: [layer(0, 1.2, [0.5, 0.5, 0.5, 0.5]), layer(1, null, null)] },
  { step: 50, tokens: 8, layers: [layer(0, 1.1, [1, 1, 0, 0]), layer(1, null, null)] },
];

describe('probes over training', () => {
  it('are a line for each layer that has the figure', () => {
    expect(layerLines(probes, routerEntropy)).toEqual([{ layer: 1, kind: 'moe', x: [0, 50], y: [1.2, 1.1] }]);
    expect(layerLines(probes, activeExperts)[0]?.y).toEqual([2, 2]);
    expect(layerLines(probes, imbalance)[0]?.y).toEqual([1.5, 1.5]);
    expect(layerLines([], activeExperts)).toEqual([]);
  });
  it('know the entropy of a router that prefers none', () => {
    expect(uniformEntropy(probes)).toBeCloseTo(Math.log(4));
    expect(uniformEntropy([{ step: 0, tokens: 1, layers: [layer(0, null, [1])] }])).toBeNull();
  });
  it('lay the choices of a layer out by expert and step', () => {
    expect(chosenLayers(probes)).toEqual([0]);
    expect(choiceMap(probes, 0)).toEqual({
      steps: [0, 50],
      experts: ['1', '2', '3', '4'],
      values: [
        [0.5, 1],
        [0.5, 1],
        [0.5, 0],
        [0.5, 0],
      ],
    });
    expect(choiceMap(probes, 1)).toBeNull();
  });
});
