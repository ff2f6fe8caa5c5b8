/** How much each expert of each layer gets, against the uniform share. */
import { FinegrainError } from '../../errors.ts';
import { type ExpertStatistics, type LayerProbe, loadLabel, type Probe } from '../../run/probe.ts';
import type { Drawing, FigureRun } from '../run.ts';
import { probeAt, runLabels } from '../run.ts';
import type { AxisGroup, Figure, FigureStyle, Panel } from '../spec.ts';
import { styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { toPoints } from '../units.ts';

/** A layer with experts, what is drawn of each and the value that all would have if they were equal. */
interface RoutedLayer {
  readonly layer: LayerProbe;
  readonly experts: ExpertStatistics;
  readonly values: readonly number[];
  readonly uniform: number;
}

/** Load: share of summed gates. Choice: share of tokens for which the expert ran. */
export type LoadQuantity = 'load' | 'choice';

const uniformDash = [3, 2] as const;
/** Above either, bars would be hair thin or the page too short: a field of load over uniform is drawn instead. */
const mostRows = 4;
const mostExperts = 48;

/**
 * Load of every expert at the newest probe (or at `step`), a panel for each layer, with the uniform share as a dashed
 * line. Experts that come in sub-layers are grouped by them. Load is the share of summed gates; where no expert was
 * switched off, the axis calls it what it then is, a mean-gate share. Large models become a field of layer by expert.
 * Layers, sub-layers and experts are counted from 1, as in the window and in papers. Throws `input.invalid` for a run
 * without experts.
 */
export function loadFigure(
  run: FigureRun,
  style: FigureStyle,
  step?: number,
  quantity: LoadQuantity = 'load',
): Drawing<Figure, Table> {
  const probe = probeAt(run, step);
  const routed = routedLayers(run, probe, quantity);
  const [label] = runLabels([run]);
  const share = quantity === 'choice' ? 'Share of tokens' : loadLabel(routed.map(({ experts }) => experts));
  const columns = barColumns(routed, style);
  const many =
    routed.length > mostRows * columns || routed.some(({ experts }) => experts.count > mostExperts);
  const figure: Figure = {
    ...styled(style),
    description: `${share} of each expert of ${label} at step ${probe.step}, by layer; dashed: the uniform share.`,
    letters: false,
    ...(many ? loadField(routed, label!, share) : loadBars(routed, label!, share, columns)),
  };
  return { figure, table: loadTable(run, probe, routed, quantity) };
}

function routedLayers(run: FigureRun, probe: Probe, quantity: LoadQuantity): RoutedLayer[] {
  const withExperts = probe.layers.flatMap((layer) =>
    layer.experts === null ? [] : [{ layer, experts: layer.experts }],
  );
  const routed = withExperts.flatMap(({ layer, experts }): RoutedLayer[] => {
    const { count, activeMean, load, routing } = experts;
    if (quantity === 'load') return [{ layer, experts, values: load, uniform: 1 / count }];
    if (routing === undefined) return [];
    return [{ layer, experts, values: routing.choiceShare, uniform: activeMean / count }];
  });
  if (routed.length > 0) return routed;
  if (withExperts.length > 0) {
    throw new FinegrainError(
      'input.invalid',
      `Every expert of run ${run.run} runs for every token, so there are no choices.`,
      'Draw its load, or choose a run whose experts can be switched off.',
    );
  }
  throw new FinegrainError(
    'input.invalid',
    `Run ${run.run} has no experts: all its FFN layers are ${probe.layers[0]?.kind ?? 'unknown'}.`,
    'Choose a run whose FFN has experts.',
  );
}

type Drawn = Pick<Figure, 'columns' | 'aspect' | 'legend' | 'panels'>;

/** Panels side by side: as many as are readable, then as few as keep the number of rows, so that rows are even. */
function barColumns(routed: readonly RoutedLayer[], style: FigureStyle): number {
  const widest = Math.max(...routed.map(({ experts }) => places(experts).end));
  // Six ems of labels, gap included, and at least 10 ems or 0.9 em an expert of plot.
  const panelEms = 6 + Math.max(10, 0.9 * widest);
  const fitting = Math.floor(toPoints(style.widthMm) / style.fontSize / panelEms);
  const most = Math.max(1, Math.min(routed.length, fitting));
  return Math.ceil(routed.length / Math.ceil(routed.length / most));
}

function loadBars(routed: readonly RoutedLayer[], label: string, share: string, columns: number): Drawn {
  const tallest = Math.max(...routed.flatMap(({ values, uniform }) => [...values, uniform]));
  return {
    columns,
    aspect: columns === 1 ? 0.4 : 0.65,
    legend: [
      { label, series: 0, symbol: 'bar' },
      { label: 'uniform', series: 'neutral', symbol: 'reference', dash: uniformDash },
    ],
    // Panels share their axes, so only the outer ones name them.
    panels: routed.map((entry, index) => {
      const named = { x: index + columns >= routed.length, y: index % columns === 0 };
      return barPanel(entry, share, tallest * 1.08, named);
    }),
  };
}

/** Where each expert's bar stands: sub-layers are set apart by the space of one bar. */
function places({ count, groups }: ExpertStatistics): { at: number[]; end: number; perGroup: number } {
  const perGroup = count / groups;
  const at = Array.from({ length: count }, (_, expert) => expert + Math.floor(expert / perGroup));
  return { at, end: count + groups - 1, perGroup };
}

function barPanel(
  { layer, experts, values, uniform }: RoutedLayer,
  share: string,
  top: number,
  named: { readonly x: boolean; readonly y: boolean },
): Panel {
  const { at, end, perGroup } = places(experts);
  const groups: AxisGroup[] = Array.from({ length: experts.groups }, (_, group) => {
    const from = at[group * perGroup]! - 0.4;
    return { from, to: from + perGroup - 0.2, label: `sub-layer ${group + 1}`, short: String(group + 1) };
  });
  const grouped = experts.groups > 1;
  return {
    title: `Layer ${layer.layer + 1}`,
    x: {
      label: !named.x ? '' : grouped ? 'Expert, by sub-layer' : 'Expert',
      scale: 'linear',
      domain: [-0.75, end - 0.25],
      ticks: at.map((place, expert) => ({ at: place, label: String((expert % perGroup) + 1) })),
      ...(grouped ? { groups } : {}),
    },
    y: { label: named.y ? share : '', scale: 'linear', domain: [0, top] },
    marks: [
      { kind: 'bars', x: at, y: values, width: 0.8, series: 0 },
      { kind: 'reference', y: uniform, series: 'neutral', dash: uniformDash },
    ],
  };
}

/** Brackets for a field of layers that all have the same sub-layers; else none. */
function sharedGroups(routed: readonly RoutedLayer[]): AxisGroup[] {
  const { count, groups } = routed[0]!.experts;
  if (groups === 1 || routed.some(({ experts }) => experts.count !== count || experts.groups !== groups))
    return [];
  const perGroup = count / groups;
  return Array.from({ length: groups }, (_, group) => ({
    from: group * perGroup - 0.4,
    to: (group + 1) * perGroup - 0.6,
    label: `sub-layer ${group + 1}`,
    short: String(group + 1),
  }));
}

function loadField(routed: readonly RoutedLayer[], label: string, share: string): Drawn {
  const groups = sharedGroups(routed);
  const perGroup = groups.length === 0 ? Number.POSITIVE_INFINITY : routed[0]!.experts.count / groups.length;
  const most = Math.max(...routed.map(({ experts }) => experts.count));
  const relative = routed.map(({ experts, values, uniform }) =>
    Array.from({ length: most }, (_, expert) =>
      // Load times the number of experts, not over its inverse: the same to the last digit as in the window.
      expert >= experts.count
        ? null
        : values === experts.load
          ? values[expert]! * experts.count
          : values[expert]! / uniform,
    ),
  );
  const highest = Math.max(2, ...relative.flat().filter((value) => value !== null));
  return {
    columns: 1,
    aspect: Math.min(0.9, Math.max(0.25, 0.05 * routed.length)),
    legend: [],
    panels: [
      {
        title: label,
        x: {
          label: groups.length === 0 ? 'Expert' : 'Expert, by sub-layer',
          scale: 'linear',
          domain: [-0.5, most - 0.5],
          ticks: Array.from({ length: most }, (_, expert) => ({
            at: expert,
            label: String((expert % perGroup) + 1),
          })),
          groups,
        },
        y: {
          label: 'Layer',
          scale: 'linear',
          domain: [-0.5, routed.length - 0.5],
          ticks: routed.map(({ layer }, row) => ({ at: row, label: String(layer.layer + 1) })),
        },
        colours: { map: 'viridis', domain: [0, highest], label: `${share} over uniform share` },
        marks: [
          {
            kind: 'cells',
            xEdges: Array.from({ length: most + 1 }, (_, column) => column - 0.5),
            yEdges: Array.from({ length: routed.length + 1 }, (_, row) => row - 0.5),
            values: relative,
          },
        ],
      },
    ],
  };
}

function loadTable(
  run: FigureRun,
  probe: Probe,
  routed: readonly RoutedLayer[],
  quantity: LoadQuantity,
): Table {
  const rows = routed.flatMap(({ layer, experts, values, uniform }) => {
    const { perGroup } = places(experts);
    return values.map((value, expert) => [
      run.run,
      run.name,
      run.reconstruction ? 'yes' : 'no',
      probe.step,
      layer.layer + 1,
      layer.kind,
      Math.floor(expert / perGroup) + 1,
      (expert % perGroup) + 1,
      value,
      uniform,
      experts.meanGate[expert] ?? null,
      experts.gateDeviation[expert] ?? null,
    ]);
  });
  return {
    columns: [
      { name: 'run' },
      { name: 'name' },
      { name: 'reconstruction' },
      { name: 'step' },
      { name: 'layer', unit: 'from 1' },
      { name: 'ffn' },
      { name: 'sub-layer', unit: 'from 1' },
      { name: 'expert', unit: 'from 1' },
      quantity === 'load'
        ? { name: 'load', unit: 'share of summed gates' }
        : { name: 'choice share', unit: 'share of tokens' },
      { name: 'uniform', unit: 'share' },
      { name: 'mean gate' },
      { name: 'gate standard deviation' },
    ],
    rows,
  };
}
