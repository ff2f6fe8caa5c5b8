import { describe, expect, it } from 'vitest';
import { FinegrainError } from '../errors.ts';
import { activationsFigure } from './builders/activations.ts';
import { flowFigure } from './builders/flow.ts';
import { gatesFigure } from './builders/gates.ts';
import { loadFigure } from './builders/load.ts';
import { lossFigure } from './builders/loss.ts';
import { nsarFigure, nsarHeatmap } from './builders/nsar.ts';
import { expertStepsFigure, routingStepsFigure } from './builders/overSteps.ts';
import { attentionFigure, headsFigure, nsarTokensFigure } from './builders/reading.ts';
import { parallelFigure, scatterFigure } from './builders/runFields.ts';
import { placeFigure } from './drawing.ts';
import { capHeight } from './fontMetrics.ts';
import { reseries, restyle } from './restyle.ts';
import { cellRows, type Sheet, sharedLegend } from './sheet.ts';
import type { Figure, FigureStyle } from './spec.ts';
import { renderSvg } from './svg.ts';
import { testAttention, testFieldRuns, testReading } from './testReadings.ts';
import { testRun } from './testRuns.ts';
import { renderTex } from './tex.ts';
import { texText } from './texText.ts';
import { textWidth } from './text.ts';

const dense = testRun({ run: 'r1', name: 'dense' });
const finedeep = testRun({ run: 'r2', name: 'finedeep', reconstruction: true, experts: 8, groups: 2 });
const long = testRun({
  run: 'r3',
  name: 'a run with a name as long as people make them when nobody stops them',
  layers: 12,
  steps: 900,
  experts: 32,
  groups: 4,
});

const moe = testRun({ run: 'r4', name: 'moe', experts: 8, routed: true });
const byParameters = { fields: ['parameters', 'validationLoss'], logFields: ['parameters'] };
const overFields = {
  fields: ['width', 'ffn.kind', 'attention.position.base', 'tokensPerSecond', 'parameters', 'validationLoss'],
  logFields: ['parameters'],
};

const kinds: Record<string, (style: FigureStyle) => Figure> = {
  'loss of one': (style) => lossFigure([finedeep], style).figure,
  'loss of three': (style) => lossFigure([dense, finedeep, long], style).figure,
  nsar: (style) => nsarFigure([dense, finedeep, long], style).figure,
  'nsar over steps': (style) => nsarHeatmap(finedeep, style).figure,
  'nsar over steps, 12 layers': (style) => nsarHeatmap(long, style).figure,
  load: (style) => loadFigure(finedeep, style).figure,
  'load, 12 layers': (style) => loadFigure(long, style).figure,
  choice: (style) => loadFigure(moe, style, undefined, 'choice').figure,
  'routing over steps': (style) => routingStepsFigure([moe], style).figure,
  'routing over steps of two': (style) => routingStepsFigure([moe, finedeep], style, 'active').figure,
  'load over steps': (style) => expertStepsFigure(moe, style, 'load').figure,
  'choice over steps': (style) => expertStepsFigure(moe, style, 'choice', 1).figure,
  gates: (style) => gatesFigure({ ...moe, thresholds: [0.4, 0.4] }, style).figure,
  activations: (style) => activationsFigure([dense, moe], style).figure,
  'nsar by token': (style) => nsarTokensFigure(moe, testReading(12, 8, 1), style).figure,
  flow: (style) => flowFigure(moe, testReading(4, 4, 1), style).figure,
  'flow of sub-layers': (style) => flowFigure(long, testReading(12, 32, 2), style).figure,
  heads: (style) => headsFigure(moe, testAttention(6, 8), style).figure,
  attention: (style) => attentionFigure(moe, testAttention(6, 8), style).figure,
  scatter: (style) => scatterFigure(testFieldRuns(7), style, byParameters).figure,
  'scatter of kinds': (style) =>
    scatterFigure(testFieldRuns(30), style, {
      ...byParameters,
      fields: ['ffn.kind', 'validationLoss'],
      colourBy: 'ffn.kind',
    }).figure,
  parallel: (style) =>
    parallelFigure(testFieldRuns(7), style, { ...overFields, colourBy: 'ffn.kind' }).figure,
  'parallel of many': (style) => parallelFigure(testFieldRuns(40), style, overFields).figure,
};

