/** How much of the FFN is at work: by layer and token, by threshold, as a histogram, over training. */
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import { useMemo } from 'react';
import type { LayerProbe, Probe } from '../../../../shared/run/probe.ts';
import type { TokenReading } from '../../../../shared/run/reading.ts';
import { useScheme } from '../../../charts/look.ts';
import { methodColour } from '../../../logic/methodColours.ts';
import { nearestProbe } from '../../../logic/overTraining.ts';
import { nsarMap } from '../../../logic/probeMaps.ts';
import { visibleToken } from '../../../logic/tokenColour.ts';
import { setInspect, useInspect } from '../../../state/inspect.ts';
import { setView, useView } from '../../../state/view.ts';
import { Bars, HeatMap } from '../charts.tsx';
import { LayerChoice } from '../LayerChoice.tsx';
import {
  figurePassage,
  type Pair,
  useFigureStatistics,
  useProbePair,
  useStatistics,
  valuesOf,
} from '../sides.ts';
import { ViewCard } from '../ViewCard.tsx';
import { SourceBar } from './SourceBar.tsx';

const unit = 'share of units';

export function SparsityViews({ reading }: { reading: Pair<TokenReading> }) {
  const statistics = useStatistics(reading);
  const probes = useProbePair(reading.sides);
  const threshold = useView((view) => view.threshold);
  const thresholds = thresholdsOf([
    ...valuesOf(statistics).flat(),
    ...valuesOf(probes).flatMap((all) => all.flatMap(({ layers }) => layers)),
  ]);
  const tau = thresholds.includes(threshold) ? threshold : (thresholds[0] ?? threshold);
  return (
    <div className="view-grid">
      <TokenMap reading={reading} threshold={tau} thresholds={thresholds} />
      <StepMap probes={probes} threshold={tau} />
      <SourceBar sides={reading.sides} />
      <ThresholdMap statistics={statistics} threshold={tau} />
      <Histogram statistics={statistics} />
    </div>
  );
}

function thresholdsOf(layers: readonly LayerProbe[]): string[] {
  const found = new Set(layers.flatMap(({ nsar }) => Object.keys(nsar)));
  return [...found].sort((a, b) => Number(a) - Number(b));
}

function most(values: readonly number[]): number | undefined {
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  return largest === 0 ? undefined : largest;
}

function TokenMap({
  reading,
  threshold,
  thresholds,
}: {
  reading: Pair<TokenReading>;
  threshold: string;
  thresholds: readonly string[];
}) {
  const { layer, token, passage } = useInspect();
  const scale = most(
    valuesOf(reading).flatMap(({ layers }) => layers.flatMap(({ nsar }) => nsar[threshold] ?? [])),
  );
  return (
    <ViewCard
      title="NSAR by layer and token (our definition)"
      pair={reading}
      height={240}
      wide
      controls={
        <span className="view-control">
          <span>tau</span>
          <Select
            className="view-select"
            value={thresholds.includes(threshold) ? threshold : ''}
            displayEmpty
            disabled={thresholds.length === 0}
            onChange={(event) => setView({ threshold: event.target.value })}
            inputProps={{ 'aria-label': 'Threshold tau' }}
          >
            {thresholds.map((one) => (
              <MenuItem key={one} value={one}>
                {one}
              </MenuItem>
            ))}
          </Select>
        </span>
      }
      figure={
        passage === null
          ? undefined
          : ({ step }) => ({
              kind: 'nsar-tokens',
              options: { step, ...figurePassage(passage), threshold: Number(threshold) },
            })
      }
      table={({ tokens, layers }) => ({
        columns: ['layer', 'position', 'token', `nsar_${threshold}`],
        rows: layers.flatMap((entry) =>
          (entry.nsar[threshold] ?? []).map((value, at) => [entry.layer + 1, at, tokens[at]!.token, value]),
        ),
      })}
      empty={({ layers }) =>
        layers.some(({ nsar }) => nsar[threshold] !== undefined)
          ? null
          : `No layer was measured at tau = ${threshold}.`
      }
    >
      {(value) => (
        <TokenHeat
          value={value}
          threshold={threshold}
          scale={scale}
          row={value.layers.findIndex((entry) => entry.layer === layer)}
          token={token}
        />
      )}
    </ViewCard>
  );
}

