/**
 * Figures of the temporal scaling law (arXiv 2404.17785, in our reconstruction): a prediction from a prefix, the loss by
 * position with its fits, the three parameters over training, uniform learning.
 */
import type { LawReading, ParameterName } from '../../laws/reading.ts';
import type { PositionFit, PredictionMethod } from '../../laws/types.ts';
import type { UniformityStretch } from '../../laws/uniformity.ts';
import { type Drawing, type FigureRun, runLabels } from '../run.ts';
import { type Axis, type Figure, type FigureStyle, type LegendEntry, type Mark, styled } from '../spec.ts';
import type { Cell, Table } from '../table.ts';
import { formatShort } from '../ticks.ts';
import { toPoints } from '../units.ts';

export type LawRun = Pick<FigureRun, 'run' | 'name' | 'reconstruction'>;

/** Said of every fit (papers/temporal-scaling-law.md, section 10). */
export const lawsStanding = 'Reconstruction: log / hyperbolic / piecewise-cosine family; equations ours.';

export const methodLabels: Readonly<Record<PredictionMethod, string>> = {
  temporal: 'temporal law',
  power: 'power law',
  reciprocal: 'reciprocal law',
  log: 'logarithmic law',
  linearLog: 'last slope in log N',
  lastValue: 'last value',
  multiPower: 'multi-power law',
};

const unit = 'nats/token';
const prefixDash = [3, 2] as const;

function tokenAxis(logX: boolean, domain?: readonly [number, number]): Axis {
  return {
    label: 'Training tokens',
    scale: logX ? 'log' : 'linear',
    ...(domain === undefined ? {} : { domain }),
  };
}

function loss(label = 'Mean loss over positions'): Axis {
  return { label, unit, scale: 'linear' };
}

function verticalLine(x: number, [low, high]: readonly [number, number], dash: readonly number[]): Mark {
  return { kind: 'line', x: [x, x], y: [low, high], series: 'neutral', weight: 0.75, dash };
}

/** The lowest and highest value with a twentieth of margin. */
function extent(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = high > low ? (high - low) * 0.05 : Math.max(0.1, Math.abs(high) * 0.1);
  return [low - margin, high + margin];
}

/** Measured loss, the predictions from the prefix with their 50 and 95 % intervals, and what came after. */
export function lawLossFigure(
  run: LawRun,
  reading: LawReading,
  style: FigureStyle,
  { logX = true, methods = ['temporal', 'power'] as readonly PredictionMethod[] } = {},
): Drawing<Figure, Table> {
  const drawn = reading.predictions.filter(({ method }) => methods.includes(method));
  const used = reading.measured.filter((point) => point.used);
  const later = reading.measured.filter((point) => !point.used);
  const first = reading.measured[0]!.tokens;
  const domain = extent([
    ...reading.measured.filter(({ tokens }) => !logX || tokens >= first).map((point) => point.loss),
    ...drawn.flatMap(({ at }) =>
      at.flatMap((point) => [point.loss, point.low95 ?? point.loss, point.high95 ?? point.loss]),
    ),
  ]);
  const intervals = drawn.flatMap(({ at }, series) => [
    ...band(at, series, 'low95', 'high95', 0.14),
    ...band(at, series, 'low50', 'high50', 0.22),
  ]);
  const curves: Mark[] = drawn.map(({ at }, series) => ({
    kind: 'line',
    x: at.map(({ tokens }) => tokens),
    y: at.map((point) => point.loss),
    series,
  }));
  const [label] = runLabels([run]);
  const figure: Figure = {
    ...styled(style),
    description:
      `Mean loss over ${reading.positions} positions (set ${reading.set}) of ${label}: the first ` +
      `${reading.prefix.checkpoints} checkpoints, to the vertical line at ${formatShort(reading.prefix.tokens)} tokens, ` +
      `were fitted; bands are 50 and 95 % intervals. ${lawsStanding}`,
    columns: 1,
    aspect: 0.6,
    letters: false,
    legend: [
      { label: 'measured, fitted', series: 'neutral', symbol: 'line' },
      ...(later.length === 0
        ? []
        : [
            {
              label: 'measured, not used',
              series: 'neutral' as const,
              symbol: 'marker' as const,
              marker: 'circle' as const,
            },
          ]),
      ...drawn.map(
        ({ method }, series): LegendEntry => ({ label: methodLabels[method], series, symbol: 'line' }),
      ),
    ],
    panels: [
      {
        x: tokenAxis(logX, [logX ? first : 0, reading.horizon]),
        y: { ...loss(), domain },
        marks: [
          ...intervals,
          verticalLine(reading.prefix.tokens, domain, prefixDash),
          {
            kind: 'line',
            x: used.map(({ tokens }) => tokens),
            y: used.map((point) => point.loss),
            series: 'neutral',
          },
          ...curves,
          {
            kind: 'points',
            x: later.map(({ tokens }) => tokens),
            y: later.map((point) => point.loss),
            series: 'neutral',
            marker: 'circle',
          },
        ],
      },
    ],
  };
  const rows: Cell[][] = [
    ...reading.measured.map((point): Cell[] => [
      ...identity(run, reading.set),
      point.used ? 'measured, fitted' : 'measured, not used',
      point.step,
      point.tokens,
      point.loss,
      null,
      null,
      null,
      null,
    ]),
    ...reading.predictions.flatMap(({ method, at }) =>
      at.map((point): Cell[] => [
        ...identity(run, reading.set),
        methodLabels[method],
        null,
        point.tokens,
        point.loss,
        point.low50 ?? null,
        point.high50 ?? null,
        point.low95 ?? null,
        point.high95 ?? null,
      ]),
    ),
  ];
  const columns = ['low 50 %', 'high 50 %', 'low 95 %', 'high 95 %'].map((name) => ({ name, unit }));
  return {
    figure,
    table: {
      columns: [
        ...identityColumns,
        { name: 'series' },
        { name: 'step' },
        { name: 'tokens' },
        { name: 'loss', unit },
        ...columns,
      ],
      rows,
    },
  };
}

