/** Load of a layer against the uniform line, choice shares, which experts run together, and the load of all layers as a map. */
import { useMemo } from 'react';
import { formatNumber } from '../../../../shared/format.ts';
import { coActivation, type LayerProbe, loadLabel } from '../../../../shared/run/probe.ts';
import { useScheme } from '../../../charts/look.ts';
import { methodColour } from '../../../logic/methodColours.ts';
import { expertLabel, loadMap } from '../../../logic/probeMaps.ts';
import { setInspect, useInspect } from '../../../state/inspect.ts';
import { surfaces } from '../../../theme.ts';
import { Bars, HeatMap } from '../charts.tsx';
import { LayerChoice } from '../LayerChoice.tsx';
import { type Pair, type Side, useFigureStatistics, valuesOf } from '../sides.ts';
import { ViewCard } from '../ViewCard.tsx';

type Layers = readonly LayerProbe[];

export function LoadViews({ statistics }: { statistics: Pair<Layers> }) {
  const wanted = useInspect((state) => state.layer);
  const layerOf = (layers: Layers) =>
    layers.find(({ layer, experts }) => layer === wanted && experts !== null) ?? null;
  const none = (layers: Layers, side: Side) => noExperts(layers, side, wanted);
  const all = valuesOf(statistics);
  const withExperts = (all[0] ?? []).filter(({ experts }) => experts !== null);
  const most = (pick: (layer: LayerProbe) => readonly number[]) =>
    Math.max(
      0,
      ...all.flatMap((layers) => {
        const found = layerOf(layers);
        return found === null ? [] : pick(found);
      }),
    ) || undefined;
  const wide = statistics.sides.length > 1;
  const statisticsOf = useFigureStatistics();
  const figure = (kind: 'load' | 'choice' | 'co-activation') => (side: Side) => ({
    kind,
    options: statisticsOf(side),
  });
  return (
    <>
      <ViewCard
        title={`Expert load, layer ${wanted + 1}`}
        pair={statistics}
        height={230}
        wide={wide}
        controls={<LayerChoice layers={withExperts} />}
        empty={none}
        figure={figure('load')}
        table={(layers) => expertTable(layerOf(layers), 'load', ({ experts }) => experts!.load)}
      >
        {(layers) => {
          const layer = layerOf(layers)!;
          return (
            <ExpertBars
              layer={layer}
              values={layer.experts!.load}
              yTitle={loadLabel([layer.experts!]).toLowerCase()}
              uniform={1 / layer.experts!.count}
              most={most(({ experts }) => experts!.load)}
            />
          );
        }}
      </ViewCard>
      <ViewCard
        title={`Choice share, layer ${wanted + 1}`}
        pair={statistics}
        height={230}
        wide={wide}
        empty={(layers, side) =>
          none(layers, side) ??
          (layerOf(layers)!.experts!.routing === undefined
            ? 'Every expert of this layer runs for every token.'
            : null)
        }
        figure={figure('choice')}
        table={(layers) =>
          expertTable(layerOf(layers), 'choice_share', ({ experts }) => experts!.routing?.choiceShare ?? [])
        }
      >
        {(layers) => {
          const layer = layerOf(layers)!;
          const { count, activeMean } = layer.experts!;
          return (
            <ExpertBars
              layer={layer}
              values={layer.experts!.routing!.choiceShare}
              yTitle="share of tokens"
              uniform={activeMean / count}
              most={most(({ experts }) => experts!.routing?.choiceShare ?? [])}
            />
          );
        }}
      </ViewCard>
      <ViewCard
        title={`Experts that run together, layer ${wanted + 1}`}
        pair={statistics}
        height={300}
        wide={wide}
        empty={(layers, side) => none(layers, side) ?? noPairs(layerOf(layers)!)}
        figure={figure('co-activation')}
        table={(layers) => {
          const layer = layerOf(layers);
          const matrix = layer?.experts == null ? [] : (coActivation(layer.experts) ?? []);
          const name = (index: number) => expertLabel(index, layer!.experts!.count, layer!.experts!.groups);
          return {
            columns: ['layer', 'expert', 'with', 'share_of_tokens'],
            rows: matrix.flatMap((row, a) => row.map((value, b) => [wanted + 1, name(a), name(b), value])),
          };
        }}
      >
        {(layers) => (
          <TogetherMap
            layer={layerOf(layers)!}
            most={most(({ experts }) => (coActivation(experts!) ?? []).flat())}
          />
        )}
      </ViewCard>
      <ViewCard
        title="Load of all layers"
        pair={statistics}
        height={300}
        wide={wide}
        empty={(layers, side) =>
          layers.some(({ experts }) => experts !== null) ? null : noExperts(layers, side, wanted)
        }
        figure={figure('load')}
        table={(layers) => ({
          columns: ['layer', 'expert', 'load', 'mean_gate', 'dead'],
          rows: layers.flatMap(({ layer, experts }) =>
            (experts?.load ?? []).map((load, index) => [
              layer + 1,
              expertLabel(index, experts!.count, experts!.groups),
              load,
              experts!.meanGate[index] ?? null,
              experts!.dead.includes(index) ? 1 : 0,
            ]),
          ),
        })}
      >
        {(layers) => (
          <AllLoads
            layers={layers}
            most={Math.max(
              1,
              ...all.flatMap((one) => (loadMap(one)?.values ?? []).flat().filter((value) => value !== null)),
            )}
          />
        )}
      </ViewCard>
    </>
  );
}