interface TextBox {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Boxes of the capitals of every text element, from its attributes and the font's widths. */
function textBoxes(svg: string, fontSize: number): TextBox[] {
  return [...svg.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)].map(([, given = '', escaped = '']) => {
    const attribute = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(given)?.[1] ?? '';
    const text = escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    const width = textWidth(text, fontSize, attribute('font-weight') === '600' ? 'semibold' : 'regular');
    const before = { '': 0, middle: width / 2, end: width }[attribute('text-anchor')] ?? 0;
    const height = capHeight * fontSize;
    const turned = /translate\(([-\d.]+) ([-\d.]+)\) rotate\(-90\)/.exec(attribute('transform'));
    if (turned !== null) {
      const [x, y] = [Number(turned[1]), Number(turned[2])];
      return { text, left: x - height, right: x, top: y - width + before, bottom: y + before };
    }
    const [x, y] = [Number(attribute('x')), Number(attribute('y'))];
    return { text, left: x - before, right: x - before + width, top: y - height, bottom: y };
  });
}

function overlaps(a: TextBox, b: TextBox): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

describe('layout', () => {
  const sizes = [77, 89, 139, 160, 183].flatMap((widthMm) =>
    [6, 7, 8, 9, 10].map((fontSize) => ({ widthMm, fontSize })),
  );
  it.each(Object.keys(kinds))('%s: no text overlaps or leaves the page at any size', (kind) => {
    for (const style of sizes) {
      const svg = renderSvg(kinds[kind]!(style));
      const [, , width, height] = /viewBox="([^"]+)"/.exec(svg)![1]!.split(' ').map(Number);
      const boxes = textBoxes(svg, style.fontSize);
      expect(boxes.length).toBeGreaterThan(5);
      const where = `${style.widthMm} mm, ${style.fontSize} pt`;
      for (const [index, box] of boxes.entries()) {
        expect(box.left, `${box.text} at ${where}`).toBeGreaterThanOrEqual(0);
        expect(box.right, `${box.text} at ${where}`).toBeLessThanOrEqual(width!);
        expect(box.top, `${box.text} at ${where}`).toBeGreaterThanOrEqual(0);
        expect(box.bottom, `${box.text} at ${where}`).toBeLessThanOrEqual(height!);
        const clash = boxes.slice(index + 1).find((other) => overlaps(box, other));
        expect(clash, `"${box.text}" and "${clash?.text}" at ${where}`).toBeUndefined();
      }
    }
  });
});