function TokenHeat({
  value,
  threshold,
  scale,
  row,
  token,
}: {
  value: TokenReading;
  threshold: string;
  scale: number | undefined;
  row: number;
  token: number | null;
}) {
  const rows = useMemo(() => value.layers.map(({ layer }) => String(layer + 1)), [value]);
  const columns = useMemo(
    () => value.tokens.slice(0, value.read).map(({ token: text }) => visibleToken(text)),
    [value],
  );
  const values = useMemo(
    () => value.layers.map(({ nsar }) => nsar[threshold] ?? columns.map(() => null)),
    [value, threshold, columns],
  );
  return (
    <HeatMap
      rows={rows}
      columns={columns}
      values={values}
      rowTitle="layer"
      columnTitle="token"
      unit={unit}
      most={scale}
      height={240}
      chosenRow={row === -1 ? null : row}
      chosenColumn={token !== null && token < value.read ? token : null}
      onPick={(at, column) => setInspect({ layer: value.layers[at]!.layer, token: column })}
      label={`NSAR (our definition, tau = ${threshold}) of ${rows.length} layers at ${columns.length} tokens.`}
    />
  );
}

function StepMap({ probes, threshold }: { probes: Pair<Probe[]>; threshold: string }) {
  const { layer, probeStep, statistics } = useInspect();
  const scale = most(
    valuesOf(probes).flatMap((all) =>
      all.flatMap(({ layers }) => layers.map(({ nsar }) => nsar[threshold] ?? 0)),
    ),
  );
  return (
    <ViewCard
      title="NSAR by layer and step (our definition)"
      pair={probes}
      height={210}
      wide
      empty={(all) => (all.length === 0 ? 'This run logged no probes while it trained.' : null)}
      figure={() => ({ kind: 'nsar-steps', options: { threshold: Number(threshold) } })}
      table={(all) => ({
        columns: ['layer', 'probe_step', `nsar_${threshold}`],
        rows: all.flatMap(({ step, layers }) =>
          layers.map((entry) => [entry.layer + 1, step, entry.nsar[threshold] ?? null]),
        ),
      })}
    >
      {(all) => (
        <StepHeat
          probes={all}
          threshold={threshold}
          scale={scale}
          layer={layer}
          step={statistics === 'probes' ? (nearestProbe(all, probeStep)?.step ?? null) : null}
        />
      )}
    </ViewCard>
  );
}

function StepHeat({
  probes,
  threshold,
  scale,
  layer,
  step,
}: {
  probes: readonly Probe[];
  threshold: string;
  scale: number | undefined;
  layer: number;
  step: number | null;
}) {
  const map = useMemo(() => nsarMap(probes, threshold), [probes, threshold]);
  const rows = useMemo(() => map.layers.map(String), [map]);
  const columns = useMemo(() => map.steps.map(String), [map]);
  const row = map.layers.indexOf(layer + 1);
  const column = step === null ? -1 : map.steps.indexOf(step);
  return (
    <HeatMap
      rows={rows}
      columns={columns}
      values={map.values}
      rowTitle="layer"
      columnTitle="step"
      unit={unit}
      most={scale}
      height={210}
      chosenRow={row === -1 ? null : row}
      chosenColumn={column === -1 ? null : column}
      onPick={(at, place) =>
        setInspect({ layer: map.layers[at]! - 1, probeStep: map.steps[place]!, statistics: 'probes' })
      }
      label={`NSAR (our definition, tau = ${threshold}) of ${rows.length} layers at ${columns.length} steps.`}
    />
  );
}