export function noExperts(layers: Layers, side: Side, wanted: number): string | null {
  if (layers.length === 0) return 'No probe was logged.';
  if (layers.every(({ experts }) => experts === null)) {
    return `${side.run.name} has no experts: all its FFN layers are ${layers[0]!.kind}.`;
  }
  return layers.some(({ layer, experts }) => layer === wanted && experts !== null)
    ? null
    : `Layer ${wanted + 1} has no experts. Choose another layer.`;
}

function noPairs(layer: LayerProbe): string | null {
  const { routing } = layer.experts!;
  if (routing === undefined) return 'Every expert of this layer runs for every token.';
  return routing.pairs === null ? 'The layer has too many experts for its pairs to be logged.' : null;
}

function expertTable(layer: LayerProbe | null, name: string, pick: (layer: LayerProbe) => readonly number[]) {
  return {
    columns: ['layer', 'expert', name],
    rows:
      layer === null
        ? []
        : pick(layer).map((value, index) => [
            layer.layer + 1,
            expertLabel(index, layer.experts!.count, layer.experts!.groups),
            value,
          ]),
  };
}

function ExpertBars({
  layer,
  values,
  yTitle,
  uniform,
  most,
}: {
  layer: LayerProbe;
  values: readonly number[];
  yTitle: string;
  uniform: number;
  most: number | undefined;
}) {
  const scheme = useScheme();
  const chosen = useInspect((state) => state.expert);
  const { count, groups, dead, activeMean, entropy, routing } = layer.experts!;
  const names = useMemo(
    () => values.map((_, index) => expertLabel(index, count, groups)),
    [values, count, groups],
  );
  const colours = useMemo(() => {
    const own = methodColour(layer.kind, scheme);
    return values.map((_, index) =>
      index === chosen ? surfaces[scheme].ink : dead.includes(index) ? surfaces[scheme].mute : own,
    );
  }, [values, layer.kind, scheme, chosen, dead]);
  const across = useMemo(() => ({ at: uniform, name: 'uniform' }), [uniform]);
  return (
    <>
      <Bars
        names={names}
        values={values}
        colour={colours}
        xTitle={groups > 1 ? 'sub-layer.expert' : 'expert'}
        yTitle={yTitle}
        most={most}
        across={across}
        height={230}
        onPick={(expert) => setInspect({ expert: expert === chosen ? null : expert })}
        label={`${yTitle} of the ${count} experts of layer ${layer.layer + 1}, uniform ${formatNumber(uniform)}.`}
      />
      <p className="small muted view-foot">
        active <span className="number">{formatNumber(activeMean)}</span> of{' '}
        <span className="number">{count}</span> · entropy of gate shares{' '}
        <span className="number">{formatNumber(entropy)}</span> nats
        {routing !== undefined && (
          <>
            {' '}
            · largest over mean <span className="number">{formatNumber(routing.maxOverMean)}</span>
          </>
        )}
        {dead.length > 0 && ` · ${dead.length} unused here`}
      </p>
    </>
  );
}

function TogetherMap({ layer, most }: { layer: LayerProbe; most: number | undefined }) {
  const chosen = useInspect((state) => state.expert);
  const { experts } = layer;
  const values = useMemo(() => coActivation(experts!) ?? [], [experts]);
  const names = useMemo(
    () => values.map((_, index) => expertLabel(index, experts!.count, experts!.groups)),
    [values, experts],
  );
  const title = experts!.groups > 1 ? 'sub-layer.expert' : 'expert';
  return (
    <HeatMap
      rows={names}
      columns={names}
      values={values}
      rowTitle={title}
      columnTitle={title}
      unit="share of tokens"
      most={most}
      downwards
      height={300}
      chosenRow={chosen !== null && chosen < values.length ? chosen : null}
      onPick={(row) => setInspect({ expert: row })}
      label={`Experts of layer ${layer.layer + 1} that run for the same tokens.`}
    />
  );
}

function AllLoads({ layers, most }: { layers: Layers; most: number }) {
  const { layer, expert } = useInspect();
  const map = useMemo(() => loadMap(layers)!, [layers]);
  const rows = useMemo(() => map.layers.map(String), [map]);
  const row = map.layers.indexOf(layer + 1);
  return (
    <HeatMap
      rows={rows}
      columns={map.experts}
      values={map.values}
      rowTitle="layer"
      columnTitle="expert"
      unit="load / uniform"
      map="Viridis"
      most={most}
      height={300}
      chosenRow={row === -1 ? null : row}
      chosenColumn={expert !== null && expert < map.experts.length ? expert : null}
      onPick={(at, column) => setInspect({ layer: map.layers[at]! - 1, expert: column })}
      label="Expert load of every layer against the uniform share."
    />
  );
}