function band(
  at: LawReading['predictions'][number]['at'],
  series: number,
  low: 'low50' | 'low95',
  high: 'high50' | 'high95',
  opacity: number,
): Mark[] {
  const known = at.filter((point) => point[low] !== undefined && point[high] !== undefined);
  if (known.length < 2) return [];
  return [
    {
      kind: 'band',
      x: known.map(({ tokens }) => tokens),
      low: known.map((point) => point[low]!),
      high: known.map((point) => point[high]!),
      series,
      opacity,
    },
  ];
}

export interface PositionCheckpoint {
  readonly step: number;
  readonly tokens: number;
  /** At position i = 1..n, nats per token, [n]. */
  readonly loss: readonly number[];
  /** The law's values there, [n]. */
  readonly law: readonly number[];
  readonly fit: Pick<PositionFit, 'a0' | 'a1' | 'a2' | 'r2'>;
}

/** Loss by position at chosen checkpoints, faint, with the fitted position law. */
export function lawPositionFigure(
  run: LawRun,
  set: string,
  checkpoints: readonly PositionCheckpoint[],
  style: FigureStyle,
): Drawing<Figure, Table> {
  const [label] = runLabels([run]);
  const positions = (values: readonly number[]) => values.map((_, i) => i + 1);
  const figure: Figure = {
    ...styled(style),
    description:
      `Loss by position (set ${set}) of ${label} at ${checkpoints.length} checkpoints: measured (faint), and the ` +
      `position law L_i = a0 / (1 + a1 i) + a2 fitted to each (from a third-party description of arXiv 2404.17785). ${lawsStanding}`,
    columns: 1,
    aspect: 0.6,
    letters: false,
    legend: checkpoints.map(({ tokens }, series) => ({
      label: `${formatShort(tokens)} tokens`,
      series,
      symbol: 'line',
    })),
    panels: [
      {
        x: { label: 'Position in the window', unit: 'tokens', scale: 'log' },
        y: loss('Loss'),
        marks: checkpoints.flatMap(({ loss: measured, law }, series): Mark[] => [
          { kind: 'line', x: positions(measured), y: measured, series, weight: 0.5, opacity: 0.45, dash: [] },
          { kind: 'line', x: positions(law), y: law, series },
        ]),
      },
    ],
  };
  return {
    figure,
    table: {
      columns: [
        ...identityColumns,
        { name: 'step' },
        { name: 'tokens' },
        { name: 'position' },
        { name: 'loss', unit },
        { name: 'law', unit },
      ],
      rows: checkpoints.flatMap(({ step, tokens, loss: measured, law }) =>
        measured.map((value, i) => [...identity(run, set), step, tokens, i + 1, value, law[i]!]),
      ),
    },
  };
}

export const parameterTitles: Readonly<Record<ParameterName, string>> = {
  a0: 'Gap a0',
  a1: 'Rate a1',
  a2: 'Floor a2',
};

