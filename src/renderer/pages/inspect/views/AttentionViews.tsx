/** Attention: how alike the layers attend, how far back each head looks, and the map of one head on the text. */
import { useMemo } from 'react';
import { expandLayers } from '../../../../shared/architecture/document.ts';
import { formatInteger, formatNumber } from '../../../../shared/format.ts';
import type { SimilarityAnalysis } from '../../../../shared/run/analysis.ts';
import type { AttentionReading } from '../../../../shared/run/reading.ts';
import { visibleToken } from '../../../logic/tokenColour.ts';
import { setInspect, useInspect } from '../../../state/inspect.ts';
import { useWorkspace } from '../../../state/workspace.ts';
import { HeatMap } from '../charts.tsx';
import {
  figurePassage,
  figureReading,
  type Pair,
  passageInput,
  type Side,
  useAnalysed,
  usePair,
  valuesOf,
} from '../sides.ts';
import { ViewCard } from '../ViewCard.tsx';
import { AnalysedBar } from './AnalysedBar.tsx';

export function AttentionViews({ sides }: { sides: readonly Side[] }) {
  const { passage, layer, head } = useInspect();
  const analysed = useAnalysed();
  const details = useWorkspace((workspace) => workspace.details);
  const maps = usePair(
    sides,
    'inspect.attention',
    passage === null
      ? null
      : (side) => {
          // The other model may have fewer layers and heads.
          const detail = details[side.run.run]?.value;
          if (detail === undefined) return null;
          const layers = expandLayers(detail.architecture);
          const at = Math.min(layer, layers.length - 1);
          return {
            run: side.run.run,
            step: side.step,
            ...passageInput(passage),
            layer: at,
            head: Math.min(head, layers[at]!.attention.heads - 1),
          };
        },
  );
  const similarity = usePair(sides, 'analysis.similarity', ({ run, step }) => ({
    run: run.run,
    step,
    ...analysed,
  }));
  const least = Math.min(
    0.99,
    ...valuesOf(similarity).flatMap(({ values }) => values.flat().filter((value) => value !== null)),
  );
  return (
    <div className="view-grid">
      <AnalysedBar what="similarity measured on" />
      <HeadGrid maps={maps} />
      <ViewCard
        title="Similarity of attention between layers (our definition)"
        pair={similarity}
        height={300}
        wide={sides.length > 1}
        figure={({ step }) => ({ kind: 'similarity', options: { step, ...figureReading(analysed) } })}
        table={(value) => ({
          columns: ['layer', 'other_layer', 'similarity'],
          rows: value.values.flatMap((row, a) => row.map((one, b) => [a + 1, b + 1, one])),
        })}
      >
        {(value) => <Similarity value={value} least={least} />}
      </ViewCard>
      <AttentionMap maps={maps} />
    </div>
  );
}

function HeadGrid({ maps }: { maps: Pair<AttentionReading> }) {
  const passage = useInspect((state) => state.passage);
  const distances = valuesOf(maps).flatMap(({ distance }) => distance.flat());
  const [least, most] = [Math.min(...distances), Math.max(...distances)];
  return (
    <ViewCard
      title="How far back each head looks"
      pair={maps}
      height={300}
      wide={maps.sides.length > 1}
      figure={
        passage === null
          ? undefined
          : ({ step }) => ({ kind: 'heads', options: { step, ...figurePassage(passage) } })
      }
      table={(value) => ({
        columns: ['layer', 'head', 'mean_distance_tokens', 'mean_entropy_nats'],
        rows: value.distance.flatMap((heads, layer) =>
          heads.map((distance, head) => [layer + 1, head + 1, distance, value.entropy[layer]![head]!]),
        ),
      })}
    >
      {(value) => <Heads value={value} least={least} most={most} />}
    </ViewCard>
  );
}

