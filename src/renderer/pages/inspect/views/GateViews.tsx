/** Gates before their threshold (DSMoE), and scores of softmax routers: how decided the routing is. */
import { useMemo } from 'react';
import { expandLayers } from '../../../../shared/architecture/document.ts';
import { formatNumber } from '../../../../shared/format.ts';
import type { RunDetail } from '../../../../shared/rpc/contract.ts';
import type { ExpertStatistics, LayerProbe } from '../../../../shared/run/probe.ts';
import type { TokenReading } from '../../../../shared/run/reading.ts';
import { useScheme } from '../../../charts/look.ts';
import { methodColour } from '../../../logic/methodColours.ts';
import { expertLabel } from '../../../logic/probeMaps.ts';
import { setInspect, useInspect } from '../../../state/inspect.ts';
import { useWorkspace } from '../../../state/workspace.ts';
import { Bars } from '../charts.tsx';
import { LayerChoice } from '../LayerChoice.tsx';
import { type Pair, type Side, useFigureStatistics, useStatistics, valuesOf } from '../sides.ts';
import { ViewCard } from '../ViewCard.tsx';
import { SourceBar } from './SourceBar.tsx';

export function GateViews({ reading }: { reading: Pair<TokenReading> }) {
  const statistics = useStatistics(reading);
  const wanted = useInspect((state) => state.layer);
  const details = useWorkspace((workspace) => workspace.details);
  const first = valuesOf(statistics)[0] ?? [];
  const expertsOf = (layers: readonly LayerProbe[]) =>
    layers.find(({ layer }) => layer === wanted)?.experts ?? null;
  const thresholdOf = (side: Side) => gateThreshold(details[side.run.run]?.value, wanted);
  // One scale for both sides.
  const largest = (pick: (experts: ExpertStatistics) => readonly number[]) =>
    Math.max(
      0,
      ...valuesOf(statistics).flatMap((layers) => {
        const experts = expertsOf(layers);
        return experts === null ? [] : pick(experts);
      }),
    ) || undefined;
  const statisticsOf = useFigureStatistics();
  const figure = (side: Side) => ({
    kind: 'gates' as const,
    options: { ...statisticsOf(side), layer: wanted },
  });
  const none = (layers: readonly LayerProbe[], side: Side) => {
    if (layers.length === 0) return 'No probe was logged.';
    if (expertsOf(layers) !== null) return null;
    return layers.some(({ experts }) => experts !== null)
      ? `Layer ${wanted + 1} has no experts, so no gates. Choose another layer.`
      : `${side.run.name} has no experts, so no gates: all its FFN layers are ${layers[0]!.kind}.`;
  };
  return (
    <div className="view-grid">
      <SourceBar sides={reading.sides} />
      <ViewCard
        title={`Gate values, layer ${wanted + 1}`}
        pair={statistics}
        height={260}
        wide={reading.sides.length > 1}
        controls={<LayerChoice layers={first} />}
        empty={none}
        figure={figure}
        table={(layers) => ({
          columns: ['layer', 'from', 'to', 'count'],
          rows: (expertsOf(layers)?.gateHistogram ?? []).map((count, bin, all) => [
            wanted + 1,
            bin / all.length,
            (bin + 1) / all.length,
            count,
          ]),
        })}
      >
        {(layers, side) => (
          <GateHistogram
            layer={layers.find(({ layer }) => layer === wanted)!}
            threshold={thresholdOf(side)}
            most={largest(({ gateHistogram }) => shares(gateHistogram))}
          />
        )}
      </ViewCard>
      <ViewCard
        title={`Mean gate by expert, layer ${wanted + 1}`}
        pair={statistics}
        height={260}
        wide={reading.sides.length > 1}
        empty={none}
        figure={figure}
        table={(layers) => {
          const experts = expertsOf(layers);
          return {
            columns: ['layer', 'expert', 'mean_gate', 'deviation'],
            rows: (experts?.meanGate ?? []).map((gate, index) => [
              wanted + 1,
              expertLabel(index, experts!.count, experts!.groups),
              gate,
              experts!.gateDeviation[index] ?? null,
            ]),
          };
        }}
      >
        {(layers) => (
          <MeanGates
            layer={layers.find(({ layer }) => layer === wanted)!}
            most={largest(({ meanGate }) => meanGate)}
          />
        )}
      </ViewCard>
    </div>
  );
}

/** The value that a gate must exceed for its expert to run, where the method of a layer has one. */
function gateThreshold(detail: RunDetail | undefined, layer: number): number | null {
  if (detail === undefined) return null;
  const ffn = expandLayers(detail.architecture)[layer]?.ffn as { tau?: unknown } | undefined;
  return typeof ffn?.tau === 'number' ? ffn.tau : null;
}

function shares(counts: readonly number[]): number[] {
  const total = Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
  return counts.map((count) => count / total);
}

function GateHistogram({
  layer,
  threshold,
  most,
}: {
  layer: LayerProbe;
  threshold: number | null;
  most: number | undefined;
}) {
  const scheme = useScheme();
  const histogram = layer.experts!.gateHistogram;
  const bins = useMemo(
    () => ({
      middles: histogram.map((_, bin) => (bin + 0.5) / histogram.length),
      width: 1 / histogram.length,
    }),
    [histogram],
  );
  const values = useMemo(() => shares(histogram), [histogram]);
  const names = useMemo(() => bins.middles.map((middle) => middle.toFixed(3)), [bins]);
  const down = useMemo(
    () => (threshold === null ? undefined : { at: threshold, name: `tau ${threshold}` }),
    [threshold],
  );
  return (
    <>
      <Bars
        names={names}
        values={values}
        bins={bins}
        colour={methodColour(layer.kind, scheme)}
        xTitle="gate before its threshold"
        yTitle="share of gates"
        most={most}
        height={260}
        {...(down === undefined ? {} : { down })}
        label={`Histogram of the gate values of layer ${layer.layer + 1}${threshold === null ? '' : `, threshold ${threshold}`}.`}
      />
      <p className="small muted view-foot">
        active <span className="number">{formatNumber(layer.experts!.activeMean)}</span> of{' '}
        <span className="number">{layer.experts!.count}</span> experts, mean over tokens
        {threshold === null && '. This method has no gate threshold: values are router scores'}.
      </p>
    </>
  );
}

function MeanGates({ layer, most }: { layer: LayerProbe; most: number | undefined }) {
  const scheme = useScheme();
  const { meanGate, count, groups } = layer.experts!;
  const names = useMemo(
    () => meanGate.map((_, index) => expertLabel(index, count, groups)),
    [meanGate, count, groups],
  );
  return (
    <Bars
      names={names}
      values={meanGate}
      colour={methodColour(layer.kind, scheme)}
      xTitle={groups > 1 ? 'sub-layer.expert' : 'expert'}
      yTitle="mean gate"
      most={most}
      height={260}
      onPick={(expert) => setInspect({ expert })}
      label={`Mean gate of the ${count} experts of layer ${layer.layer + 1}.`}
    />
  );
}