describe('svg', () => {
  it('is exactly as wide as asked and sets fonts in points', () => {
    const svg = renderSvg(kinds.load!({ widthMm: 77, fontSize: 7.5 }));
    expect(svg).toMatch(/^<svg [^>]*width="77mm"/);
    expect(svg).toMatch(/viewBox="0 0 218.27 /);
    expect(svg).toContain('font-size="7.5"');
    expect(svg).toContain('Inter, ');
  });

  it('is the same text for the same figure', () => {
    for (const make of Object.values(kinds)) {
      expect(renderSvg(make({ widthMm: 139, fontSize: 8 }))).toBe(
        renderSvg(make({ widthMm: 139, fontSize: 8 })),
      );
    }
  });

  it('holds no bitmap and nothing foreign, even from hostile names', () => {
    const hostile = testRun({ run: 'r4', name: '<script>alert("x")</script> & \u0000\ud800 done' });
    const svg = renderSvg(lossFigure([hostile], { widthMm: 139, fontSize: 8 }).figure);
    expect(svg).not.toMatch(/<(image|script|foreignObject)/);
    expect(svg).not.toContain('\u0000');
    expect(svg).toContain('&lt;script&gt;');
  });

  it.each([
    ['loss', (style: FigureStyle) => lossFigure([dense, finedeep], style).figure],
    ['nsar', (style: FigureStyle) => nsarFigure([dense, finedeep], style).figure],
    ['nsar-steps', (style: FigureStyle) => nsarHeatmap(finedeep, style).figure],
    ['load', (style: FigureStyle) => loadFigure(finedeep, style).figure],
    ['choice', kinds.choice!],
    ['routing-steps', kinds['routing over steps']!],
    ['load-steps', kinds['load over steps']!],
    ['choice-steps', kinds['choice over steps']!],
    ['gates', kinds.gates!],
    ['activations', kinds.activations!],
    ['nsar-tokens', kinds['nsar by token']!],
    ['flow', kinds.flow!],
    ['heads', kinds.heads!],
    ['attention', kinds.attention!],
    ['scatter', kinds.scatter!],
    ['parallel', kinds.parallel!],
  ])('%s looks as it did', async (name, make) => {
    await expect(renderSvg(make({ widthMm: 89, fontSize: 7 }))).toMatchFileSnapshot(
      `goldens/${name}.golden.svg`,
    );
  });
});

/** What the figures page composes: four kinds on a grid, one wide, letters, grid lines, one legend. */
function sheet(change: Partial<Sheet> = {}): Sheet {
  const style = { widthMm: 80, fontSize: 7 };
  const figures = [
    lossFigure([dense, finedeep], { ...style, widthMm: 160 }).figure,
    nsarHeatmap(finedeep, style).figure,
    loadFigure(finedeep, style).figure,
  ];
  return {
    description: 'Three panels',
    widthMm: 160,
    fontSize: 7,
    lineWidth: 0.8,
    palette: 'okabe-ito',
    grid: true,
    columns: 2,
    letters: true,
    legend: sharedLegend(figures.map(({ legend }) => legend)),
    legendPlace: 'top',
    cells: figures.map((figure, index) => ({
      span: index === 0 ? 2 : 1,
      figure: restyle({ ...figure, legend: [] }, { letters: false, map: 'cividis', titles: index !== 1 }),
    })),
    ...change,
  };
}

describe('sheets', () => {
  it('look as they did', async () => {
    await expect(renderSvg(sheet())).toMatchFileSnapshot('goldens/sheet.golden.svg');
  });

  it.each(['top', 'bottom', 'right', 'none'] as const)(
    'no text overlaps with the legend %s',
    (legendPlace) => {
      for (const [columns, widthMm] of [
        [1, 77],
        [2, 160],
        [3, 183],
      ] as const) {
        const svg = renderSvg(sheet({ legendPlace, columns, widthMm }));
        const [, , width, height] = /viewBox="([^"]+)"/.exec(svg)![1]!.split(' ').map(Number);
        const boxes = textBoxes(svg, 7);
        for (const [index, box] of boxes.entries()) {
          expect(box.right, box.text).toBeLessThanOrEqual(width!);
          expect(box.bottom, box.text).toBeLessThanOrEqual(height!);
          const clash = boxes.slice(index + 1).find((other) => overlaps(box, other));
          expect(clash, `"${box.text}" and "${clash?.text}"`).toBeUndefined();
        }
      }
    },
  );

  it('end the cells of a row at one height, and letter every cell once', () => {
    const { panels } = placeFigure(sheet());
    const bottom = (index: number): number => panels[index]!.plot.y + panels[index]!.plot.height;
    expect(panels.map(({ letter }) => letter)).toEqual(['(a)', '(b)', '(c)', '']);
    // The second cell's last plot ends about where the third's does, whatever stands below it.
    expect(Math.abs(bottom(1) - bottom(3))).toBeLessThan(14);
    expect(panels[0]!.plot.width).toBeGreaterThan(1.5 * panels[1]!.plot.width);
  });

  it('wrap cells that do not fit any more', () => {
    const rows = cellRows([{ span: 1 }, { span: 2 }, { span: 1 }, { span: 9 }], 2);
    expect(rows.map((row) => row.map(({ index, column, span }) => [index, column, span]))).toEqual([
      [[0, 0, 1]],
      [[1, 0, 2]],
      [[2, 0, 1]],
      [[3, 0, 2]],
    ]);
  });

  it('say so where there is no panel', () => {
    expect(() => renderSvg(sheet({ cells: [] }))).toThrow('at least one panel');
  });
});

