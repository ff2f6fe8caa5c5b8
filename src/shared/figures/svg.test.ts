import { describe, expect, it } from 'vitest';
import { FinegrainError } from '../errors.ts';
import { loadFigure } from './builders/load.ts';
import { lossFigure } from './builders/loss.ts';
import { nsarFigure, nsarHeatmap } from './builders/nsar.ts';
import { capHeight } from './fontMetrics.ts';
import type { Figure, FigureStyle } from './spec.ts';
import { renderSvg } from './svg.ts';
import { testRun } from './testRuns.ts';
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

const kinds: Record<string, (style: FigureStyle) => Figure> = {
  'loss of one': (style) => lossFigure([finedeep], style).figure,
  'loss of three': (style) => lossFigure([dense, finedeep, long], style).figure,
  nsar: (style) => nsarFigure([dense, finedeep, long], style).figure,
  'nsar over steps': (style) => nsarHeatmap(finedeep, style).figure,
  'nsar over steps, 12 layers': (style) => nsarHeatmap(long, style).figure,
  load: (style) => loadFigure(finedeep, style).figure,
  'load, 12 layers': (style) => loadFigure(long, style).figure,
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
  ])('%s looks as it did', async (name, make) => {
    await expect(renderSvg(make({ widthMm: 89, fontSize: 7 }))).toMatchFileSnapshot(
      `goldens/${name}.golden.svg`,
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
