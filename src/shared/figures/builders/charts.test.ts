import { describe, expect, it } from 'vitest';
import { FinegrainError } from '../../errors.ts';
import type { Mark } from '../spec.ts';
import { testAttention, testFieldRuns, testReading } from '../testReadings.ts';
import { testRun } from '../testRuns.ts';
import { activationsFigure } from './activations.ts';
import { flowFigure } from './flow.ts';
import { gatesFigure } from './gates.ts';
import { loadFigure } from './load.ts';
import { expertStepsFigure, routingStepsFigure } from './overSteps.ts';
import { attentionFigure, headsFigure, nsarTokensFigure, tokenName } from './reading.ts';
import { parallelFigure, scatterFigure } from './runFields.ts';

const style = { widthMm: 139, fontSize: 8 };
const dense = testRun({ run: 'r1', name: 'dense' });
const moe = testRun({ run: 'r2', name: 'moe', experts: 4, routed: true });

function ofKind<Kind extends Mark['kind']>(marks: readonly Mark[], kind: Kind) {
  return marks.filter((mark): mark is Extract<Mark, { kind: Kind }> => mark.kind === kind);
}

describe('routing over training', () => {
  it('has a line for each layer of one run, with the entropy of a router that prefers none', () => {
    const { figure, table } = routingStepsFigure([moe], style);
    const [panel] = figure.panels;
    expect(ofKind(panel!.marks, 'reference')[0]?.y).toBeCloseTo(Math.log(4), 12);
    expect(figure.legend.map(({ label }) => label)).toEqual(['layer 1', 'layer 2', 'uniform']);
    const lines = ofKind(panel!.marks, 'line');
    expect(lines[0]!.x).toEqual([10, 20, 40]);
    expect(lines[0]!.y[2]).toBeCloseTo(0.9 * Math.log(4) - 0.2, 12);
    expect(table.rows).toHaveLength(6);
  });

  it('has the mean over layers of several runs, and no uniform line where experts are of two numbers', () => {
    const other = testRun({ run: 'r3', name: 'wide', experts: 8, routed: true });
    const { figure } = routingStepsFigure([moe, other], style, 'imbalance');
    const [first] = ofKind(figure.panels[0]!.marks, 'line');
    expect(first!.y.map((value) => Number(value!.toFixed(6)))).toEqual([1.25, 1.25, 1.25]);
    expect(routingStepsFigure([moe, other], style).figure.legend.map(({ label }) => label)).toEqual([
      'moe',
      'wide',
    ]);
  });

  it('refuses a run without experts, and a layer that does not say it, naming those that do', () => {
    expect(() => routingStepsFigure([dense], style)).toThrow(FinegrainError);
    expect(() => expertStepsFigure(moe, style, 'choice', 7)).toThrow('layer 8');
  });

  it('scales load by the number of experts, and leaves shares of choices as they are', () => {
    const cells = (quantity: 'load' | 'choice') =>
      ofKind(expertStepsFigure(moe, style, quantity, 1).figure.panels[0]!.marks, 'cells')[0]!.values;
    const experts = moe.probes[2]!.layers[1]!.experts!;
    expect(cells('load')[3]![2]).toBeCloseTo(experts.load[3]! * 4, 12);
    expect(cells('choice')[3]![2]).toBe(experts.routing!.choiceShare[3]);
  });
});

