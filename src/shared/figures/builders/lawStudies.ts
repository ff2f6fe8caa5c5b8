/** How good predictions were over all runs of a workspace, and the candidates of a study. Equations of the law are ours. */
import type { HindcastSummary } from '../../laws/hindcastSummary.ts';
import { seriesMarker } from '../colours.ts';
import type { Drawing } from '../run.ts';
import { type Figure, type FigureStyle, type Mark, type Panel, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { formatShort } from '../ticks.ts';
import { toPoints } from '../units.ts';
import { lawsStanding, methodLabels } from './laws.ts';

export interface CalibrationInput {
  readonly set: string;
  readonly runs: number;
  readonly points: number;
  readonly levels: readonly { readonly nominal: number; readonly observed: number }[];
  readonly summary: readonly HindcastSummary[];
}

/** Left: how often intervals held what they promise. Right: error of the final loss against the share that was read. */
export function lawCalibrationFigure(input: CalibrationInput, style: FigureStyle): Drawing<Figure, Table> {
  const methods = [...new Set(input.summary.map(({ method }) => method))];
  const wide = toPoints(style.widthMm) / style.fontSize >= 38;
  const calibration: Panel = {
    x: { label: 'Promised share', scale: 'linear', domain: [0, 1] },
    y: { label: 'Share within the interval', scale: 'linear', domain: [0, 1] },
    marks: [
      { kind: 'line', x: [0, 1], y: [0, 1], series: 'neutral', weight: 0.75, dash: [3, 2] },
      {
        kind: 'line',
        x: input.levels.map(({ nominal }) => nominal),
        y: input.levels.map(({ observed }) => observed),
        series: 0,
        marker: 'circle',
      },
    ],
  };
  const errors: Panel = {
    x: { label: 'Share of the run that was read', scale: 'linear' },
    y: { label: 'Median error of the final loss', unit: '%', scale: 'linear' },
    marks: methods.map((method, series): Mark => {
      const rows = input.summary.filter((row) => row.method === method && row.medianError !== null);
      return {
        kind: 'line',
        x: rows.map(({ fraction }) => fraction),
        y: rows.map(({ medianError }) => 100 * medianError!),
        series,
        marker: seriesMarker(series),
      };
    }),
  };
  const figure: Figure = {
    ...styled(style),
    description:
      `Hindcasts of ${input.runs} finished runs (set ${input.set}), ${input.points} later checkpoints: how often the ` +
      `intervals of the temporal law held, and the median error of the final loss by method. ${lawsStanding}`,
    columns: wide ? 2 : 1,
    aspect: wide ? 0.8 : 0.6,
    letters: true,
    legend: methods.map((method, series) => ({
      label: methodLabels[method],
      series,
      symbol: 'lineMarker',
      marker: seriesMarker(series),
    })),
    panels: [calibration, errors],
  };
  return {
    figure,
    table: {
      columns: [
        { name: 'set' },
        { name: 'series' },
        { name: 'promised or read share' },
        { name: 'share within or median error' },
        { name: 'runs' },
      ],
      rows: [
        ...input.levels.map(({ nominal, observed }) => [
          input.set,
          'calibration',
          nominal,
          observed,
          input.runs,
        ]),
        ...input.summary.map(({ method, fraction, medianError, runs }) => [
          input.set,
          methodLabels[method],
          fraction,
          medianError,
          runs,
        ]),
      ],
    },
  };
}

export interface CandidateInput {
  readonly run: string;
  /** What it tries. */
  readonly label: string;
  readonly predicted: {
    readonly loss: number;
    readonly low95?: number | undefined;
    readonly high95?: number | undefined;
  } | null;
  /** Probability of being the best. */
  readonly chance: number | null;
  /** Measured at the final step; null before. */
  readonly final: number | null;
}

/** Predicted final loss of every candidate, best first, with its 95 % interval, and the measured one where it is known. */
export function lawCandidatesFigure(
  name: string,
  candidates: readonly CandidateInput[],
  style: FigureStyle,
): Drawing<Figure, Table> {
  const known = candidates.filter(({ predicted }) => predicted !== null);
  const ordered = [...known].sort((a, b) => a.predicted!.loss - b.predicted!.loss);
  const finals = ordered.flatMap(({ final }, at) => (final === null ? [] : [{ at: at + 1, final }]));
  const figure: Figure = {
    ...styled(style),
    description:
      `Candidates of the study ${name} by predicted final loss, with 95 % intervals` +
      `${finals.length === 0 ? '' : ` and measured final loss (${finals.length} known)`}: ` +
      `${ordered.map(({ label, chance }, at) => `${at + 1} ${label}${chance === null ? '' : ` (chance ${formatShort(chance)})`}`).join('; ')}. ` +
      lawsStanding,
    columns: 1,
    aspect: 0.6,
    letters: false,
    legend: [
      { label: 'predicted, 95 % interval', series: 0, symbol: 'marker', marker: 'circle' },
      ...(finals.length === 0
        ? []
        : [{ label: 'measured', series: 1, symbol: 'marker' as const, marker: seriesMarker(1) }]),
    ],
    panels: [
      {
        x: {
          label: 'Candidate, best first',
          scale: 'linear',
          domain: [0.5, ordered.length + 0.5],
          ticks: ordered.map((_, at) => ({ at: at + 1, label: String(at + 1) })),
        },
        y: { label: 'Final loss', unit: 'nats/token', scale: 'linear' },
        marks: [
          ...ordered.flatMap(({ predicted }, at): Mark[] =>
            predicted?.low95 === undefined || predicted.high95 === undefined
              ? []
              : [
                  {
                    kind: 'line',
                    x: [at + 1, at + 1],
                    y: [predicted.low95, predicted.high95],
                    series: 0,
                    dash: [],
                  },
                ],
          ),
          {
            kind: 'points',
            x: ordered.map((_, at) => at + 1),
            y: ordered.map(({ predicted }) => predicted!.loss),
            series: 0,
            marker: 'circle',
          },
          {
            kind: 'points',
            x: finals.map(({ at }) => at),
            y: finals.map(({ final }) => final),
            series: 1,
            marker: seriesMarker(1),
          },
        ],
      },
    ],
  };
  const unit = 'nats/token';
  return {
    figure,
    table: {
      columns: [
        { name: 'study' },
        { name: 'run' },
        { name: 'candidate' },
        { name: 'predicted', unit },
        { name: 'low 95 %', unit },
        { name: 'high 95 %', unit },
        { name: 'chance of being best' },
        { name: 'final', unit },
      ],
      rows: candidates.map(({ run, label, predicted, chance, final }) => [
        name,
        run,
        label,
        predicted?.loss ?? null,
        predicted?.low95 ?? null,
        predicted?.high95 ?? null,
        chance,
        final,
      ]),
    },
  };
}
