import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findPreset } from '../../../shared/architecture/presets.ts';
import { FinegrainError } from '../../../shared/errors.ts';
import {
  type FigureDocument,
  type FigureFormat,
  figureDocumentSchema,
  figureFormats,
} from '../../../shared/figures/document.ts';
import {
  testActiveExperts,
  testBuckets,
  testPositions,
  testRobustness,
  testSaturation,
  testSimilarity,
  testSoftmaxTime,
  testSubject,
} from '../../../shared/figures/testAnalyses.ts';
import { testQuality, testStudy } from '../../../shared/figures/testLaws.ts';
import { testAttention, testReading } from '../../../shared/figures/testReadings.ts';
import { testRun } from '../../../shared/figures/testRuns.ts';
import type { Input, RunDetail } from '../../../shared/rpc/contract.ts';
import { inputs } from '../../../shared/rpc/contract.ts';
import type { AnalysisSubject } from '../../../shared/run/analysis.ts';
import { cachedAnalyses } from './cache.ts';
import type { FigureData } from './figures.ts';
import { drawDocument, figureBytes, figureFormatOf, makeFigure } from './figures.ts';
import { renderPng } from './png.ts';

const runs = new Map(
  [
    testRun({ run: 'r1', name: 'dense' }),
    testRun({ run: 'r2', name: 'fine', experts: 8, groups: 2, reconstruction: true }),
  ].map((run) => [run.run, run]),
);

/** The host's procedures over made-up runs; what the figures do not read is left out of the detail. */
const data: FigureData = {
  'runs.get': async ({ run }) => {
    const found = runs.get(run);
    if (found === undefined) throw new FinegrainError('notFound', `There is no run ${run}.`);
    return {
      name: found.name,
      metrics: ['train/loss', 'validation/loss'],
      unigramEntropy: found.unigramEntropy,
      architecture: findPreset(found.reconstruction ? 'finedeep-1m' : 'dense-1m')!.architecture,
    } as unknown as RunDetail;
  },
  'runs.curve': async ({ run, metric }) => {
    const found = runs.get(run)!;
    return (metric === 'train/loss' ? found.training : found.validation)!;
  },
  'runs.probes': async ({ run }) => [...runs.get(run)!.probes],
  'runs.measurements': async ({ run }) => ({ run, sets: [], share: null }),
  'laws.quality': async ({ set }) => testQuality(set),
  'studies.get': async ({ study }) => testStudy(study),
  'inspect.tokens': async (input) => {
    asked = input;
    return testReading(2, 8, 2);
  },
  'inspect.attention': async (input) => {
    asked = input;
    return testAttention(2, 4);
  },
  'analysis.saturation': async (input) => testSaturation(subjectOf(input), 2),
  'analysis.similarity': async (input) => testSimilarity(subjectOf(input)),
  'analysis.activeExperts': async (input) => testActiveExperts(subjectOf(input)),
  'analysis.buckets': async (input) => testBuckets(subjectOf(input)),
  'analysis.robustness': async (input) => testRobustness(subjectOf(input), ['both']),
  'analysis.positions': async (input) => testPositions(subjectOf(input)),
  'analysis.softmaxTime': async (input) => testSoftmaxTime(subjectOf(input)),
};

/** What the analyses were asked with last. */
let asked: Record<string, unknown> = {};
function subjectOf(input: { run: string }): AnalysisSubject {
  asked = input;
  return testSubject(input.run, runs.get(input.run)!.name);
}

const make = (input: Input<'figures.make'>) => makeFigure(inputs['figures.make'].parse(input), data);

/** Width, height, pixels per metre, and the share of pixels that are not white, of an 8-bit RGBA PNG with one IDAT run. */
function readPng(png: Buffer): { width: number; height: number; perMetre: number; inked: number } {
  expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  const parts: Buffer[] = [];
  let perMetre = 0;
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === 'pHYs') perMetre = body.readUInt32BE(0);
    if (type === 'IDAT') parts.push(body);
    at += 12 + length;
  }
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const bytes = inflateSync(Buffer.concat(parts));
  const stride = bytes.length / height;
  const white = [...Array(height).keys()].filter((row) => {
    // A row of one colour has only zeros after its first pixel under the Sub, Up and Paeth filters, or equals itself under None.
    const line = bytes.subarray(row * stride + 5, (row + 1) * stride);
    return line.every((value) => value === 0) || line.every((value) => value === 255);
  });
  return { width, height, perMetre, inked: 1 - white.length / height };
}