/** a0, a1, a2 of every checkpoint with the fitted forms; dashed: end of the prefix; dotted: separation point. */
export function lawParametersFigure(
  run: LawRun,
  reading: LawReading,
  style: FigureStyle,
): Drawing<Figure, Table> {
  const [label] = runLabels([run]);
  const separation =
    reading.separation !== null && 'tokens' in reading.separation ? reading.separation.tokens : null;
  const wide = toPoints(style.widthMm) / style.fontSize >= 38;
  const forms = reading.parameters.map(({ name, form }) => `${name}: ${form ?? 'not fitted'}`).join(', ');
  const figure: Figure = {
    ...styled(style),
    description:
      `Parameters of the position law (set ${reading.set}) of ${label} at every checkpoint, with the temporal forms ` +
      `(${forms}) fitted up to the dashed line; the dotted line is the separation point` +
      `${separation === null ? ', which this prefix does not identify' : ''}. ${lawsStanding}`,
    columns: wide ? 3 : 1,
    aspect: wide ? 0.9 : 0.5,
    letters: true,
    legend: [
      { label: 'fit of a checkpoint', series: 0, symbol: 'marker', marker: 'circle' },
      { label: 'temporal law', series: 1, symbol: 'line' },
    ],
    panels: reading.parameters.map(({ name, points, curve }) => {
      const domain = extent([...points, ...curve].map(({ value }) => value));
      return {
        x: tokenAxis(true, [reading.measured[0]!.tokens, reading.horizon]),
        y: { label: parameterTitles[name], scale: 'linear', domain, ...(name === 'a1' ? {} : { unit }) },
        marks: [
          verticalLine(reading.prefix.tokens, domain, prefixDash),
          ...(separation === null ? [] : [verticalLine(separation, domain, [1, 1.5])]),
          {
            kind: 'line',
            x: curve.map(({ tokens }) => tokens),
            y: curve.map(({ value }) => value),
            series: 1,
          },
          {
            kind: 'points',
            x: points.map(({ tokens }) => tokens),
            y: points.map(({ value }) => value),
            series: 0,
            marker: 'circle',
          },
        ],
      };
    }),
  };
  return {
    figure,
    table: {
      columns: [
        ...identityColumns,
        { name: 'parameter' },
        { name: 'series' },
        { name: 'tokens' },
        { name: 'value' },
      ],
      rows: reading.parameters.flatMap(({ name, points, curve }) => [
        ...points.map(({ tokens, value }) => [
          ...identity(run, reading.set),
          name,
          'checkpoint',
          tokens,
          value,
        ]),
        ...curve.map(({ tokens, value }) => [
          ...identity(run, reading.set),
          name,
          'temporal law',
          tokens,
          value,
        ]),
      ]),
    },
  };
}

/** dL_i/dN by position over halvings of training: flat lines after the early phase are uniform learning. */
export function lawUniformityFigure(
  run: LawRun,
  set: string,
  stretches: readonly UniformityStretch[],
  style: FigureStyle,
): Drawing<Figure, Table> {
  const [label] = runLabels([run]);
  const stated = stretches.map(
    ({ to, unevenness }) =>
      `to ${formatShort(to)}: ${unevenness === null ? 'none' : formatShort(unevenness)}`,
  );
  const figure: Figure = {
    ...styled(style),
    description:
      `How fast the loss falls at each position (set ${set}) of ${label}: least-squares slopes over halvings of training. ` +
      `Standard deviation over positions by mean (our statistic) ${stated.join(', ')}.`,
    columns: 1,
    aspect: 0.6,
    letters: false,
    legend: stretches.map(({ from, to }, series) => ({
      label: `${formatShort(from)} to ${formatShort(to)} tokens`,
      series,
      symbol: 'line',
    })),
    panels: [
      {
        x: { label: 'Position in the window', unit: 'tokens', scale: 'log' },
        y: { label: 'Change of the loss', unit: 'nats/token per 1 M tokens', scale: 'linear' },
        marks: stretches.map(({ slope }, series) => ({
          kind: 'line',
          x: slope.map((_, i) => i + 1),
          y: slope,
          series,
        })),
      },
    ],
  };
  return {
    figure,
    table: {
      columns: [
        ...identityColumns,
        { name: 'from', unit: 'tokens' },
        { name: 'to', unit: 'tokens' },
        { name: 'position' },
        { name: 'slope', unit: 'nats/token per 1 M tokens' },
      ],
      rows: stretches.flatMap(({ from, to, slope }) =>
        slope.map((value, i) => [...identity(run, set), from, to, i + 1, value]),
      ),
    },
  };
}

const identityColumns = [{ name: 'run' }, { name: 'name' }, { name: 'set' }] as const;

function identity(run: LawRun, set: string): Cell[] {
  return [run.run, run.name, set];
}
