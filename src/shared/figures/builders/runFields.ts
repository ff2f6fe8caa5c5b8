/** Runs as points and lines over their fields: a scatter with its trend, and parallel coordinates. */
import { FinegrainError } from '../../errors.ts';
import { formatExact, formatNumber } from '../../format.ts';
import { type Dimension, dimensionOf, placeOf, ticksOf, type Value } from '../../run/parallel.ts';
import { axisText, fieldLabel, fieldValue, formatValue, type RunRecord } from '../../run/records.ts';
import { trendOf } from '../../run/trend.ts';
import { seriesMarker } from '../colours.ts';
import { leastPlotHeight } from '../panelLayout.ts';
import { type Drawing, runLabels } from '../run.ts';
import { type Axis, type Figure, type FigureStyle, type LegendEntry, type Mark, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { textWidth } from '../text.ts';
import { formatShort } from '../ticks.ts';
import { toPoints } from '../units.ts';
import { runCells, runColumns } from './overSteps.ts';
import type { NamedRun } from './reading.ts';

export interface FieldRun extends NamedRun {
  readonly record: RunRecord;
}

export interface FieldOptions {
  readonly fields: readonly string[];
  /** Those of them on a logarithmic axis. */
  readonly logFields: readonly string[];
  /** Runs with the same value of it are drawn alike; absent: each run by itself where they are few. */
  readonly colourBy?: string | undefined;
}

/** More than this many colours cannot be told apart, and their legend would be longer than the figure. */
export const mostRunColours = 8;
const trendDash = [3, 2] as const;

/** Which colour each run has, and what the colours mean. All runs share one where there would be too many. */
function colouring(
  runs: readonly FieldRun[],
  colourBy: string | undefined,
): { series: number[]; names: string[]; note: string } {
  if (colourBy !== undefined) {
    const values = runs.map(({ record }) => fieldValue(record, colourBy));
    const texts = values.map((value) => (value === null ? 'unknown' : formatValue(colourBy, value)));
    const { kind } = dimensionOf(colourBy, values, false);
    const order = (a: number, b: number): number =>
      kind === 'number'
        ? Number(values[a] ?? Number.POSITIVE_INFINITY) - Number(values[b] ?? Number.POSITIVE_INFINITY)
        : texts[a]!.localeCompare(texts[b]!, 'en', { numeric: true });
    const distinct = [...new Set([...runs.keys()].sort(order).map((at) => texts[at]!))];
    if (distinct.length <= mostRunColours) {
      return {
        series: texts.map((text) => distinct.indexOf(text)),
        names: distinct.map((text) => `${fieldLabel(colourBy)} ${text}`),
        note: ` Colours: ${axisText(colourBy)}.`,
      };
    }
  }
  if (runs.length <= mostRunColours) return { series: [...runs.keys()], names: runLabels(runs), note: '' };
  return { series: runs.map(() => 0), names: [], note: '' };
}

/**
 * One point for each run: the first field across, the second up; where both are numbers, of three runs or more, the
 * least-squares line (through the logarithms on log axes). Throws `input.invalid` where no run can be placed.
 */
export function scatterFigure(
  runs: readonly FieldRun[],
  style: FigureStyle,
  { fields, logFields, colourBy }: FieldOptions,
): Drawing<Figure, Table> {
  const [across, up] = fields;
  if (across === undefined || up === undefined) {
    throw new FinegrainError(
      'input.invalid',
      `A scatter figure needs two fields; fields: ${fields.length} given.`,
      'Name the field across and the field up, for example parameters and validationLoss.',
    );
  }
  const values = runs.map(({ record }) => ({ x: fieldValue(record, across), y: fieldValue(record, up) }));
  const dimension = dimensionOf(
    across,
    values.map(({ x }) => x),
    logFields.includes(across),
  );
  const category = dimension.kind === 'category';
  const [logX, logY] = [!category && logFields.includes(across), logFields.includes(up)];
  const placed = values.flatMap(({ x, y }, at) => {
    const place = category ? categoryPlace(dimension, x) : typeof x === 'number' ? x : null;
    if (place === null || typeof y !== 'number' || !Number.isFinite(place) || !Number.isFinite(y)) return [];
    return (logX && place <= 0) || (logY && y <= 0) ? [] : [{ at, x: place, y }];
  });
  if (placed.length === 0) {
    throw new FinegrainError(
      'input.invalid',
      `None of these runs has a number in ${up} and a value in ${across}.`,
      'Choose other fields, or wait until a run has them.',
    );
  }
  const { series, names, note } = colouring(runs, colourBy);
  const trend = category ? null : trendOf(placed, logX, logY);
  const sign = trend !== null && trend.intercept < 0 ? '\u2212' : '+';
  const equation =
    trend === null
      ? ''
      : `${logY ? 'log ' : ''}y = ${formatNumber(trend.slope)} ${logX ? 'log ' : ''}x ${sign} ${formatNumber(Math.abs(trend.intercept))}, r² = ${formatNumber(trend.r2)}`;
  const marks = names.length === 0 ? [0] : [...names.keys()];
  const figure: Figure = {
    ...styled(style),
    description:
      `${capital(axisText(up))} against ${axisText(across)} of ${runs.length} runs.${note}` +
      `${trend === null ? '' : ` Dashed: least squares over ${trend.points} runs, ${equation}.`}`,
    columns: 1,
    aspect: 0.65,
    letters: false,
    legend: [
      ...names.map(
        (label, at): LegendEntry => ({ label, series: at, symbol: 'marker', marker: seriesMarker(at) }),
      ),
      ...(trend === null
        ? []
        : [{ label: equation, series: 'neutral', symbol: 'reference', dash: trendDash } as const]),
    ],
    panels: [
      {
        x: category ? categoryAxis(dimension, axisText(across)) : numberAxis(axisText(across), logX),
        y: numberAxis(axisText(up), logY),
        marks: [
          ...(trend === null
            ? []
            : [
                {
                  kind: 'line',
                  x: trend.line.map(({ x }) => x),
                  y: trend.line.map(({ y }) => y),
                  series: 'neutral',
                  dash: trendDash,
                  weight: 0.75,
                } as const,
              ]),
          ...marks.map((own): Mark => {
            const points = placed.filter(({ at }) => series[at] === own);
            return {
              kind: 'points',
              x: points.map(({ x }) => x),
              y: points.map(({ y }) => y),
              series: own,
              marker: seriesMarker(own),
            };
          }),
        ],
      },
    ],
  };
  return { figure, table: fieldTable(runs, [across, up, ...(colourBy === undefined ? [] : [colourBy])]) };
}

function categoryPlace({ categories }: Dimension, value: Value): number | null {
  const at = value === null ? -1 : categories.indexOf(String(value));
  return at === -1 ? null : at;
}

function categoryAxis({ categories }: Dimension, label: string): Axis {
  return {
    label: capital(label),
    scale: 'linear',
    domain: [-0.5, categories.length - 0.5],
    ticks: categories.map((text, at) => ({ at, label: text })),
  };
}

/** `validation loss (nats/token)` as label and unit. */
function numberAxis(text: string, log: boolean): Axis {
  const [, label = text, unit] = /^(.*?)(?: \(([^)]+)\))?$/.exec(text) ?? [];
  return { label: capital(label), ...(unit === undefined ? {} : { unit }), scale: log ? 'log' : 'linear' };
}