function ThresholdMap({
  statistics,
  threshold,
}: {
  statistics: Pair<readonly LayerProbe[]>;
  threshold: string;
}) {
  const scale = most(
    valuesOf(statistics).flatMap((layers) => layers.flatMap(({ nsar }) => Object.values(nsar))),
  );
  const layer = useInspect((state) => state.layer);
  const statisticsOf = useFigureStatistics();
  return (
    <ViewCard
      title="NSAR by layer and threshold (our definition)"
      pair={statistics}
      height={230}
      empty={(layers) => (layers.length === 0 ? 'No probe was logged.' : null)}
      figure={(side) => ({ kind: 'nsar', options: { ...statisticsOf(side), threshold: Number(threshold) } })}
      table={(layers) => ({
        columns: ['layer', 'kind', 'threshold', 'nsar', 'nsar_times_up'],
        rows: layers.flatMap((entry) =>
          thresholdsOf([entry]).map((tau) => [
            entry.layer + 1,
            entry.kind,
            Number(tau),
            entry.nsar[tau] ?? null,
            entry.nsarTimesUp[tau] ?? null,
          ]),
        ),
      })}
    >
      {(layers) => <ThresholdHeat layers={layers} scale={scale} layer={layer} />}
    </ViewCard>
  );
}

function ThresholdHeat({
  layers,
  scale,
  layer,
}: {
  layers: readonly LayerProbe[];
  scale: number | undefined;
  layer: number;
}) {
  const rows = useMemo(() => thresholdsOf(layers), [layers]);
  const columns = useMemo(() => layers.map((entry) => String(entry.layer + 1)), [layers]);
  const values = useMemo(
    () => rows.map((tau) => layers.map(({ nsar }) => nsar[tau] ?? null)),
    [rows, layers],
  );
  const column = layers.findIndex((entry) => entry.layer === layer);
  return (
    <HeatMap
      rows={rows}
      columns={columns}
      values={values}
      rowTitle="tau"
      columnTitle="layer"
      unit={unit}
      most={scale}
      height={230}
      chosenColumn={column === -1 ? null : column}
      onPick={(_, at) => setInspect({ layer: layers[at]!.layer })}
      label={`NSAR (our definition) of ${columns.length} layers at ${rows.length} thresholds.`}
    />
  );
}

function densities({ edges, counts }: LayerProbe['activationHistogram']): number[] {
  const total = Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
  return counts.map((count, bin) => count / total / Math.max(1e-12, edges[bin + 1]! - edges[bin]!));
}

function middles(edges: readonly number[]): number[] {
  return edges.slice(1).map((edge, bin) => (edge + edges[bin]!) / 2);
}

function Histogram({ statistics }: { statistics: Pair<readonly LayerProbe[]> }) {
  const wanted = useInspect((state) => state.layer);
  const first = valuesOf(statistics)[0] ?? [];
  const statisticsOf = useFigureStatistics();
  const layerOf = (layers: readonly LayerProbe[]) => layers.find(({ layer }) => layer === wanted) ?? null;
  return (
    <ViewCard
      title={`Activations SiLU(x Wg), layer ${wanted + 1}`}
      pair={statistics}
      height={230}
      controls={<LayerChoice layers={first} />}
      figure={(side) => ({ kind: 'activations', options: { ...statisticsOf(side), layer: wanted } })}
      empty={(layers) => (layerOf(layers) === null ? `There is no layer ${wanted + 1}.` : null)}
      table={(layers) => {
        const found = layerOf(layers);
        const { edges, counts } = found?.activationHistogram ?? { edges: [], counts: [] };
        return {
          columns: ['layer', 'from', 'to', 'count'],
          rows: counts.map((count, bin) => [wanted + 1, edges[bin]!, edges[bin + 1]!, count]),
        };
      }}
    >
      {(layers) => <HistogramBars layer={layerOf(layers)!} />}
    </ViewCard>
  );
}

function HistogramBars({ layer }: { layer: LayerProbe }) {
  const scheme = useScheme();
  const bins = useMemo(() => {
    const { edges } = layer.activationHistogram;
    return { middles: middles(edges), width: (edges[1] ?? 0) - (edges[0] ?? 0) };
  }, [layer]);
  const values = useMemo(() => densities(layer.activationHistogram), [layer]);
  const names = useMemo(() => bins.middles.map((middle) => middle.toFixed(3)), [bins]);
  return (
    <Bars
      names={names}
      values={values}
      bins={bins}
      colour={methodColour(layer.kind, scheme)}
      xTitle="activation"
      yTitle="density"
      logarithmic
      height={230}
      label={`Histogram of the activations of layer ${layer.layer + 1}.`}
    />
  );
}
