import { expect, test } from 'vitest';
import type { LayerProbe, Probe } from '../../shared/run/probe.ts';
import { loadOverSteps, nearestProbe, seriesOfLayers } from './overTraining.ts';
import { tableText } from './tableText.ts';

const layer = (index: number, load: number[] | null): LayerProbe => ({
  layer: index,
  kind: load === null ? 'dense' : 'moe',
  nsar: { '0.1': index / 10 },
  nsarTimesUp: {},
  activationHistogram: { edges: [], counts: [] },
  experts:
    load === null
      ? null
      : {
          count: load.length,
          groups: 1,
          load,
          meanGate: load,
          gateDeviation: load,
          activeMean: 1,
          entropy: load[0]!,
          dead: [],
          gateHistogram: [],
        },
});
const probes: Probe[] = [
  { step: 0, tokens: 8, layers: [layer(0, null), layer(1, [0.5, 0.5])] },
  { step: 20, tokens: 8, layers: [layer(0, null), layer(1, [0.25, 0.75])] },
];

test('series of the layers that know the value', () => {
  expect(seriesOfLayers(probes, ({ experts }) => experts?.entropy)).toEqual([
    { layer: 1, kind: 'moe', steps: [0, 20], values: [0.5, 0.25] },
  ]);
  expect(seriesOfLayers(probes, ({ nsar }) => nsar['0.1'])).toHaveLength(2);
});

test('load by step, 1 being the uniform share', () => {
  expect(loadOverSteps(probes, 1)).toEqual({
    steps: [0, 20],
    groups: 1,
    values: [
      [1, 0.5],
      [1, 1.5],
    ],
  });
  expect(loadOverSteps(probes, 0)).toBeNull();
});

test('the nearest probe', () => {
  expect(nearestProbe(probes, null)?.step).toBe(20);
  expect(nearestProbe(probes, 7)?.step).toBe(0);
  expect(nearestProbe(probes, 900)?.step).toBe(20);
  expect(nearestProbe([], 1)).toBeUndefined();
});

test('tables as text: what would break a row is quoted', () => {
  const text = tableText({
    columns: ['token', 'loss'],
    rows: [
      ['a"b', 1],
      ['\n', null],
    ],
  });
  expect(text).toBe('token\tloss\n"a""b"\t1\n"\n"\t\n');
});