/** Width, names of fonts, and the page's drawing of a PDF as pdfkit writes it. */
function readPdf(pdf: Buffer): { source: string; width: number; fonts: string[]; content: string } {
  const source = pdf.toString('latin1');
  const fonts = [...source.matchAll(/\/FontName \/[A-Z]{6}\+([\w-]+)/g)].map(([, name]) => name!);
  const streams = [...source.matchAll(/\/FlateDecode\s*>>\s*stream\r?\n/g)].map((match) => {
    const start = match.index + match[0].length;
    return inflateSync(pdf.subarray(start), { finishFlush: 2 }).toString('latin1');
  });
  return {
    source,
    width: Number(/\/MediaBox \[0 0 ([\d.]+)/.exec(source)?.[1]),
    fonts: [...new Set(fonts)],
    content: streams.join('\n'),
  };
}

describe('formats', () => {
  it('svg is text of the size asked for', async () => {
    const output = await make({ kind: 'loss', runs: ['r1', 'r2'], format: 'svg', widthMm: 77, fontSize: 7 });
    expect(output).toMatchObject({
      fileName: 'loss-r1-r2.svg',
      mediaType: 'image/svg+xml',
      encoding: 'utf8',
    });
    expect(output.content).toContain('width="77mm"');
    expect(output.content).toContain('fine (reconstruction)');
    expect(output.content).not.toContain('dense (reconstruction)');
  });

  it('png has 300 dots per inch and says so', async () => {
    const output = await make({ kind: 'nsar', runs: ['r1'], format: 'png', widthMm: 77 });
    expect(output).toMatchObject({ mediaType: 'image/png', encoding: 'base64' });
    const png = readPng(figureBytes(output));
    expect(png.width).toBe(Math.round((77 / 25.4) * 300));
    expect(png.height).toBeGreaterThan(300);
    expect(png.perMetre).toBe(11811);
    expect(png.inked).toBeGreaterThan(0.5);
  });

  it('png has the resolution asked for', async () => {
    const output = await make({ kind: 'nsar', runs: ['r1'], format: 'png', widthMm: 77, dpi: 150 });
    const png = readPng(figureBytes(output));
    expect([png.width, png.perMetre]).toEqual([Math.round((77 / 25.4) * 150), 5906]);
  });

  it('pdf is vectors of the size asked for, its text in embedded subsets of Inter', async () => {
    const output = await make({ kind: 'nsar-steps', runs: ['r2'], format: 'pdf', widthMm: 77 });
    expect(output).toMatchObject({ fileName: 'nsar-steps-r2.pdf', mediaType: 'application/pdf' });
    const pdf = readPdf(figureBytes(output));
    expect(pdf.source).toMatch(/^%PDF-1\./);
    expect(pdf.width).toBeCloseTo((77 / 25.4) * 72, 1);
    expect(pdf.fonts).toEqual(['Inter-Regular']);
    expect(pdf.source).toContain('/FontFile2');
    expect(pdf.source).toContain('/ToUnicode');
    expect(pdf.source).not.toContain('/Subtype /Image');
    // The whole font is 300 kB; a subset of some thirty glyphs is not.
    expect(figureBytes(output).length).toBeLessThan(60_000);
    expect(pdf.content).toMatch(/ TJ/);
  });

  it('tex is a standalone document of pgfplots axes', async () => {
    const output = await make({ kind: 'load', runs: ['r2'], format: 'tex' });
    expect(output).toMatchObject({ mediaType: 'application/x-tex', encoding: 'utf8' });
    expect(output.content).toContain('\\documentclass{standalone}');
    expect(output.content.match(/\\addplot/g)?.length).toBeGreaterThan(1);
  });

  it('csv has the numbers', async () => {
    const output = await make({ kind: 'load', runs: ['r2'], format: 'csv' });
    expect(output.content.split('\r\n')).toHaveLength(1 + 2 * 8 + 1);
    expect(output.content).toContain('load (share of summed gates)');
  });

  it('are told by the extension, and unknown ones refused with those that exist', () => {
    expect(figureFormatOf('/some/where/Loss.SVG')).toBe('svg');
    expect(figureFormatOf('figure.pdf')).toBe('pdf');
    expect(() => figureFormatOf('figure.docx')).toThrow('Figures cannot be written as .docx.');
    expect(() => figureFormatOf('figure')).toThrow('has no extension');
  });
});

describe('saved figures', () => {
  const document = figureDocumentSchema.parse({
    version: 1,
    name: 'Both / models',
    columns: 2,
    style: { widthMm: 160, grid: true },
    panels: [
      { kind: 'loss', runs: ['r1', 'r2'] },
      { kind: 'load', runs: ['r2'] },
      { kind: 'saturation', runs: ['r2'], span: 2 },
    ],
  });
  const draw = (change: Partial<FigureDocument>, format: FigureFormat = 'svg') =>
    drawDocument({ ...document, ...change }, format, 100, data);

  it('draw a run in one colour in every panel, with one legend', async () => {
    const { content, fileName } = await draw({});
    expect(fileName).toBe('Both-models.svg');
    for (const letter of ['(a)', '(b)', '(c)']) expect(content).toContain(`>${letter}</text>`);
    expect(content.match(/>fine \(reconstruction\)<\/text>/g)?.length).toBe(1); // in the legend
    // The bars of the second run have the second colour.
    expect(content).toMatch(/d="M[^"]*Z" fill="#d55e00"/);
  });

  it.each(figureFormats)('are written as %s', async (format) => {
    const output = await draw({}, format);
    expect(output.fileName).toBe(`Both-models.${format}`);
    expect(figureBytes(output).length).toBeGreaterThan(1000);
  });

  it('have one table, each row with its panel', async () => {
    const rows = (await draw({}, 'csv')).content.trim().split('\r\n');
    expect(rows[0]).toMatch(/^panel,run,name,/);
    expect(new Set(rows.slice(1).map((row) => row[0]))).toEqual(new Set(['a', 'b', 'c']));
    expect(new Set(rows.filter((row) => !row.includes('"')).map((row) => row.split(',').length)).size).toBe(
      1,
    );
  });

  it('name the panel that cannot be drawn', async () => {
    const panels = [...document.panels, { kind: 'load' as const, runs: ['r1'], span: 1, options: {} }];
    await expect(draw({ panels })).rejects.toMatchObject({
      message: expect.stringContaining('Panel (d), load: Run r1 has no experts'),
      problems: [{ path: 'panels.3' }],
    });
    await expect(draw({ panels: [] })).rejects.toThrow('has no panel yet');
  });

  it('ask an analysis once while only the style changes, and again when the run went on', async () => {
    let asked = 0;
    let step = 10;
    const counted = cachedAnalyses({
      ...data,
      'runs.get': async (input) => ({ ...(await data['runs.get'](input)), step, checkpoints: [] }),
      'analysis.saturation': async (input) => {
        asked++;
        return testSaturation(subjectOf(input), 2);
      },
    });
    const styled = (grid: boolean) =>
      drawDocument({ ...document, style: { ...document.style, grid } }, 'svg', 100, counted);
    await styled(true);
    await styled(false);
    expect(asked).toBe(1);
    step = 20;
    await styled(true);
    expect(asked).toBe(2);
  });
});

describe('figures of analyses', () => {
  it('ask for what they draw, in order of the runs', async () => {
    const output = await make({
      kind: 'buckets',
      runs: ['r1', 'r2'],
      format: 'svg',
      data: ['d'],
      windows: 3,
    });
    expect(asked).toMatchObject({ run: 'r2', data: 'd', windows: 3 });
    expect(output.content.indexOf('>dense<')).toBeGreaterThan(0);
    expect(output.content.indexOf('>dense<')).toBeLessThan(output.content.indexOf('>fine<'));
  });

  it('read several data sets only where a figure has a place for each', async () => {
    await make({ kind: 'active-experts', runs: ['r2'], format: 'csv', data: ['a', 'b'] });
    expect(asked).toMatchObject({ run: 'r2', data: ['a', 'b'], windows: 16 });
    const refused = make({ kind: 'saturation', runs: ['r2'], format: 'csv', data: ['a', 'b'] });
    await expect(refused).rejects.toThrow('reads one data set; 2 were given');
  });

  it.each(['similarity', 'active-experts', 'co-activation'] as const)('%s shows one run', async (kind) => {
    await expect(make({ kind, runs: ['r1', 'r2'], format: 'svg' })).rejects.toThrow('2 were given');
  });

  it.each(['robustness', 'positions', 'softmax-time'] as const)('%s shows several runs', async (kind) => {
    const output = await make({ kind, runs: ['r1', 'r2'], format: 'svg', context: 99 });
    expect(asked).toMatchObject({ run: 'r2', context: 99 });
    expect(output.content).toContain('>dense<');
    expect(output.content).not.toContain('NaN');
  });

  it('saturation as png has ink', async () => {
    const output = await make({ kind: 'saturation', runs: ['r2'], format: 'png', widthMm: 77 });
    expect(readPng(figureBytes(output)).inked).toBeGreaterThan(0.3);
  });
});

describe('rasters', () => {
  it('draw text without any font of the system', async () => {
    const blank =
      '<svg xmlns="http://www.w3.org/2000/svg" width="20mm" height="5mm" viewBox="0 0 56.69 14.17">';
    const text = `<text x="2" y="10" font-size="8" font-family="Inter, sans-serif">Loss</text>`;
    const withText = readPng(await renderPng(`${blank}${text}</svg>`, 20));
    const without = readPng(await renderPng(`${blank}</svg>`, 20));
    expect(without.inked).toBe(0);
    expect(withText.inked).toBeGreaterThan(0.2);
  });
});

describe('requests that cannot be met', () => {
  it('an unknown run', async () => {
    await expect(make({ kind: 'loss', runs: ['nope'], format: 'svg' })).rejects.toThrow(
      'There is no run nope.',
    );
  });

  it('two runs for a figure of one', async () => {
    await expect(make({ kind: 'load', runs: ['r1', 'r2'], format: 'svg' })).rejects.toThrow('2 were given');
  });

  it('the same run twice is one run', async () => {
    const output = await make({ kind: 'load', runs: ['r2', 'r2'], format: 'csv' });
    expect(output.content).toContain('fine');
  });
});
