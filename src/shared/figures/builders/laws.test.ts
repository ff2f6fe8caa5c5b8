import { describe, expect, it } from 'vitest';
import type { FigureStyle } from '../spec.ts';
import { renderSvg } from '../svg.ts';
import { toCsv } from '../table.ts';
import {
  testCalibration,
  testCandidates,
  testPositionCheckpoints,
  testReading,
  testStretches,
} from '../testLaws.ts';
import { renderTex } from '../tex.ts';
import { lawCalibrationFigure, lawCandidatesFigure } from './lawStudies.ts';
import {
  lawLossFigure,
  lawParametersFigure,
  lawPositionFigure,
  lawsStanding,
  lawUniformityFigure,
} from './laws.ts';

const run = { run: 'r1', name: 'dense', reconstruction: false };
const reading = testReading();
const kinds = {
  'law-loss': (style: FigureStyle) => lawLossFigure(run, reading, style),
  'law-position': (style: FigureStyle) =>
    lawPositionFigure(run, 'validation', testPositionCheckpoints(), style),
  'law-parameters': (style: FigureStyle) => lawParametersFigure(run, reading, style),
  'law-uniformity': (style: FigureStyle) => lawUniformityFigure(run, 'validation', testStretches(), style),
  'law-calibration': (style: FigureStyle) => lawCalibrationFigure(testCalibration(), style),
  'law-candidates': (style: FigureStyle) => lawCandidatesFigure('rates', testCandidates(), style),
};

describe('figures of laws', () => {
  it.each(Object.entries(kinds))('%s looks as it did', async (name, make) => {
    const { figure } = make({ widthMm: 139, fontSize: 7 });
    await expect(renderSvg(figure)).toMatchFileSnapshot(`../goldens/${name}.golden.svg`);
  });

  it.each(Object.entries(kinds))(
    '%s: every number is one, as svg, tex and csv, narrow and wide',
    (_, make) => {
      for (const widthMm of [77, 183]) {
        const { figure, table } = make({ widthMm, fontSize: 8 });
        expect(renderSvg(figure)).not.toMatch(/NaN|Infinity|undefined/);
        expect(renderTex(figure)).not.toMatch(/NaN|Infinity|undefined/);
        expect(new Set(toCsv(table).trimEnd().split('\r\n')).size).toBeGreaterThan(3);
        expect(table.rows.every((row) => row.length === table.columns.length)).toBe(true);
      }
    },
  );

  it('say that the equations are ours wherever a law is fitted', () => {
    for (const [name, make] of Object.entries(kinds)) {
      const { description } = make({ widthMm: 139, fontSize: 8 }).figure;
      if (name !== 'law-uniformity') expect(description, name).toContain(lawsStanding);
      else expect(description).toContain('our statistic');
    }
  });

  it('keeps what was not used apart from what was fitted, and lists every method in the table', () => {
    const { table } = kinds['law-loss']({ widthMm: 139, fontSize: 8 });
    const series = table.rows.map((row) => row[3]);
    expect(series.filter((name) => name === 'measured, fitted')).toHaveLength(20);
    expect(series.filter((name) => name === 'measured, not used')).toHaveLength(10);
    for (const name of ['temporal law', 'power law', 'last value', 'multi-power law'])
      expect(series).toContain(name);
  });
});
