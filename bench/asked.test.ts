import { describe, expect, it } from 'vitest';
import { asked, standings } from './asked.ts';
import { tokenizer } from './tokenizer.ts';
import { trainStep } from './trainStep.ts';

const row = (name: string, peer: string, value: number, ratio: number | null) => ({
  name,
  peer,
  value,
  ratio,
  unit: 'ms',
});

describe('figures that were asked', () => {
  it('are all of results that the benchmarks give', () => {
    const names = [...trainStep.names, ...tokenizer.names];
    for (const { name } of asked) expect(names).toContain(name);
  });

  it('are met or missed, with the size of the miss, by the peer that was meant', () => {
    const found = standings([
      row('train-step/dense', 'tfjs-wasm', 400, 50),
      row('train-step/dense', 'pytorch-eager', 400, 1.1),
      row('train-step/dense', 'matmul-ceiling', 400, 0.6),
      row('train-step/finedeep', 'pytorch-eager', 400, 1.2),
      row('session-build/dense', 'none', 1.8, null),
    ]);
    expect(found.map(({ name, met, missedBy }) => [name, met, Number(missedBy.toFixed(3))])).toEqual([
      ['train-step/dense', true, 0],
      ['train-step/finedeep', false, 0.2],
      ['train-step/dense', false, 0.25],
      ['session-build/dense', false, 0.2],
    ]);
  });

  it('leaves out what was not measured', () => {
    expect(standings([row('train-step/dense', 'none', 400, null)])).toEqual([]);
  });
});
