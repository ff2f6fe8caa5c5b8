import { describe, expect, it } from 'vitest';
import type { LayerProbe, Probe } from '../../shared/run/probe.ts';
import { expertLabel, loadMap, nsarMap, probeAt, thresholdsOf } from './probeMaps.ts';

function layer(index: number, nsar: Record<string, number>, load: number[] | null, groups = 1): LayerProbe {
  return {
    layer: index,
    kind: 'finedeep',
    nsar,
    nsarTimesUp: nsar,
    activationHistogram: { edges: [], counts: [] },
    experts:
      load === null
        ? null
        : {
            count: load.length,
            groups,
            load,
            meanGate: load,
            gateDeviation: load,
            activeMean: load.length,
            entropy: 1,
            dead: [],
            gateHistogram: [],
          },
  } as LayerProbe;
}

const probes: Probe[] = [
  {
    step: 0,
    tokens: 8,
    layers: [layer(0, { '0.1': 0.2 }, [0.25, 0.75]), layer(1, { '0.1': 0.3 }, [0.5, 0.5])],
  },
  {
    step: 50,
    tokens: 8,
    layers: [layer(0, { '0.1': 0.4, '0.05': 0.6 }, [0.5, 0.5]), layer(1, { '0.1': 0.5 }, null)],
  },
];

describe('maps of probes', () => {
  it('lays NSAR out by layer and step, with gaps where it was not measured', () => {
    expect(nsarMap(probes, '0.1')).toEqual({
      steps: [0, 50],
      layers: [1, 2],
      values: [
        [0.2, 0.4],
        [0.3, 0.5],
      ],
    });
    expect(nsarMap(probes, '0.05').values).toEqual([
      [null, 0.6],
      [null, null],
    ]);
    expect(thresholdsOf(probes)).toEqual(['0.05', '0.1']);
  });
  it('shows load against the uniform share', () => {
    expect(loadMap(probes[0]!.layers)).toEqual({
      layers: [1, 2],
      experts: ['1', '2'],
      values: [
        [0.5, 1.5],
        [1, 1],
      ],
    });
    expect(loadMap([layer(0, {}, null)])).toBeNull();
    expect(loadMap([layer(0, {}, [1], 1), layer(1, {}, [0.5, 0.5], 2)])?.values).toEqual([
      [1, null],
      [1, 1],
    ]);
  });
  it('names experts by sub-layer and place', () => {
    expect([0, 3, 4, 7].map((index) => expertLabel(index, 8, 2))).toEqual(['1.1', '1.4', '2.1', '2.4']);
    expect(expertLabel(7, 8, 1)).toBe('8');
  });
  it('finds the probe at or before a step', () => {
    expect(probeAt(probes, null)?.step).toBe(50);
    expect(probeAt(probes, 49)?.step).toBe(0);
  });
});
