import { describe, expect, it } from 'vitest';
import {
  dropPlace,
  emptyFigure,
  freshName,
  missingOptions,
  movePanel,
  placePanel,
  rulerTicks,
  withoutPanel,
  withPanel,
} from './figures.ts';

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

  it('puts a dragged panel where it is dropped', () => {
    let document = emptyFigure('F');
    for (const run of ['a', 'b', 'c', 'd']) document = withPanel(document, panel(run));
    const order = (at: number, to: number) =>
      placePanel(document, at, to)
        .panels.map(({ runs: [run] }) => run)
        .join('');
    expect([order(0, 3), order(3, 0), order(1, 2), order(2, 2), order(0, 4)]).toEqual([
      'bcda',
      'dabc',
      'acbd',
      'abcd',
      'abcd',
    ]);
    expect([5, 25, 65, 99].map((y) => dropPlace([10, 30, 50, 70], 1, y))).toEqual([0, 1, 2, 3]);
  });

  it('asks for what a kind cannot be drawn without', () => {
    expect(missingOptions({ kind: 'loss', options: {} })).toBeNull();
    expect(missingOptions({ kind: 'scatter', options: { fields: ['', 'loss'] } })).toContain('across and up');
    expect(missingOptions({ kind: 'parallel', options: { fields: ['width', 'loss'] } })).toBeNull();
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
