/** Routing in the probes logged while the run trained: entropy, active experts, and the load of one layer by step. */
import { useMemo } from 'react';
import type { RoutingStatistic } from '../../../../shared/figures/document.ts';
import type { LayerProbe, Probe } from '../../../../shared/run/probe.ts';
import { useScheme } from '../../../charts/look.ts';
import { runColour } from '../../../logic/methodColours.ts';
import { loadOverSteps, nearestProbe, seriesOfLayers } from '../../../logic/overTraining.ts';
import { expertLabel } from '../../../logic/probeMaps.ts';
import { setInspect, useInspect } from '../../../state/inspect.ts';
import { HeatMap, Lines } from '../charts.tsx';
import { LayerChoice } from '../LayerChoice.tsx';
import { type Pair, type Side, useProbePair, valuesOf } from '../sides.ts';
import { ViewCard } from '../ViewCard.tsx';
import { SourceBar } from './SourceBar.tsx';

/** Of the router's probabilities where it has them, else of the gate shares. */
const entropyOf = ({ experts }: LayerProbe) =>
  experts === null ? null : (experts.routing?.routerEntropy ?? experts.entropy);
const activeOf = ({ experts }: LayerProbe) => experts?.activeMean;

export function RoutingOverTraining({ sides }: { sides: readonly Side[] }) {
  const probes = useProbePair(sides);
  const layer = useInspect((state) => state.layer);
  const layers = (valuesOf(probes)[0]?.at(-1)?.layers ?? []).filter(({ experts }) => experts !== null);
  const loads = valuesOf(probes).flatMap((all) => loadOverSteps(all, layer)?.values.flat() ?? []);
  const most = loads.reduce((a, b) => Math.max(a, b), 1);
  return (
    <>
      <SourceBar sides={sides} />
      <SeriesCard
        title="Entropy of routing by step"
        unit="entropy (nats)"
        statistic="entropy"
        probes={probes}
        pick={entropyOf}
      />
      <SeriesCard
        title="Active experts by step"
        unit="experts a token"
        statistic="active"
        probes={probes}
        pick={activeOf}
      />
      <ViewCard
        title={`Expert load by step, layer ${layer + 1}`}
        pair={probes}
        height={280}
        wide
        controls={<LayerChoice layers={layers} />}
        empty={(all, side) => noRouting(all, side, layer)}
        figure={() => ({ kind: 'load-steps', options: { layer } })}
        table={(all) => {
          const map = loadOverSteps(all, layer);
          return {
            columns: ['layer', 'expert', 'probe_step', 'load_over_uniform'],
            rows: (map?.values ?? []).flatMap((row, expert, rows) =>
              row.map((value, at) => [
                layer + 1,
                expertLabel(expert, rows.length, map!.groups),
                map!.steps[at]!,
                value,
              ]),
            ),
          };
        }}
      >
        {(all) => <LoadSteps probes={all} layer={layer} most={most} />}
      </ViewCard>
    </>
  );
}

function noRouting(all: readonly Probe[], side: Side, layer: number | null): string | null {
  if (all.length === 0) return 'This run logged no probes while it trained.';
  const layers = all.flatMap((probe) => probe.layers);
  if (layers.every(({ experts }) => experts === null)) {
    return `${side.run.name} has no experts: all its FFN layers are ${layers[0]?.kind ?? 'unknown'}.`;
  }
  return layer === null || loadOverSteps(all, layer) !== null
    ? null
    : `Layer ${layer + 1} has no experts. Choose another layer.`;
}

function SeriesCard({
  title,
  unit,
  statistic,
  probes,
  pick,
}: {
  title: string;
  unit: string;
  statistic: RoutingStatistic;
  probes: Pair<Probe[]>;
  pick: (layer: LayerProbe) => number | null | undefined;
}) {
  const values = valuesOf(probes).flatMap((all) => seriesOfLayers(all, pick).flatMap((one) => one.values));
  const top = values.reduce((a, b) => Math.max(a, b), 0) * 1.05 || 1;
  return (
    <ViewCard
      title={title}
      pair={probes}
      height={240}
      wide={probes.sides.length > 1}
      empty={(all, side) => noRouting(all, side, null)}
      figure={() => ({ kind: 'routing-steps', options: { statistic } })}
      table={(all) => ({
        columns: ['layer', 'probe_step', unit],
        rows: seriesOfLayers(all, pick).flatMap((one) =>
          one.steps.map((step, at) => [one.layer + 1, step, one.values[at]!]),
        ),
      })}
    >
      {(all) => <Series probes={all} pick={pick} unit={unit} top={top} title={title} />}
    </ViewCard>
  );
}

function Series({
  probes,
  pick,
  unit,
  top,
  title,
}: {
  probes: readonly Probe[];
  pick: (layer: LayerProbe) => number | null | undefined;
  unit: string;
  top: number;
  title: string;
}) {
  const scheme = useScheme();
  const { layer, statistics, probeStep } = useInspect();
  const lines = useMemo(
    () =>
      seriesOfLayers(probes, pick).map((one, index) => ({
        name: `layer ${one.layer + 1}`,
        x: one.steps,
        y: one.values,
        ...runColour(one.kind, index, scheme),
        width: one.layer === layer ? 2.6 : 1.4,
      })),
    [probes, pick, scheme, layer],
  );
  const range = useMemo(() => [0, top] as const, [top]);
  const marked = statistics === 'probes' ? (nearestProbe(probes, probeStep)?.step ?? null) : null;
  return (
    <Lines
      lines={lines}
      xTitle="step"
      yTitle={unit}
      range={range}
      marked={marked}
      height={240}
      label={`${title} of ${lines.length} layers.`}
    />
  );
}

function LoadSteps({ probes, layer, most }: { probes: readonly Probe[]; layer: number; most: number }) {
  const { expert, statistics, probeStep } = useInspect();
  const map = useMemo(() => loadOverSteps(probes, layer)!, [probes, layer]);
  const rows = useMemo(
    () => map.values.map((_, index) => expertLabel(index, map.values.length, map.groups)),
    [map],
  );
  const columns = useMemo(() => map.steps.map(String), [map]);
  const step = nearestProbe(probes, probeStep)?.step;
  const column = statistics === 'probes' && step !== undefined ? map.steps.indexOf(step) : -1;
  return (
    <HeatMap
      rows={rows}
      columns={columns}
      values={map.values}
      rowTitle={map.groups > 1 ? 'sub-layer.expert' : 'expert'}
      columnTitle="step"
      unit="load / uniform"
      map="Viridis"
      most={most}
      height={280}
      chosenRow={expert !== null && expert < rows.length ? expert : null}
      chosenColumn={column === -1 ? null : column}
      onPick={(row, at) => setInspect({ expert: row, probeStep: map.steps[at]!, statistics: 'probes' })}
      label={`Load of the ${rows.length} experts of layer ${layer + 1} at ${columns.length} steps.`}
    />
  );
}
