/** Routing over training, from logged probes: a line for each layer, or a field of the experts of one layer by step. */
import { FinegrainError } from '../../errors.ts';
import { type ExpertStatistics, expertLabel, type LayerProbe } from '../../run/probe.ts';
import { seriesMarker } from '../colours.ts';
import type { RoutingStatistic } from '../document.ts';
import { type Drawing, type FigureRun, probeAt, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, type Mark, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { namedAxis, squareEdges } from './fields.ts';

/** More lines than this cannot be told apart. */
const mostLines = 8;
const referenceDash = [3, 2] as const;

interface Statistic {
  readonly label: string;
  readonly unit?: string;
  readonly what: string;
  readonly of: (experts: ExpertStatistics) => number | null;
}

const statistics: Readonly<Record<RoutingStatistic, Statistic>> = {
  entropy: {
    label: 'Entropy of routing',
    unit: 'nats',
    what:
      'Entropy of a token’s router probabilities (of its gate shares where a layer has no router), mean over the ' +
      'tokens of the probe',
    of: ({ routing, entropy }) => routing?.routerEntropy ?? entropy,
  },
  active: {
    label: 'Active experts',
    unit: 'per token',
    what: 'Experts that ran for a token, mean over the tokens of the probe',
    of: ({ activeMean }) => activeMean,
  },
  imbalance: {
    label: 'Imbalance',
    unit: 'largest over mean share',
    what: 'Largest share of choices over the mean one; 1 is perfectly balanced',
    of: ({ routing }) => routing?.maxOverMean ?? null,
  },
};

interface Line {
  readonly label: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** One run: a line for each layer (their mean where there are many); several runs: the mean over layers of each. */
export function routingStepsFigure(
  runs: readonly FigureRun[],
  style: FigureStyle,
  statistic: RoutingStatistic = 'entropy',
): Drawing<Figure, Table> {
  const { label, unit, what, of } = statistics[statistic];
  const labels = runLabels(runs);
  const byRun = runs.map((run) => layerLines(run, of));
  const single = runs.length === 1 && byRun[0]!.length <= mostLines;
  const lines: Line[] = single
    ? byRun[0]!.map(({ layer, steps, values }) => ({ label: `layer ${layer + 1}`, steps, values }))
    : byRun.map((layers, at) => ({ label: labels[at]!, ...meanOf(layers) }));
  const reference = statistic === 'imbalance' ? 1 : statistic === 'entropy' ? uniformEntropy(runs) : null;
  const referenceLabel = statistic === 'imbalance' ? 'balanced' : 'uniform';
  const marks: Mark[] = lines.map((line, series) => ({
    kind: 'line',
    x: line.steps,
    y: line.values,
    series,
    marker: seriesMarker(series),
  }));
  const figure: Figure = {
    ...styled(style),
    description: `${what}, of ${labels.join(', ')} over training${single ? ', by layer' : ', mean over layers'}.`,
    columns: 1,
    aspect: 0.5,
    letters: false,
    legend: [
      ...lines.map(
        (line, series) =>
          ({ label: line.label, series, symbol: 'lineMarker', marker: seriesMarker(series) }) as const,
      ),
      ...(reference === null
        ? []
        : [
            {
              label: referenceLabel,
              series: 'neutral',
              symbol: 'reference',
              dash: referenceDash,
            } as const,
          ]),
    ],
    panels: [
      {
        x: { label: 'Training step', scale: 'linear', integers: true },
        y: { label, ...(unit === undefined ? {} : { unit }), scale: 'linear' },
        marks: [
          ...(reference === null
            ? []
            : [{ kind: 'reference', y: reference, series: 'neutral', dash: referenceDash } as const]),
          ...marks,
        ],
      },
    ],
  };
  const rows = byRun.flatMap((layers, at) =>
    layers.flatMap(({ layer, kind, steps, values }) =>
      steps.map((step, place) => [...runCells(runs[at]!), layer + 1, kind, step, values[place]!]),
    ),
  );
  return {
    figure,
    table: {
      columns: [
        ...runColumns,
        { name: 'layer', unit: 'from 1' },
        { name: 'ffn' },
        { name: 'step' },
        { name: label.toLowerCase(), ...(unit === undefined ? {} : { unit }) },
      ],
      rows,
    },
  };
}

interface LayerLine {
  readonly layer: number;
  readonly kind: string;
  readonly steps: number[];
  readonly values: number[];
}

/** Throws `notFound` without a probe, `input.invalid` where no layer has the quantity. */
function layerLines(run: FigureRun, of: Statistic['of']): LayerLine[] {
  probeAt(run);
  const lines = new Map<number, LayerLine>();
  for (const { step, layers } of run.probes) {
    for (const { layer, kind, experts } of layers) {
      const value = experts === null ? null : of(experts);
      if (value === null || !Number.isFinite(value)) continue;
      const line = lines.get(layer) ?? { layer, kind, steps: [], values: [] };
      line.steps.push(step);
      line.values.push(value);
      lines.set(layer, line);
    }
  }
  if (lines.size > 0) return [...lines.values()].sort((a, b) => a.layer - b.layer);
  throw new FinegrainError(
    'input.invalid',
    `The probes of run ${run.run} do not say this of any layer.`,
    'Choose a run whose FFN has experts, or another statistic.',
  );
}

/** Mean over the layers that know a value, at each step. */
function meanOf(layers: readonly LayerLine[]): Omit<Line, 'label'> {
  const steps = [...new Set(layers.flatMap((layer) => layer.steps))].sort((a, b) => a - b);
  const values = steps.map((step) => {
    const known = layers.flatMap((layer) => {
      const at = layer.steps.indexOf(step);
      return at === -1 ? [] : [layer.values[at]!];
    });
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  });
  return { steps, values };
}

/** Of a router that prefers no expert of its group; null where layers differ, or none has a router. */
function uniformEntropy(runs: readonly FigureRun[]): number | null {
  const sizes = new Set(
    runs.flatMap(({ probes }) =>
      probes.flatMap(({ layers }) =>
        layers.flatMap(({ experts }) =>
          experts === null || experts.routing?.routerEntropy == null ? [] : [experts.count / experts.groups],
        ),
      ),
    ),
  );
  const [size] = sizes;
  return sizes.size === 1 && size !== undefined ? Math.log(size) : null;
}

export type ExpertQuantity = 'load' | 'choice';

/** The experts of one layer (from 0; default the first that has any) by the step of the probe. */
export function expertStepsFigure(
  run: FigureRun,
  style: FigureStyle,
  quantity: ExpertQuantity,
  wanted?: number,
): Drawing<Figure, Table> {
  probeAt(run);
  const layer = layerWith(
    run,
    wanted,
    ({ experts }) => experts !== null && valuesOf(experts, quantity) !== null,
  );
  const found = run.probes.flatMap(({ step, layers }) => {
    const experts = layers.find((entry) => entry.layer === layer)?.experts ?? null;
    const values = experts === null ? null : valuesOf(experts, quantity);
    return experts === null || values === null ? [] : [{ step, experts, values }];
  });
  const { count, groups } = found[0]!.experts;
  const names = Array.from({ length: count }, (_, expert) => expertLabel(expert, count, groups));
  const values = names.map((_, expert) => found.map((probe) => probe.values[expert] ?? null));
  const known = values.flat().filter((value) => value !== null);
  const [label] = runLabels([run]);
  const said = quantity === 'load' ? 'Load over uniform share' : 'Choice share';
  const figure: Figure = {
    ...styled(style),
    description:
      `${quantity === 'load' ? 'Load of each expert over the uniform share' : 'Share of tokens for which each expert ran'}, ` +
      `layer ${layer + 1} of ${label}, by the step of the probe.`,
    columns: 1,
    aspect: Math.min(0.8, Math.max(0.3, 0.035 * count)),
    letters: false,
    legend: [],
    panels: [
      {
        title: `${label}, layer ${layer + 1}`,
        x: namedAxis(
          'Training step',
          found.map(({ step }) => String(step)),
        ),
        y: namedAxis(groups > 1 ? 'Expert, by sub-layer' : 'Expert', names),
        colours: {
          map: quantity === 'load' ? 'viridis' : 'cividis',
          domain: [0, Math.max(...known, quantity === 'load' ? 1 : 0.01)],
          label: said,
          ...(quantity === 'load' ? {} : { unit: 'share of tokens' }),
        },
        marks: [{ kind: 'cells', xEdges: squareEdges(found.length), yEdges: squareEdges(count), values }],
      },
    ],
  };
  const rows = found.flatMap((probe) =>
    probe.values.map((value, expert) => [...runCells(run), layer + 1, names[expert]!, probe.step, value]),
  );
  return {
    figure,
    table: {
      columns: [
        ...runColumns,
        { name: 'layer', unit: 'from 1' },
        { name: 'expert', unit: 'from 1' },
        { name: 'step' },
        { name: said.toLowerCase(), ...(quantity === 'load' ? {} : { unit: 'share of tokens' }) },
      ],
      rows,
    },
  };
}

function valuesOf({ load, count, routing }: ExpertStatistics, quantity: ExpertQuantity): number[] | null {
  return quantity === 'load' ? load.map((share) => share * count) : (routing?.choiceShare ?? null);
}

/** The layer asked for, else the first that suits. Throws `input.invalid` where it does not, or none does. */
export function layerWith(
  run: FigureRun,
  wanted: number | undefined,
  suits: (layer: LayerProbe) => boolean,
): number {
  const layers = run.probes.flatMap((probe) => probe.layers.filter(suits)).map(({ layer }) => layer);
  const able = [...new Set(layers)].sort((a, b) => a - b);
  const found = wanted === undefined ? able[0] : able.find((layer) => layer === wanted);
  if (found !== undefined) return found;
  throw new FinegrainError(
    'input.invalid',
    `The probes of run ${run.run} do not say this of ${wanted === undefined ? 'any layer' : `layer ${wanted + 1}`}.`,
    able.length === 0
      ? 'Choose a run whose FFN has experts that can be switched off.'
      : `Choose one of the layers ${able.map((layer) => layer + 1).join(', ')}.`,
  );
}

export const runColumns = [{ name: 'run' }, { name: 'name' }, { name: 'reconstruction' }] as const;

export function runCells({ run, name, reconstruction }: Pick<FigureRun, 'run' | 'name' | 'reconstruction'>) {
  return [run, name, reconstruction ? 'yes' : 'no'];
}
