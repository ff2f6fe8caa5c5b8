/** Which experts run together: a field of expert by expert for each layer, from a logged probe. */
import { FinegrainError } from '../../errors.ts';
import { coActivation, type ExpertStatistics } from '../../run/probe.ts';
import { type Drawing, type FigureRun, probeAt, runLabels } from '../run.ts';
import { type Axis, type Figure, type FigureStyle, type Panel, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { toPoints } from '../units.ts';
import { squareEdges } from './fields.ts';

interface RoutedLayer {
  readonly layer: number;
  readonly kind: string;
  readonly experts: ExpertStatistics;
  readonly matrix: number[][];
}

/**
 * Share of tokens for which both experts ran, at the newest probe or at `step`. The diagonal is the share of an expert by
 * itself, which dwarfs the pairs: it is left blank and stands in the table. With two sub-layers the upper right block is
 * the usage of pairs (CartesianMoE's composites). Throws `input.invalid` where the probe has no pairs.
 */
export function coActivationFigure(
  run: FigureRun,
  style: FigureStyle,
  step?: number,
): Drawing<Figure, Table> {
  const probe = probeAt(run, step);
  const routed = probe.layers.flatMap(({ layer, kind, experts }): RoutedLayer[] => {
    const matrix = experts === null ? null : coActivation(experts);
    return matrix === null ? [] : [{ layer, kind, experts: experts!, matrix }];
  });
  if (routed.length === 0) {
    throw new FinegrainError(
      'input.invalid',
      `The probe of run ${run.run} at step ${probe.step} has no pairs of experts.`,
      'Choose a run with a mixture of experts of at most 64 experts a layer, trained by this version.',
    );
  }
  const [label] = runLabels([run]);
  const highest = Math.max(
    ...routed.flatMap(({ matrix }) => matrix.flatMap((row, i) => row.filter((_, j) => i !== j))),
    0.01,
  );
  const columns = columnsFor(routed, style);
  const figure: Figure = {
    ...styled(style),
    description:
      `Share of tokens for which two experts of ${label} ran together, at step ${probe.step}, by layer; ` +
      'the diagonal is left blank.',
    columns,
    aspect: 1,
    letters: false,
    legend: [],
    panels: routed.map((entry) => panelOf(entry, highest)),
  };
  const rows = routed.flatMap(({ layer, kind, matrix }) =>
    matrix.flatMap((row, i) =>
      row.map((share, j) => [
        run.run,
        run.name,
        run.reconstruction ? 'yes' : 'no',
        probe.step,
        probe.tokens,
        layer + 1,
        kind,
        i + 1,
        j + 1,
        share,
      ]),
    ),
  );
  const table: Table = {
    columns: [
      { name: 'run' },
      { name: 'name' },
      { name: 'reconstruction' },
      { name: 'step' },
      { name: 'probed tokens' },
      { name: 'layer', unit: 'from 1' },
      { name: 'ffn' },
      { name: 'expert', unit: 'from 1' },
      { name: 'other expert', unit: 'from 1' },
      { name: 'both ran', unit: 'share of tokens' },
    ],
    rows,
  };
  return { figure, table };
}

/** A panel needs some twelve ems of labels and colour bar beside its field. */
function columnsFor(routed: readonly RoutedLayer[], style: FigureStyle): number {
  const widest = Math.max(...routed.map(({ experts }) => experts.count));
  const fitting = Math.floor(toPoints(style.widthMm) / style.fontSize / (12 + Math.max(8, 0.5 * widest)));
  const most = Math.max(1, Math.min(routed.length, fitting));
  return Math.ceil(routed.length / Math.ceil(routed.length / most));
}

function panelOf({ layer, experts, matrix }: RoutedLayer, highest: number): Panel {
  const { count, groups } = experts;
  const perGroup = count / groups;
  const axis: Axis = {
    label: groups > 1 ? 'Expert, by sub-layer' : 'Expert',
    scale: 'linear',
    domain: [-0.5, count - 0.5],
    ticks: Array.from({ length: count }, (_, expert) => ({
      at: expert,
      label: groups > 1 ? `${Math.floor(expert / perGroup) + 1}.${(expert % perGroup) + 1}` : `${expert + 1}`,
    })),
  };
  return {
    title: `Layer ${layer + 1}`,
    x: axis,
    y: axis,
    colours: { map: 'viridis', domain: [0, highest], label: 'Both ran', unit: 'share of tokens' },
    marks: [
      {
        kind: 'cells',
        xEdges: squareEdges(count),
        yEdges: squareEdges(count),
        values: matrix.map((row, i) => row.map((share, j) => (i === j ? null : share))),
      },
    ],
  };
}
