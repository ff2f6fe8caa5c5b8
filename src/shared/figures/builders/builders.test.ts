import { describe, expect, it } from 'vitest';
import { FinegrainError } from '../../errors.ts';
import { renderSvg } from '../svg.ts';
import { toCsv } from '../table.ts';
import { testCurve, testRun } from '../testRuns.ts';
import { loadFigure } from './load.ts';
import { lossFigure } from './loss.ts';
import { cellEdges, nsarFigure, nsarHeatmap } from './nsar.ts';

const style = { widthMm: 139, fontSize: 8 };
const dense = testRun({ run: 'r1', name: 'base' });
const finedeep = testRun({ run: 'r2', name: 'fine', reconstruction: true, experts: 8, groups: 2 });

/** Rows of a CSV without quoted fields, by column name. */
function rows(csv: string): Record<string, string>[] {
  const [header, ...lines] = csv.trimEnd().split('\r\n');
  const names = header!.split(',');
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((value, index) => [names[index]!, value])),
  );
}

describe('loss', () => {
  it('marks a reconstruction in the legend, and only it', () => {
    const { figure } = lossFigure([dense, finedeep], style);
    expect(figure.legend.map((entry) => entry.label)).toEqual([
      'base',
      'fine (reconstruction)',
      'training, every step',
      'validation',
      'unigram entropy',
    ]);
  });

  it('tells two runs of one name apart by their ids', () => {
    const twin = { ...dense, run: 'r9' };
    const { figure } = lossFigure([dense, twin], style);
    expect(figure.legend.slice(0, 2).map((entry) => entry.label)).toEqual(['base (r1)', 'base (r9)']);
  });

  it('draws one entropy line where runs share their tokens, and one for each where not', () => {
    const other = testRun({ run: 'r5', name: 'other', unigramEntropy: 6 });
    const lines = (runs: Parameters<typeof lossFigure>[0]): number =>
      lossFigure(runs, style).figure.panels[0]!.marks.filter((mark) => mark.kind === 'reference').length;
    expect(lines([dense, finedeep])).toBe(1);
    expect(lines([dense, other])).toBe(2);
    expect(lines([testRun({ run: 'r6', name: 'unknown', unigramEntropy: null })])).toBe(0);
  });

  it('lets one wild spike leave the axes, and says so', () => {
    const steps = Array.from({ length: 400 }, (_, index) => index + 1);
    const values = steps.map((step) => (step === 200 ? 1e6 : 3 + 1 / step));
    const wild = { ...dense, training: testCurve('train/loss', steps, values), validation: null };
    const { figure } = lossFigure([wild], style, { halfLife: 1e-3 });
    // The smoothed curve follows the spike at this half-life, so it must be in view.
    expect(figure.panels[0]!.y.domain![1]).toBeGreaterThan(1e6);
    const tame = lossFigure([wild], style, { halfLife: 1e9 });
    expect(tame.figure.panels[0]!.y.domain![1]).toBeLessThan(1e5);
    expect(tame.figure.description).toContain('1 of them outside the axes');
  });

  it('survives a NaN in the curve', () => {
    const broken = { ...dense, training: testCurve('train/loss', [1, 2, 3], [5, Number.NaN, 4]) };
    expect(renderSvg(lossFigure([broken], style).figure)).not.toContain('NaN');
  });

  it('gives every number as CSV, in full', () => {
    const data = rows(toCsv(lossFigure([dense], style).table));
    const training = data.filter((row) => row.series === 'training');
    expect(training.map((row) => Number(row['loss (nats/token)']))).toEqual(dense.training!.last);
    expect(training.map((row) => Number(row.tokens))).toEqual(dense.training!.x);
    expect(
      data.filter((row) => row.series === 'unigram entropy').map((row) => row['loss (nats/token)']),
    ).toEqual(['5.5']);
  });

  it('refuses a run that has no loss yet, by name', () => {
    expect(() => lossFigure([{ ...dense, training: null }], style)).toThrow('Run r1 has no training loss');
  });
});

describe('nsar', () => {
  it('names the definition as ours, with its threshold, and shows the sweep beside it', () => {
    const svg = renderSvg(nsarFigure([dense, finedeep], { widthMm: 183, fontSize: 7 }).figure);
    expect(svg).toContain('NSAR (our definition, tau = 0.1)');
    expect(svg).toContain('Threshold tau');
    expect(svg).toContain('fine (reconstruction)');
  });

  it('draws the newest probe unless a step is given', () => {
    const values = (step?: number): readonly (number | null)[] => {
      const mark = nsarFigure([dense], style, 0.1, step).figure.panels[0]!.marks[0]!;
      return mark.kind === 'line' ? mark.y : [];
    };
    expect(values()).toEqual(dense.probes[2]!.layers.map((layer) => layer.nsar['0.1']));
    expect(values(10)).toEqual(dense.probes[0]!.layers.map((layer) => layer.nsar['0.1']));
    expect(() => values(11)).toThrow('no probe at step 11');
  });

  it('refuses a threshold that was not measured, with those that were', () => {
    const attempt = (): unknown => nsarFigure([dense], style, 0.3);
    expect(attempt).toThrow('Threshold 0.3 was not measured in run r1');
    try {
      attempt();
    } catch (error) {
      expect((error as FinegrainError).hint).toContain('0.01, 0.05, 0.1, 0.2, 0.5');
    }
  });

  it('gives cells borders half-way between probes', () => {
    expect(cellEdges([10, 20, 40])).toEqual([5, 15, 30, 50]);
    expect(cellEdges([7])).toEqual([6.5, 7.5]);
    const { figure } = nsarHeatmap(finedeep, style);
    expect(figure.panels[0]!.colours!.domain[0]).toBeLessThan(figure.panels[0]!.colours!.domain[1]);
  });

  it('refuses a run without probes', () => {
    expect(() => nsarFigure([{ ...dense, probes: [] }], style)).toThrow('Run r1 has no probe yet');
  });
});

describe('load', () => {
  it('calls the share of a method that switches nothing off a mean-gate share', () => {
    expect(loadFigure(finedeep, style).figure.panels[0]!.y.label).toBe('Mean-gate share');
    const probe = finedeep.probes[2]!;
    const layers = probe.layers.map((layer) => ({
      ...layer,
      experts: { ...layer.experts!, activeMean: 2, load: [0.5, 0.5, 0, 0, 0, 0, 0, 0] },
    }));
    const routed = { ...finedeep, probes: [{ ...probe, layers }] };
    expect(loadFigure(routed, style).figure.panels[0]!.y.label).toBe('Share of gate weight');
  });

  it('groups by sub-layer and draws the uniform share', () => {
    const panel = loadFigure(finedeep, style).figure.panels[0]!;
    expect(panel.x.groups!.map((group) => group.label)).toEqual(['sub-layer 1', 'sub-layer 2']);
    expect(panel.marks.find((mark) => mark.kind === 'reference')).toMatchObject({ y: 1 / 8 });
  });

  it('turns into a field where bars would not fit', () => {
    const large = testRun({ run: 'r7', name: 'large', layers: 12, experts: 32, groups: 4 });
    const { figure, table } = loadFigure(large, style);
    expect(figure.panels).toHaveLength(1);
    expect(figure.panels[0]!.colours!.label).toBe('Mean-gate share over uniform share');
    expect(table.rows).toHaveLength(12 * 32);
  });

  it('refuses a run without experts', () => {
    expect(() => loadFigure(dense, style)).toThrow(FinegrainError);
    expect(() => loadFigure(dense, style)).toThrow('Run r1 has no experts');
  });
});
