import { describe, expect, it } from 'vitest';
import { emptyFigure, freshName, movePanel, rulerTicks, withoutPanel, withPanel } from './figures.ts';

const panel = (run: string) => ({ kind: 'loss' as const, runs: [run], span: 1, options: {} });

describe('a figure on the page', () => {
  it('gets panels, changes one, moves it, loses one', () => {
    let document = emptyFigure('F');
    for (const run of ['a', 'b', 'c']) document = withPanel(document, panel(run));
    const runs = () => document.panels.map(({ runs: [run] }) => run);
    document = movePanel(document, 2, -1);
    expect(runs()).toEqual(['a', 'c', 'b']);
    expect(movePanel(document, 0, -1)).toBe(document);
    expect(movePanel(document, 2, 1)).toBe(document);
    document = withPanel(document, panel('d'), 0);
    expect(runs()).toEqual(['d', 'c', 'b']);
    document = withoutPanel(document, 1);
    expect(runs()).toEqual(['d', 'b']);
  });

  it('is called by the first number that is free', () => {
    expect(freshName([])).toBe('Figure 1');
    expect(freshName(['Figure 1', 'Figure 3', 'mine'])).toBe('Figure 2');
  });
});

it('rulers number every tenth millimetre', () => {
  const ticks = rulerTicks(77.4);
  expect(ticks).toHaveLength(78);
  expect(ticks.filter(({ rank }) => rank === 2).map(({ mm }) => mm)).toEqual([0, 10, 20, 30, 40, 50, 60, 70]);
  expect(ticks[5]).toEqual({ mm: 5, rank: 1 });
});