describe('restyling', () => {
  it('gives signed values a diverging map with 0 in its middle, whatever was chosen', () => {
    const field = nsarHeatmap(finedeep, { widthMm: 80, fontSize: 7 }).figure;
    const signed = {
      ...field,
      panels: [
        { ...field.panels[0]!, colours: { ...field.panels[0]!.colours!, domain: [-0.2, 0.5] as const } },
      ],
    };
    expect(restyle(signed, { map: 'viridis' }).panels[0]!.colours).toMatchObject({
      map: 'diverging',
      domain: [-0.5, 0.5],
    });
  });

  it('draws a run in the same colour, dash and marker wherever it is', () => {
    const figure = reseries(nsarFigure([finedeep], { widthMm: 80, fontSize: 7 }).figure, [3]);
    expect(figure.legend[0]).toMatchObject({ series: 3, marker: 'diamond' });
    expect(figure.panels[0]!.marks[0]).toMatchObject({ series: 3, marker: 'diamond' });
  });
});

describe('tex', () => {
  it('of a sheet looks as it did', async () => {
    await expect(renderTex(sheet())).toMatchFileSnapshot('goldens/sheet.golden.tex');
  });

  it.each(Object.keys(kinds))(
    '%s: braces and environments close, and nothing is left that TeX would run',
    (kind) => {
      const tex = renderTex(kinds[kind]!({ widthMm: 139, fontSize: 8 }));
      const count = (pattern: RegExp): number => tex.match(pattern)?.length ?? 0;
      expect(count(/\\begin\{/g)).toBe(count(/\\end\{/g));
      expect(count(/\\begin\{axis\}/g)).toBeGreaterThan(0);
      expect(count(/(?<!\\)\{/g)).toBe(count(/(?<!\\)\}/g));
      expect(tex).not.toMatch(/NaN|undefined|Infinity/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the file must hold ASCII and accented letters only
      expect(tex).not.toMatch(/[^\u0000-\u017f]/);
    },
  );

  it('escapes what a name may hold', () => {
    expect(texText('50% of $x_1$ \\input{a} #1 & ~ ^ <b> 5×10⁻⁵ −3 τ 漢')).toBe(
      '50\\% of \\$x\\_1\\$ \\textbackslash{}input\\{a\\} \\#1 \\& \\textasciitilde{} \\textasciicircum{} ' +
        '\\textless{}b\\textgreater{} 5$\\times$10$^{-5}$ $-$3 $\\tau$ [U+6F22]',
    );
  });
});

describe('validation', () => {
  const good = kinds.load!({ widthMm: 139, fontSize: 8 });
  it.each([
    ['widthMm', { ...good, widthMm: 5 }],
    ['fontSize', { ...good, fontSize: Number.NaN }],
    ['columns', { ...good, columns: 0 }],
    ['panels', { ...good, panels: [] }],
    ['panels.0.y.domain', withPanel({ y: { label: 'y', scale: 'log', domain: [0, 1] } })],
    ['panels.0.x.domain', withPanel({ x: { label: 'x', scale: 'linear', domain: [1, 1] } })],
    ['panels.0.marks.0', withPanel({ marks: [{ kind: 'line', x: [1, 2], y: [1], series: 0 }] })],
    ['panels.0.marks.0', withPanel({ marks: [{ kind: 'line', x: [1], y: [Number.NaN], series: 0 }] })],
    [
      'panels.0.marks.0',
      withPanel({ marks: [{ kind: 'cells', xEdges: [0, 1], yEdges: [0, 1], values: [[1]] }] }),
    ],
  ] as [string, Figure][])('names %s', (field, figure) => {
    expect(() => renderSvg(figure)).toThrow(FinegrainError);
    expect(() => renderSvg(figure)).toThrow(field);
  });

  function withPanel(change: Partial<Figure['panels'][number]>): Figure {
    return { ...good, panels: [{ ...good.panels[0]!, ...change }] };
  }

  it('says so where an axis has nothing to show', () => {
    const empty = withPanel({ y: { label: 'Loss', scale: 'linear' }, marks: [] });
    expect(() => renderSvg(empty)).toThrow('nothing to draw on the axis "Loss"');
  });
});
