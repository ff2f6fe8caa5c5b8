/** Sparsity and routing by layer on the text that was read. */
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import type { Data, Layout } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import { formatNumber } from '../../../shared/format.ts';
import type { LayerProbe } from '../../../shared/run/probe.ts';
import { CoActivationChart } from '../../charts/CoActivationChart.tsx';
import { LoadBars } from '../../charts/LoadChart.tsx';
import { axisTitle, useScheme } from '../../charts/look.ts';
import { Plot } from '../../charts/Plot.tsx';
import { methodColour } from '../../logic/methodColours.ts';
import { surfaces } from '../../theme.ts';

interface Props {
  readonly layers: readonly LayerProbe[];
  readonly layer: number;
  readonly choose: (layer: number) => void;
}

export function LayersView({ layers, layer, choose }: Props) {
  const current = layers.find((entry) => entry.layer === layer) ?? layers[0];
  if (current === undefined) return null;
  return (
    <div className="charts">
      <section className="card chart-card chart-wide" aria-label="NSAR by layer and threshold">
        <div className="chart-head">
          <h2>NSAR by layer and threshold (our definition)</h2>
        </div>
        <NsarSweep layers={layers} />
      </section>
      <section className="card chart-card" aria-label="Activations">
        <div className="chart-head">
          <h2>Activations SiLU(x Wg)</h2>
          <span className="grow" />
          <span className="control">
            <span>layer</span>
            <Select
              className="small-select"
              value={String(current.layer)}
              onChange={(event) => choose(Number(event.target.value))}
              inputProps={{ 'aria-label': 'Layer' }}
            >
              {layers.map((entry) => (
                <MenuItem key={entry.layer} value={String(entry.layer)}>
                  {entry.layer + 1}
                </MenuItem>
              ))}
            </Select>
          </span>
        </div>
        <ActivationHistogram layer={current} />
      </section>
      {current.experts !== null && (
        <section className="card chart-card" aria-label="Expert load">
          <div className="chart-head">
            <h2>Expert load, layer {current.layer + 1}</h2>
            <span className="grow" />
            <span className="muted small">
              entropy <span className="number">{formatNumber(current.experts.entropy)}</span> of{' '}
              <span className="number">{formatNumber(Math.log(current.experts.count))}</span> nats · active{' '}
              <span className="number">{formatNumber(current.experts.activeMean)}</span> of{' '}
              {current.experts.count}
              {current.experts.dead.length > 0 && ` · ${current.experts.dead.length} dead`}
            </span>
          </div>
          <LoadBars layer={current} height={220} />
        </section>
      )}
      {current.experts?.routing?.pairs != null && (
        <section className="card chart-card" aria-label="Co-activation">
          <div className="chart-head">
            <h2>Experts that run together, layer {current.layer + 1}</h2>
            <span className="grow" />
            <span className="muted small">
              {current.experts.routing.routerEntropy !== null && (
                <>
                  router entropy{' '}
                  <span className="number">{formatNumber(current.experts.routing.routerEntropy)}</span> nats ·{' '}
                </>
              )}
              load max / mean{' '}
              <span className="number">{formatNumber(current.experts.routing.maxOverMean)}</span>
            </span>
          </div>
          <CoActivationChart layer={current} height={260} />
        </section>
      )}
    </div>
  );
}

function NsarSweep({ layers }: { layers: readonly LayerProbe[] }) {
  const scheme = useScheme();
  const thresholds = useMemo(
    () =>
      [...new Set(layers.flatMap((layer) => Object.keys(layer.nsar)))].sort((a, b) => Number(a) - Number(b)),
    [layers],
  );
  const data = useMemo<Data[]>(
    () => [
      {
        type: 'heatmap',
        x: layers.map((layer) => String(layer.layer + 1)),
        y: thresholds,
        z: thresholds.map((threshold) => layers.map((layer) => layer.nsar[threshold] ?? null)) as number[][],
        colorscale: 'Cividis',
        zmin: 0,
        xgap: 1,
        ygap: 1,
        colorbar: {
          title: { text: 'share of units', side: 'right', font: { size: 11, color: surfaces[scheme].mute } },
          thickness: 10,
          outlinewidth: 0,
          tickfont: { size: 11, color: surfaces[scheme].mute },
        },
        hovertemplate: 'layer %{x}, tau %{y}<br>NSAR %{z:.3f}<extra></extra>',
      },
    ],
    [layers, thresholds, scheme],
  );
  const layout = useMemo<Partial<Layout>>(
    () => ({
      hovermode: 'closest',
      xaxis: { title: axisTitle('layer', scheme), type: 'category', showgrid: false },
      yaxis: { title: axisTitle('tau', scheme), type: 'category', showgrid: false },
    }),
    [scheme],
  );
  return (
    <Plot
      data={data}
      layout={layout}
      height={190}
      label={`NSAR (our definition) of ${layers.length} layers at ${thresholds.length} thresholds.`}
    />
  );
}

function ActivationHistogram({ layer }: { layer: LayerProbe }) {
  const scheme = useScheme();
  const data = useMemo<Data[]>(() => {
    const { edges, counts } = layer.activationHistogram;
    const total = counts.reduce((sum, count) => sum + count, 0);
    return [
      {
        type: 'bar',
        x: counts.map((_, index) => ((edges[index] ?? 0) + (edges[index + 1] ?? 0)) / 2),
        y: counts.map(
          (count, index) =>
            count / Math.max(1, total) / Math.max(1e-12, (edges[index + 1] ?? 0) - (edges[index] ?? 0)),
        ),
        width: counts.map((_, index) => (edges[index + 1] ?? 0) - (edges[index] ?? 0)),
        marker: { color: methodColour(layer.kind, scheme) },
        hovertemplate: 'a = %{x:.3f}<br>density %{y:.3s}<extra></extra>',
      },
    ];
  }, [layer, scheme]);
  const layout = useMemo<Partial<Layout>>(
    () => ({
      hovermode: 'closest',
      bargap: 0,
      xaxis: { title: axisTitle('activation', scheme) },
      yaxis: { title: axisTitle('density', scheme), type: 'log', dtick: 1, exponentformat: 'power' },
      uirevision: String(layer.layer),
    }),
    [scheme, layer.layer],
  );
  return (
    <Plot
      data={data}
      layout={layout}
      height={220}
      label={`Histogram of the activations of layer ${layer.layer + 1}.`}
    />
  );
}
