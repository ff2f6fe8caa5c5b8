import { describe, expect, it } from 'vitest';
import type { AnalysisKind, AnalysisResults } from '../../run/analysis.ts';
import type { ExpertStatistics } from '../../run/probe.ts';
import { analysisTable } from '../analysisTables.ts';
import type { Mark } from '../spec.ts';
import { renderSvg } from '../svg.ts';
import { toCsv } from '../table.ts';
import {
  testActiveExperts,
  testBuckets,
  testPositions,
  testRobustness,
  testSaturation,
  testSimilarity,
  testSoftmaxTime,
  testSubject,
} from '../testAnalyses.ts';
import { testRun } from '../testRuns.ts';
import { activeExpertsFigure } from './activeExperts.ts';
import { barDomain } from './bars.ts';
import { bucketFigure } from './buckets.ts';
import { coActivationFigure } from './coActivation.ts';
import { positionFigure } from './positions.ts';
import { robustnessFigure } from './robustness.ts';
import { saturationFigure } from './saturation.ts';
import { similarityFigure } from './similarity.ts';
import { softmaxTimeFigure } from './softmaxTime.ts';

const style = { widthMm: 139, fontSize: 8 };
const subject = testSubject('r1', 'moe');

function cellsOf(mark: Mark | undefined) {
  return mark?.kind === 'cells' ? mark.values : [];
}

describe('co-activation', () => {
  const routing: ExpertStatistics['routing'] = {
    tokens: 10,
    choiceShare: [0.8, 0.5, 0.6, 0.1],
    // Rows of the upper triangle with the diagonal.
    pairs: [8, 4, 5, 1, 5, 2, 0, 6, 0, 1],
    routerEntropy: 1,
    maxOverMean: 1.6,
    distinct: 4,
  };
  const plain = testRun({ run: 'r2', name: 'moe', experts: 4, groups: 2 });
  const run = {
    ...plain,
    probes: plain.probes.map((probe) => ({
      ...probe,
      layers: probe.layers.map((layer) => ({ ...layer, experts: { ...layer.experts!, routing } })),
    })),
  };

  it('draws pairs, leaves the diagonal to the table, names sub-layers', () => {
    const { figure, table } = coActivationFigure(run, style);
    expect(figure.panels).toHaveLength(2);
    const [panel] = figure.panels;
    expect(cellsOf(panel!.marks[0])).toEqual([
      [null, 0.4, 0.5, 0.1],
      [0.4, null, 0.2, 0],
      [0.5, 0.2, null, 0],
      [0.1, 0, 0, null],
    ]);
    expect(panel!.colours).toMatchObject({ map: 'viridis', domain: [0, 0.5] });
    expect(panel!.x.ticks!.map(({ label }) => label)).toEqual(['1.1', '1.2', '2.1', '2.2']);
    expect(table.rows).toHaveLength(2 * 16);
    expect(toCsv(table)).toContain('r2,moe,no,40,512,1,finedeep,1,1,0.8');
    expect(renderSvg(figure)).not.toContain('NaN');
  });

  it('refuses probes without pairs, as older ones are', () => {
    expect(() => coActivationFigure(plain, style)).toThrow('has no pairs of experts');
  });
});

describe('saturation', () => {
  it('has a line for each layer of one run, and their mean where there are many or several runs', () => {
    const lines = (...results: Parameters<typeof saturationFigure>[0]) =>
      saturationFigure(results, style).figure.legend.map(({ label }) => label);
    expect(lines(testSaturation(subject, 2))).toEqual(['layer 1', 'layer 2']);
    expect(lines(testSaturation(subject, 12))).toEqual(['moe']);
    expect(lines(testSaturation(subject, 2), testSaturation(testSubject('r2', 'hash'), 2))).toEqual([
      'moe',
      'hash',
    ]);
  });

  it('labels its axes and keeps every number', () => {
    const { figure, table } = saturationFigure([testSaturation(subject, 2)], style);
    const svg = renderSvg(figure);
    for (const label of ['Training step', 'Router saturation (share)', 'Routing fluctuation (share)'])
      expect(svg).toContain(label);
    expect(table.rows).toHaveLength(2 * 3);
    expect(toCsv(table)).toContain('r1,moe,no,40,2,moe,20,0.7,0.2,100');
  });
});

describe('buckets', () => {
  it('groups bars by bucket, leaves empty buckets out, and says how many tokens are behind', () => {
    const { figure, table } = bucketFigure(
      [testBuckets(subject), testBuckets(testSubject('r2', 'b'))],
      style,
    );
    const [target, input] = figure.panels.map(({ marks }) => marks);
    expect(target!.map((mark) => mark.kind === 'bars' && mark.y)).toEqual([
      [3, 4, 7],
      [3, 4, 7],
    ]);
    expect(input!.map((mark) => mark.kind === 'bars' && mark.x.length)).toEqual([2, 2]);
    expect(figure.description).toContain('80 / 20 / 5 by target, 80 / 20 / 0 by input');
    // An empty cell stays empty.
    expect(toCsv(table)).toContain('r1,moe,no,40,input,rare,20,0,,4');
    expect(renderSvg(figure)).toContain('Loss (nats/token)');
  });
});

