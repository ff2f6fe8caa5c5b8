/** Figures of one passage, token by token: NSAR by layer and token, how far back heads look, and the map of one head. */
import { FinegrainError } from '../../errors.ts';
import type { AttentionReading, TokenReading } from '../../run/reading.ts';
import { type Drawing, type FigureRun, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { namedAxis, squareEdges } from './fields.ts';
import { nsarLabel } from './nsar.ts';
import { runCells, runColumns } from './overSteps.ts';

export type NamedRun = Pick<FigureRun, 'run' | 'name' | 'reconstruction'>;

/** A token as an axis can name it: spaces and line ends made visible, long ones cut. */
export function tokenName(token: string): string {
  const shown = token.replaceAll(' ', '·').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return shown.length > 12 ? `${shown.slice(0, 11)}…` : shown;
}

/** Layer upwards, token to the right. Throws `input.invalid` for a threshold that was not measured. */
export function nsarTokensFigure(
  run: NamedRun,
  reading: TokenReading,
  style: FigureStyle,
  threshold = 0.1,
): Drawing<Figure, Table> {
  const tokens = reading.tokens.slice(0, reading.read);
  const layers = reading.layers.filter(({ nsar }) => nsar[String(threshold)] !== undefined);
  if (layers.length === 0) {
    throw new FinegrainError(
      'input.invalid',
      `Threshold ${threshold} was not measured in run ${run.run}.`,
      `Choose one of ${Object.keys(reading.layers[0]?.nsar ?? {}).join(', ')}.`,
    );
  }
  const values = layers.map(({ nsar }) => [...nsar[String(threshold)]!]);
  const [label] = runLabels([run]);
  const figure: Figure = {
    ...styled(style),
    description:
      `Non-sparse activation rate (our definition, tau = ${threshold}) of ${label} at step ${reading.step} by layer ` +
      `and token of ${reading.source}; a dot stands for a space.`,
    columns: 1,
    aspect: Math.min(0.6, Math.max(0.22, 0.05 * layers.length)),
    letters: false,
    legend: [],
    panels: [
      {
        title: label!,
        x: namedAxis(
          'Token',
          tokens.map(({ token }) => tokenName(token)),
        ),
        y: namedAxis(
          'Layer',
          layers.map(({ layer }) => String(layer + 1)),
        ),
        colours: {
          map: 'viridis',
          domain: [0, Math.max(0.01, ...values.flat())],
          label: nsarLabel(threshold),
        },
        marks: [
          { kind: 'cells', xEdges: squareEdges(tokens.length), yEdges: squareEdges(layers.length), values },
        ],
      },
    ],
  };
  return {
    figure,
    table: {
      columns: [
        ...runColumns,
        { name: 'step' },
        { name: 'layer', unit: 'from 1' },
        { name: 'position', unit: 'from 0' },
        { name: 'token' },
        { name: 'tau' },
        { name: 'NSAR', unit: 'our definition: share of |SiLU(x Wg)| > tau' },
      ],
      rows: layers.flatMap(({ layer }, row) =>
        tokens.map(({ token }, at) => [
          ...runCells(run),
          reading.step,
          layer + 1,
          at,
          token,
          threshold,
          values[row]![at]!,
        ]),
      ),
    },
  };
}

/** Mean distance in tokens of what each head of each layer attends to. */
export function headsFigure(
  run: NamedRun,
  reading: AttentionReading,
  style: FigureStyle,
): Drawing<Figure, Table> {
  const heads = Math.max(...reading.distance.map((row) => row.length));
  const values = reading.distance.map((row) => Array.from({ length: heads }, (_, head) => row[head] ?? null));
  const known = reading.distance.flat();
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const [label] = runLabels([run]);
  const names = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at + 1));
  const figure: Figure = {
    ...styled(style),
    description:
      `How far back each attention head of ${label} looks at step ${reading.step}: mean distance in tokens over ` +
      `${reading.tokens.length} tokens of ${reading.source}.`,
    columns: 1,
    aspect: Math.min(0.9, Math.max(0.3, (0.9 * values.length) / Math.max(heads, 6))),
    letters: false,
    legend: [],
    panels: [
      {
        title: label!,
        x: namedAxis('Head', names(heads)),
        y: namedAxis('Layer', names(values.length)),
        colours: {
          map: 'viridis',
          domain: high > low ? [low, high] : [Math.max(0, low - 0.5), high + 0.5],
          label: 'Mean distance',
          unit: 'tokens',
        },
        marks: [{ kind: 'cells', xEdges: squareEdges(heads), yEdges: squareEdges(values.length), values }],
      },
    ],
  };
  return {
    figure,
    table: {
      columns: [
        ...runColumns,
        { name: 'step' },
        { name: 'layer', unit: 'from 1' },
        { name: 'head', unit: 'from 1' },
        { name: 'mean distance', unit: 'tokens' },
        { name: 'mean entropy', unit: 'nats' },
      ],
      rows: reading.distance.flatMap((row, layer) =>
        row.map((distance, head) => [
          ...runCells(run),
          reading.step,
          layer + 1,
          head + 1,
          distance,
          reading.entropy[layer]![head]!,
        ]),
      ),
    },
  };
}

/** The attention map of one head: row by row what each token attends to, the first token on top. */
export function attentionFigure(
  run: NamedRun,
  reading: AttentionReading,
  style: FigureStyle,
): Drawing<Figure, Table> {
  const { map, tokens, layer, head } = reading;
  const size = map.length;
  const names = tokens.slice(0, size).map(tokenName);
  const [label] = runLabels([run]);
  // Rows are drawn from below, so the first token comes last.
  const values = map.map((row) => [...row, ...new Array<null>(size - row.length).fill(null)]).reverse();
  const figure: Figure = {
    ...styled(style),
    description:
      `Attention of layer ${layer + 1}, head ${head + 1} of ${label} at step ${reading.step} on ${size} tokens of ` +
      `${reading.source}: row by row what each token attends to; grey: the future.`,
    columns: 1,
    aspect: 0.9,
    letters: false,
    legend: [],
    panels: [
      {
        title: `${label}, layer ${layer + 1}, head ${head + 1}`,
        x: namedAxis('Attends to', names),
        y: namedAxis('Token', [...names].reverse()),
        colours: { map: 'viridis', domain: [0, Math.max(0.01, ...map.flat())], label: 'Attention weight' },
        marks: [{ kind: 'cells', xEdges: squareEdges(size), yEdges: squareEdges(size), values }],
      },
    ],
  };
  return {
    figure,
    table: {
      columns: [
        ...runColumns,
        { name: 'step' },
        { name: 'layer', unit: 'from 1' },
        { name: 'head', unit: 'from 1' },
        { name: 'position', unit: 'from 0' },
        { name: 'token' },
        { name: 'attends to', unit: 'from 0' },
        { name: 'attended token' },
        { name: 'weight' },
      ],
      rows: map.flatMap((row, t) =>
        row.map((weight, s) => [
          ...runCells(run),
          reading.step,
          layer + 1,
          head + 1,
          t,
          tokens[t]!,
          s,
          tokens[s]!,
          weight,
        ]),
      ),
    },
  };
}