/** The name of a field as the document has it stays as it is. */
function capital(text: string): string {
  return text.includes('.') ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/** A line for each run over upright axes, one for each field; broken where a run has no value. */
export function parallelFigure(
  runs: readonly FieldRun[],
  style: FigureStyle,
  { fields, logFields, colourBy }: FieldOptions,
): Drawing<Figure, Table> {
  if (fields.length < 2) {
    throw new FinegrainError(
      'input.invalid',
      `Parallel coordinates need two fields or more; fields: ${fields.length} given.`,
      'Name the fields in the order of the axes, for example width, learningRate, validationLoss.',
    );
  }
  const dimensions = fields.map((field) =>
    dimensionOf(
      field,
      runs.map(({ record }) => fieldValue(record, field)),
      logFields.includes(field),
    ),
  );
  const { series, names, note } = colouring(runs, colourBy);
  const em = style.fontSize;
  // A slot of the page for each axis; a part of one is left at both ends for their words.
  const slot = (0.97 * toPoints(style.widthMm)) / (fields.length - 1 + ends.left + ends.right);
  const [labels, rows] = axisLabels(fields.map(fieldLabel), slot - 0.6 * em, em);
  // Names stand above the axes in rows of the text's own height, whatever the height of the axes.
  const height = Math.max(parallelAspect * 0.95 * toPoints(style.widthMm), leastPlotHeight * em);
  const line = (1.06 * em) / (height - (1.1 + 1.3 * rows) * em);
  const nameAt = (axis: number): number => 1 + (1.5 + (rows === 1 ? 0 : axis % 2) * 1.3) * line;
  const high = 1 + (1.1 + 1.3 * rows) * line;
  const figure: Figure = {
    ...styled(style),
    description: `Parallel coordinates of ${runs.length} runs over ${fields.map(axisText).join(', ')}.${note}`,
    columns: 1,
    aspect: parallelAspect,
    letters: false,
    legend: names.map((label, at) => ({ label, series: at, symbol: 'line' })),
    panels: [
      {
        x: {
          label: '',
          scale: 'linear',
          domain: [-ends.left, fields.length - 1 + ends.right],
          bare: true,
          ticks: [],
        },
        y: { label: '', scale: 'linear', domain: [-0.06, high], bare: true, ticks: [] },
        marks: [
          ...runs.map(({ record }, at): Mark => {
            const places = dimensions.map((dimension) =>
              placeOf(dimension, fieldValue(record, dimension.field)),
            );
            return {
              kind: 'line',
              x: places.map((_, axis) => axis),
              y: places,
              series: series[at]!,
              ...(runs.length > 2 * mostRunColours ? { opacity: 0.6 } : {}),
            };
          }),
          ...fields.map(
            (_, axis): Mark => ({
              kind: 'line',
              x: [axis, axis],
              y: [0, 1],
              series: 'neutral',
              dash: [],
              weight: 0.7,
            }),
          ),
          ...dimensions.map((dimension, axis): Mark => {
            const room = (axis === fields.length - 1 ? ends.right : 1) * slot - 0.7 * em;
            const ticks = ticksToShow(dimension, room, em);
            return {
              kind: 'text',
              x: ticks.map(() => axis + (0.35 * em) / slot),
              y: ticks.map(({ place }) => place),
              text: ticks.map(({ text }) => text),
              anchor: 'start',
              backed: true,
            };
          }),
          {
            kind: 'text',
            x: fields.map((_, axis) => axis),
            y: fields.map((_, axis) => nameAt(axis)),
            text: labels,
            anchor: 'middle',
          },
        ],
      },
    ],
  };
  return { figure, table: fieldTable(runs, [...fields, ...(colourBy === undefined ? [] : [colourBy])]) };
}

const parallelAspect = 0.5;

/** Room left of the first axis and right of the last, in distances between two axes. */
const ends = { left: 0.42, right: 0.7 } as const;

/** Ends and middle of a number's axis, at most nine categories. A number is written shorter, or left out, but never cut. */
function ticksToShow(dimension: Dimension, room: number, em: number): { place: number; text: string }[] {
  const ticks = ticksOf(dimension, (value) => formatValue(dimension.field, value));
  if (dimension.kind === 'category') {
    const stride = Math.ceil(ticks.length / 9);
    return ticks
      .filter((_, at) => at % stride === 0)
      .map(({ place, text }) => ({ place, text: shortened(text, room, em) }));
  }
  const shown = ticks.length === 1 ? ticks : [ticks[0]!, ticks[2]!, ticks.at(-1)!];
  // Values that lie close together need more digits to be told apart.
  const alike = new Set(shown.map(({ text }) => text)).size < shown.length;
  const exact = (value: number): string => formatExact(Number(value.toPrecision(6)));
  return shown.flatMap(({ place, value, text: rounded }) => {
    const text = alike ? exact(value!) : rounded;
    const short = formatShort(Number(value!.toPrecision(2)));
    const fitting = (alike ? [text] : [text, short]).find((candidate) => textWidth(candidate, em) <= room);
    return fitting === undefined ? [] : [{ place, text: fitting }];
  });
}

/** In one row where all fit their slot, else in two, each with the width of two slots; cut where even that is too narrow. */
function axisLabels(labels: readonly string[], slot: number, em: number): [string[], 1 | 2] {
  if (labels.every((label, at) => textWidth(label, em) <= (at === 0 ? 2 * ends.left : 1) * slot))
    return [[...labels], 1];
  const room = (at: number): number =>
    at === 0 ? 2 * ends.left * slot : at === labels.length - 1 ? 2 * ends.right * slot : 1.9 * slot;
  return [labels.map((label, at) => shortened(label, room(at), em)), 2];
}

/** Cut from the front: the end of `ffn.experts.count` says most. */
function shortened(text: string, width: number, em: number): string {
  if (textWidth(text, em) <= width) return text;
  for (let from = 1; from < text.length - 1; from++) {
    const cut = `…${text.slice(from)}`;
    if (textWidth(cut, em) <= width) return cut;
  }
  return text.slice(-1);
}

function fieldTable(runs: readonly FieldRun[], fields: readonly string[]): Table {
  const distinct = [...new Set(fields)];
  return {
    columns: [...runColumns, ...distinct.map((name) => ({ name }))],
    rows: runs.map((run) => [
      ...runCells(run),
      ...distinct.map((field) => {
        const value = fieldValue(run.record, field);
        return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
      }),
    ]),
  };
}
