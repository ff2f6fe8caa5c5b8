/** Tokens on their way from expert to expert, layer by layer and sub-layer by sub-layer: a Sankey of one passage. */
import { FinegrainError } from '../../errors.ts';
import {
  expertFlow,
  type Flow,
  noneOf,
  type PlacedLink,
  type PlacedNode,
  placeFlow,
} from '../../run/expertFlow.ts';
import { expertLabel } from '../../run/probe.ts';
import type { TokenReading } from '../../run/reading.ts';
import { type Drawing, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, type Mark, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { textWidth } from '../text.ts';
import { toPoints } from '../units.ts';
import { runCells, runColumns } from './overSteps.ts';
import type { NamedRun } from './reading.ts';

const aspect = 0.5;
/** Share of the width that a column of experts takes. */
const nodeShare = 0.022;
/** And at most this much of the way to the next. */
const widestNode = 0.14;
/** Points along the edge of a band: enough for no corner to be seen. */
const bandPoints = 24;

/** Throws `input.invalid` where tokens pass fewer than two routed layers or sub-layers. */
export function flowFigure(run: NamedRun, reading: TokenReading, style: FigureStyle): Drawing<Figure, Table> {
  const flow = expertFlow(reading.routes, reading.read);
  if (flow.columns.length < 2) {
    throw new FinegrainError(
      'input.invalid',
      `Tokens of run ${run.run} pass ${flow.columns.length} layers that route them; a flow needs two.`,
      'Choose a run with two layers or sub-layers whose experts can be switched off.',
    );
  }
  const node = Math.min(widestNode, nodeShare * (flow.columns.length - 1));
  const placed = placeFlow(flow, {
    width: flow.columns.length - 1 + node,
    height: 1,
    node,
    gap: 0.014,
  });
  const [label] = runLabels([run]);
  const grouped = flow.columns.some(({ groups }) => groups > 1);
  const figure: Figure = {
    ...styled(style),
    description:
      `Flow of ${flow.tokens} tokens of ${reading.source} between the experts of ${label} at step ${reading.step}` +
      `${grouped ? ', by sub-layers' : ''}; a token of several experts is shared out evenly` +
      `${placed.hidden > 0.005 ? `; the thinnest bands, ${Math.round(100 * placed.hidden)} % of the ways, are left out` : ''}.`,
    columns: 1,
    aspect,
    letters: false,
    legend: [],
    panels: [
      {
        title: label!,
        x: {
          label: grouped ? 'Layer.sub-layer' : 'Layer',
          scale: 'linear',
          domain: [-0.1, flow.columns.length - 1 + node + 0.1],
          bare: true,
          ticks: flow.columns.map(({ layer, group, groups }, column) => ({
            at: column + node / 2,
            label: groups > 1 ? `${layer + 1}.${group + 1}` : String(layer + 1),
          })),
        },
        y: {
          label: `Tokens by expert (${flow.tokens})`,
          scale: 'linear',
          domain: [0, 1],
          bare: true,
          ticks: [],
        },
        marks: [
          ...placed.links.map((link) => bandOf(link)),
          ...placed.nodes.map((one) => boxOf(one, flow, node)),
          ...labelsOf(placed.nodes, flow, node, style),
        ],
      },
    ],
  };
  return { figure, table: flowTable(run, reading, flow) };
}

/** An S-curve of even height, as the window draws it. */
function bandOf({ x0, y0, x1, y1, height }: PlacedLink): Mark {
  const steps = Array.from({ length: bandPoints + 1 }, (_, at) => at / bandPoints);
  // Cubic with its handles half-way: x = 1.5 t (1 - t) + t^3 of the way, y = 3 t^2 - 2 t^3.
  const x = steps.map((t) => x0 + (x1 - x0) * (1.5 * t * (1 - t) ** 2 + 1.5 * t * t * (1 - t) + t ** 3));
  const top = steps.map((t) => 1 - (y0 + (y1 - y0) * (3 * t * t - 2 * t ** 3)));
  return { kind: 'band', x, low: top.map((y) => y - height), high: top, series: 'neutral', opacity: 0.28 };
}

function boxOf({ column, node: expert, x, y, height }: PlacedNode, flow: Flow, node: number): Mark {
  return {
    kind: 'band',
    x: [x, x + node],
    low: [1 - y - height, 1 - y - height],
    high: [1 - y, 1 - y],
    series: expert === noneOf(flow.columns[column]!) ? 'neutral' : 0,
    opacity: 1,
  };
}

/** Names beside the nodes that are high enough for one, left of those in the last column. */
function labelsOf(nodes: readonly PlacedNode[], flow: Flow, node: number, style: FigureStyle): Mark[] {
  const em = style.fontSize;
  const width = 0.92 * toPoints(style.widthMm);
  const columnWidth = (width / (flow.columns.length - 1 + node + 0.2)) * 0.9;
  const perPoint = 1 / (aspect * width);
  const last = flow.columns.length - 1;
  const gap = 0.3 * em * (1 / columnWidth);
  const named = nodes
    .map((one) => ({ ...one, text: nodeName(flow, one.column, one.node) }))
    .filter(({ column, height, text }) => {
      // Between the last two columns the names of both stand.
      const room = columnWidth * (column >= last - 1 ? 0.4 : 0.7);
      return height >= 1.1 * em * perPoint && textWidth(text, em) < room;
    });
  const mark = (shown: typeof named, anchor: 'start' | 'end'): Mark[] =>
    shown.length === 0
      ? []
      : [
          {
            kind: 'text',
            x: shown.map(({ x }) => (anchor === 'end' ? x - gap : x + node + gap)),
            y: shown.map(({ y, height }) => 1 - y - height / 2),
            text: shown.map(({ text }) => text),
            anchor,
          },
        ];
  return [
    ...mark(
      named.filter(({ column }) => column < last),
      'start',
    ),
    ...mark(
      named.filter(({ column }) => column === last),
      'end',
    ),
  ];
}

function nodeName(flow: Flow, column: number, at: number): string {
  const own = flow.columns[column]!;
  if (at === noneOf(own)) return 'none';
  const perGroup = own.sizes.length - 1;
  return expertLabel(own.group * perGroup + at, perGroup * own.groups, own.groups);
}

function flowTable(run: NamedRun, reading: TokenReading, flow: Flow): Table {
  return {
    columns: [
      ...runColumns,
      { name: 'step' },
      { name: 'from layer', unit: 'from 1' },
      { name: 'from expert', unit: 'from 1' },
      { name: 'to layer', unit: 'from 1' },
      { name: 'to expert', unit: 'from 1' },
      { name: 'tokens' },
    ],
    rows: flow.links.map(({ column, from, to, tokens }) => [
      ...runCells(run),
      reading.step,
      flow.columns[column]!.layer + 1,
      nodeName(flow, column, from),
      flow.columns[column + 1]!.layer + 1,
      nodeName(flow, column + 1, to),
      tokens,
    ]),
  };
}