describe('experts at a probe', () => {
  it('choice shares stand against the mean number of experts a token runs over all', () => {
    const { figure, table } = loadFigure(moe, style, 40, 'choice');
    expect(ofKind(figure.panels[0]!.marks, 'reference')[0]!.y).toBe(1); // every expert of these is active
    expect(table.columns.map(({ name }) => name)).toContain('choice share');
    const older = testRun({ run: 'r4', name: 'soft', experts: 4 });
    expect(() => loadFigure(older, style, 40, 'choice')).toThrow('runs for every token');
  });

  it('gates: shares of the histogram sum to 1, the threshold is an upright line', () => {
    const { figure } = gatesFigure({ ...moe, thresholds: [null, 0.4] }, style, undefined, 1);
    const [histogram, means] = figure.panels;
    const [bars] = ofKind(histogram!.marks, 'bars');
    expect(bars!.y.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(ofKind(histogram!.marks, 'line')[0]!.x).toEqual([0.4, 0.4]);
    expect(ofKind(means!.marks, 'bars')[0]!.y).toEqual(moe.probes[2]!.layers[1]!.experts!.meanGate);
    expect(gatesFigure({ ...moe, thresholds: [null, 0.4] }, style).figure.panels[0]!.x.label).toBe(
      'Router score',
    );
  });

  it('activations: densities integrate to 1', () => {
    const { table } = activationsFigure([dense, moe], style);
    const own = table.rows.filter(([run]) => run === 'r2');
    const integral = own.reduce((sum, row) => sum + Number(row[8]) * (Number(row[6]) - Number(row[5])), 0);
    expect(integral).toBeCloseTo(1, 12);
  });
});

describe('a passage', () => {
  const reading = testReading(3, 4, 1);

  it('shows spaces and line ends of tokens', () => {
    expect([' a', '\n', ' unfathomable'].map(tokenName)).toEqual(['·a', '\\n', '·unfathomab…']);
  });

  it('has a column of cells for each token that was read', () => {
    const { figure, table } = nsarTokensFigure(moe, reading, style);
    expect(ofKind(figure.panels[0]!.marks, 'cells')[0]!.values.map((row) => row.length)).toEqual([
      10, 10, 10,
    ]);
    expect(table.rows).toHaveLength(30);
    expect(() => nsarTokensFigure(moe, reading, style, 0.3)).toThrow('Threshold 0.3');
  });

  it('loses no token on its way: what leaves each layer is all that was read', () => {
    const { table, figure } = flowFigure(moe, reading, style);
    const leaving = (layer: number) =>
      table.rows.filter((row) => row[4] === layer).reduce((sum, row) => sum + Number(row.at(-1)), 0);
    expect([leaving(1), leaving(2)]).toEqual([10, 10]);
    expect(table.rows.some((row) => row[5] === 'none')).toBe(true);
    expect(figure.panels[0]!.y.bare).toBe(true);
    expect(() => flowFigure(moe, testReading(1, 4, 1), style)).toThrow('a flow needs two');
  });

  it('draws the map of a head with its first token on top and the future grey', () => {
    const { figure } = attentionFigure(moe, testAttention(2, 4), style);
    const [cells] = ofKind(figure.panels[0]!.marks, 'cells');
    expect(cells!.values.at(-1)).toEqual([1, null, null, null, null, null, null, null]);
    expect(figure.panels[0]!.y.ticks!.at(-1)!.label).toBe('The');
    expect(headsFigure(moe, testAttention(2, 4), style).table.rows).toHaveLength(8);
  });
});

describe('runs over their fields', () => {
  const options = { fields: ['parameters', 'validationLoss'], logFields: ['parameters'] };

  it('a run without a value is no point; the trend goes through the logarithms', () => {
    const { figure } = scatterFigure(testFieldRuns(7), style, options);
    const points = ofKind(figure.panels[0]!.marks, 'points');
    expect(points.flatMap(({ x }) => x)).toHaveLength(6);
    expect(figure.legend.at(-1)!.label).toMatch(/^y = −0\.9\d+ log x/);
    expect(figure.panels[0]!.x.scale).toBe('log');
  });

  it('categories across have no trend; colours follow the field', () => {
    const by = { fields: ['ffn.kind', 'validationLoss'], logFields: [], colourBy: 'ffn.kind' };
    const { figure } = scatterFigure(testFieldRuns(20), style, by);
    expect(figure.legend.map(({ label }) => label)).toEqual(['ffn.kind dense', 'ffn.kind finedeep']);
    expect(figure.panels[0]!.x.ticks!.map(({ label }) => label)).toEqual(['dense', 'finedeep']);
  });

  it('refuses too few fields, naming them, and fields that no run has', () => {
    expect(() => scatterFigure(testFieldRuns(3), style, { fields: ['width'], logFields: [] })).toThrow(
      'two fields',
    );
    expect(() => parallelFigure(testFieldRuns(3), style, { fields: ['width'], logFields: [] })).toThrow(
      'fields: 1',
    );
    const unknown = { fields: ['nothing', 'loss'], logFields: [] };
    expect(() => scatterFigure(testFieldRuns(3), style, unknown)).toThrow('None of these runs');
  });

  it('a line of parallel coordinates is broken where the run has no value, and lies between 0 and 1', () => {
    const { figure, table } = parallelFigure(testFieldRuns(4), style, {
      fields: ['width', 'ffn.kind', 'validationLoss'],
      logFields: [],
    });
    const lines = ofKind(figure.panels[0]!.marks, 'line').slice(0, 4);
    expect(lines.map(({ y }) => y[0])).toEqual([0, 1 / 3, 2 / 3, 1]);
    expect(lines[3]!.y).toEqual([1, 0.75, null]);
    expect(table.rows[1]!.slice(0, 5)).toEqual(['r1', 'run 1', 'yes', 128, 'finedeep']);
  });
});