describe('similarity', () => {
  it('says whose definition it is, and leaves unknown pairs blank', () => {
    const { figure, table } = similarityFigure(testSimilarity(subject), style);
    expect(cellsOf(figure.panels[0]!.marks[0])[0]).toEqual([1, 0.8, null]);
    expect(figure.panels[0]!.colours!.domain).toEqual([0.8, 1]);
    const svg = renderSvg(figure);
    expect(svg).toContain('our definition');
    expect(svg).not.toContain('NaN');
    expect(table.rows).toHaveLength(9);
  });
});

describe('active experts', () => {
  it('has a row for each text with its mean, layers counted from 1', () => {
    const { figure, table } = activeExpertsFigure(testActiveExperts(subject), style);
    const [panel] = figure.panels;
    expect(panel!.y.ticks!.map(({ label }) => label)).toEqual(['speeches (4.00)', 'the given text (2.00)']);
    expect(panel!.x.ticks!.map(({ label }) => label)).toEqual(['1', '3']);
    expect(cellsOf(panel!.marks[0])).toEqual([
      [3, 5],
      [2, 2],
    ]);
    expect(table.rows).toHaveLength(4);
    expect(renderSvg(figure)).not.toContain('NaN');
  });
});

describe('robustness', () => {
  it('has a group for each choice of routers that some run has', () => {
    const other = testRobustness(testSubject('r2', 'cartesian'), ['first', 'second', 'both']);
    const { figure } = robustnessFigure([testRobustness(subject, ['both']), other], style);
    const [panel] = figure.panels;
    expect(panel!.x.ticks!.map(({ label }) => label)).toEqual([
      'first sub-layer',
      'second sub-layer',
      'every router',
    ]);
    expect(panel!.marks.map((mark) => mark.kind === 'bars' && mark.y)).toEqual([[1], [1, 2, 3]]);
    // The one bar of the first run stands in the last group.
    expect(panel!.marks.map((mark) => mark.kind === 'bars' && Math.round(mark.x.at(-1)!))).toEqual([2, 2]);
    expect(renderSvg(figure)).toContain('Increase of loss (nats/token)');
  });

  it('shows a gain below 0', () => {
    expect(barDomain([[1, -0.5, null]])).toEqual([-0.62, 1.12]);
    expect(barDomain([[2]])).toEqual([0, 2.16]);
  });
});

describe('softmax time and positions', () => {
  it('say how and where the time was measured', () => {
    const { figure } = softmaxTimeFigure([testSoftmaxTime(subject)], style);
    expect(figure.description).toContain('Measured. moe 1 x 64 tokens, threads 2, median of 10 runs');
    expect(figure.panels[0]!.marks[0]).toMatchObject({ kind: 'bars', y: [0.2, 0.7, 0.1] });
  });

  it('draw a line for each run, the first position at 1', () => {
    const { figure } = positionFigure([testPositions(subject)], style);
    expect(figure.panels[0]!.marks[0]).toMatchObject({ kind: 'line', x: [1, 2], y: [4, 2] });
    expect(renderSvg(figure)).not.toContain('NaN');
  });
});

describe('tables of analyses', () => {
  const csv = <Kind extends AnalysisKind>(kind: Kind, result: AnalysisResults[Kind]) =>
    toCsv(analysisTable(kind, [result]))
      .trimEnd()
      .split('\r\n');

  it('routing: every expert of every token', () => {
    const rows = csv('routing', {
      kind: 'routing',
      ...subject,
      positions: [{ position: 0, id: 9, token: ' the' }],
      layers: [
        {
          layer: 1,
          kind: 'moe',
          experts: 3,
          groups: 1,
          router: 'softmax',
          probabilities: [[0.2, 0.7, 0.1]],
          chosen: [[1, 0]],
          weights: [[0.7, 0.2]],
          distinctPerType: null,
        },
      ],
    });
    expect(rows.slice(1)).toEqual([
      'r1,moe,no,40,2,moe,0,9," the",1,0.2,yes,0.2',
      'r1,moe,no,40,2,moe,0,9," the",2,0.7,yes,0.7',
      'r1,moe,no,40,2,moe,0,9," the",3,0.1,no,0',
    ]);
  });

  it('robustness: the model as it is first', () => {
    expect(csv('robustness', testRobustness(subject, ['both'])).slice(1)).toEqual([
      'r1,moe,no,40,none,4,54,0,0,100',
      'r1,moe,no,40,both,5,148,1,94,100',
    ]);
  });

  it('positions: one row each', () => {
    expect(csv('positions', testPositions(subject)).slice(1)).toEqual([
      'r1,moe,no,40,0,4,5,2',
      'r1,moe,no,40,1,2,5,2',
    ]);
  });

  it('softmax time: parts, then operators', () => {
    expect(csv('softmax-time', testSoftmaxTime(subject)).slice(1)).toEqual([
      'r1,moe,no,40,softmax,2,0.2,cpu,2,1,64,10',
      'r1,moe,no,40,of it attention,1,0.1,cpu,2,1,64,10',
      'r1,moe,no,40,matrix products,7,0.7,cpu,2,1,64,10',
      'r1,moe,no,40,other,1,0.1,cpu,2,1,64,10',
      'r1,moe,no,40,operator MatMul,7,0.7,cpu,2,1,64,10',
    ]);
  });
});