function Heads({ value, least, most }: { value: AttentionReading; least: number; most: number }) {
  const rows = useMemo(() => value.distance.map((_, layer) => String(layer + 1)), [value]);
  const heads = Math.max(...value.distance.map((row) => row.length));
  const columns = useMemo(() => Array.from({ length: heads }, (_, head) => String(head + 1)), [heads]);
  return (
    <>
      <HeatMap
        rows={rows}
        columns={columns}
        values={value.distance}
        rowTitle="layer"
        columnTitle="head"
        unit="mean distance (tokens)"
        map="Viridis"
        least={least}
        most={most}
        height={300}
        chosenRow={value.layer}
        chosenColumn={value.head}
        onPick={(layer, head) => setInspect({ layer, head })}
        label={`Mean distance of attention of ${rows.length} layers with up to ${heads} heads.`}
      />
      <p className="small muted view-foot">
        Layer {value.layer + 1}, head {value.head + 1}: distance{' '}
        <span className="number">{formatNumber(value.distance[value.layer]![value.head])}</span> tokens,
        entropy <span className="number">{formatNumber(value.entropy[value.layer]![value.head])}</span> nats.
        Click a head for its map.
      </p>
    </>
  );
}

function AttentionMap({ maps }: { maps: Pair<AttentionReading> }) {
  const { layer, head, passage } = useInspect();
  // A side with fewer layers or heads shows its last ones.
  const readOf = (side: Side) => maps.answers[maps.sides.indexOf(side)]?.state?.value ?? { layer, head };
  return (
    <ViewCard
      title={`Attention map, layer ${layer + 1}, head ${head + 1}`}
      pair={maps}
      height={520}
      wide
      figure={
        passage === null
          ? undefined
          : (side) => ({
              kind: 'attention',
              options: {
                step: side.step,
                ...figurePassage(passage),
                layer: readOf(side).layer,
                head: readOf(side).head,
              },
            })
      }
      table={(value) => ({
        columns: ['layer', 'head', 'position', 'token', 'attends_to', 'attended', 'weight'],
        rows: value.map.flatMap((row, t) =>
          row.map((weight, s) => [
            value.layer + 1,
            value.head + 1,
            t,
            value.tokens[t]!,
            s,
            value.tokens[s]!,
            weight,
          ]),
        ),
      })}
    >
      {(value) => <MapOfHead value={value} />}
    </ViewCard>
  );
}

function MapOfHead({ value }: { value: AttentionReading }) {
  const token = useInspect((state) => state.token);
  const names = useMemo(() => value.tokens.map(visibleToken), [value]);
  const values = useMemo(
    () => value.map.map((row) => [...row, ...new Array<null>(value.map.length - row.length).fill(null)]),
    [value],
  );
  return (
    <HeatMap
      rows={names}
      columns={names}
      values={values}
      rowTitle="token"
      columnTitle="attends to"
      unit="attention weight"
      most={1}
      downwards
      height={520}
      chosenRow={token !== null && token < names.length ? token : null}
      onPick={(row) => setInspect({ token: row })}
      label={`Attention of ${names.length} tokens in layer ${value.layer + 1}, head ${value.head + 1}.`}
    />
  );
}

function Similarity({ value, least }: { value: SimilarityAnalysis; least: number }) {
  const layer = useInspect((state) => state.layer);
  const names = useMemo(() => value.values.map((_, at) => String(at + 1)), [value]);
  return (
    <>
      <HeatMap
        rows={names}
        columns={names}
        values={value.values}
        rowTitle="layer"
        columnTitle="layer"
        unit="cosine"
        least={least}
        most={1}
        downwards
        height={300}
        chosenRow={layer < names.length ? layer : null}
        onPick={(row) => setInspect({ layer: row })}
        label={`Similarity of the attention of ${names.length} layers.`}
      />
      <p className="small muted view-foot">
        {value.definition} {formatInteger(value.tokens)} tokens of {value.source}.
      </p>
    </>
  );
}
