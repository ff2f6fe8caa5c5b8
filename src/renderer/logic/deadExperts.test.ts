import { expect, it } from 'vitest';
import type { Probe } from '../../shared/run/probe.ts';
import { deadAtEnd, deadText, watchDead } from './deadExperts.ts';

const probe = (step: number, ...dead: number[][]): Probe =>
  ({
    step,
    layers: dead.map((experts, layer) => ({ layer, experts: { dead: experts } })),
  }) as unknown as Probe;

it('speaks at the second probe running, and once', () => {
  const first = watchDead(undefined, probe(10, [0, 3], []));
  expect(first.news).toEqual([]);
  const second = watchDead(first.watch, probe(20, [3], [1]));
  expect(second.news).toEqual([{ layer: 1, experts: [4] }]);
  const third = watchDead(second.watch, probe(30, [3], [1]));
  expect(third.news).toEqual([{ layer: 2, experts: [2] }]);
  expect(watchDead(third.watch, probe(40, [3], [1])).news).toEqual([]);
});

it('begins again when the run was taken back', () => {
  const { watch } = watchDead(undefined, probe(20, [0]));
  const again = watchDead(watch, probe(10, [0]));
  expect(again.news).toEqual([]);
  expect(watchDead(again.watch, probe(20, [0])).news).toEqual([{ layer: 1, experts: [1] }]);
});

it('knows layers without experts', () => {
  const plain = { step: 1, layers: [{ layer: 0, experts: null }] } as unknown as Probe;
  expect(watchDead(undefined, plain).news).toEqual([]);
});

it('stays short', () => {
  expect(deadText([{ layer: 1, experts: [1, 2, 3, 4, 5, 6, 7, 8] }])).toBe(
    'layer 1: 1, 2, 3, 4, 5, 6 and 2 more',
  );
  const layers = [1, 2, 3, 4, 5, 6].map((layer) => ({ layer, experts: [1] }));
  expect(deadText(layers)).toBe('layer 1: 1; layer 2: 1; layer 3: 1; layer 4: 1; and in 2 more layers');
});

it('judges a run by its last two probes', () => {
  expect(deadAtEnd([])).toEqual([]);
  expect(deadAtEnd([probe(10, [1])])).toEqual([]);
  expect(deadAtEnd([probe(10, [5]), probe(20, [0, 3], [2]), probe(30, [3, 4], [2])])).toEqual([
    { layer: 1, experts: [4] },
    { layer: 2, experts: [3] },
  ]);
});
