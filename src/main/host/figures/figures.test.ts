import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findPreset } from '../../../shared/architecture/presets.ts';
import { FinegrainError } from '../../../shared/errors.ts';
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
import { testRun } from '../../../shared/figures/testRuns.ts';
import type { Input, RunDetail } from '../../../shared/rpc/contract.ts';
import { inputs } from '../../../shared/rpc/contract.ts';
import type { AnalysisSubject } from '../../../shared/run/analysis.ts';
import type { FigureData } from './figures.ts';
import { figureBytes, figureFormatOf, makeFigure } from './figures.ts';
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
