/** Analyses of routing that read checkpoints over many windows: saturation, robustness, experts by data set, loss by frequency. */
import { useMemo } from 'react';
import { formatInteger, formatNumber, formatShare } from '../../../../shared/format.ts';
import type {
  ActiveExpertsAnalysis,
  BucketAnalysis,
  BucketLoss,
  RobustnessAnalysis,
  SaturationAnalysis,
} from '../../../../shared/run/analysis.ts';
import { useScheme } from '../../../charts/look.ts';
import { methodColour, runColour } from '../../../logic/methodColours.ts';
import { useInspect } from '../../../state/inspect.ts';
import { useWorkspace } from '../../../state/workspace.ts';
import { Bars, HeatMap, Lines } from '../charts.tsx';
import { figureReading, type Side, useAnalysed, usePair, valuesOf } from '../sides.ts';
import { ViewCard } from '../ViewCard.tsx';
import { AnalysedBar, Measured } from './AnalysedBar.tsx';

interface Props {
  readonly sides: readonly Side[];
}

const byCheckpoint = [
  { pick: 'saturation', title: 'Saturation: experts that the final checkpoint chooses too' },
  { pick: 'fluctuation', title: 'Fluctuation: first choices that differ from the final ones' },
] as const;

export function SaturationViews({ sides }: Props) {
  const analysed = useAnalysed();
  const pair = usePair(sides, 'analysis.saturation', ({ run, step }) => ({
    run: run.run,
    step,
    ...analysed,
  }));
  const table = (value: SaturationAnalysis) => ({
    columns: ['layer', 'checkpoint', 'saturation', 'fluctuation'],
    rows: value.layers.flatMap((layer) =>
      value.steps.map((step, at) => [layer.layer + 1, step, layer.saturation[at]!, layer.fluctuation[at]!]),
    ),
  });
  return (
    <>
      <AnalysedBar />
      {byCheckpoint.map(({ pick, title }) => (
        <ViewCard
          key={pick}
          title={title}
          pair={pair}
          height={260}
          wide={sides.length > 1}
          table={table}
          figure={({ step }) => ({ kind: 'saturation', options: { step, ...figureReading(analysed) } })}
        >
          {(value) => (
            <>
              <ByCheckpoint value={value} pick={pick} />
              <Measured subject={value} />
            </>
          )}
        </ViewCard>
      ))}
    </>
  );
}

const share = [0, 1.03] as const;

function ByCheckpoint({ value, pick }: { value: SaturationAnalysis; pick: 'saturation' | 'fluctuation' }) {
  const scheme = useScheme();
  const wanted = useInspect((state) => state.layer);
  const lines = useMemo(
    () =>
      value.layers.map((layer, index) => ({
        name: `layer ${layer.layer + 1}`,
        x: value.steps,
        y: layer[pick],
        ...runColour(layer.kind, index, scheme),
        width: layer.layer === wanted ? 2.6 : 1.4,
      })),
    [value, pick, scheme, wanted],
  );
  return (
    <Lines
      lines={lines}
      xTitle="step of the checkpoint"
      yTitle={pick === 'saturation' ? 'share of experts kept' : 'share of tokens'}
      range={share}
      height={260}
      label={`${pick} of ${lines.length} layers at ${value.steps.length} checkpoints.`}
    />
  );
}

export function RobustnessView({ sides }: Props) {
  const analysed = useAnalysed();
  const pair = usePair(sides, 'analysis.robustness', ({ run, step }) => ({
    run: run.run,
    step,
    ...analysed,
  }));
  const most = Math.max(
    0,
    ...valuesOf(pair).flatMap(({ loss, disabled }) => [loss, ...disabled.map((row) => row.loss)]),
  );
  return (
    <>
      <AnalysedBar />
      <ViewCard
        title="Loss without each token’s most probable expert"
        pair={pair}
        height={260}
        wide
        figure={({ step }) => ({ kind: 'robustness', options: { step, ...figureReading(analysed) } })}
        table={(value) => ({
          columns: ['disabled', 'loss', 'perplexity', 'loss_increase'],
          rows: [
            ['none', value.loss, value.perplexity, 0],
            ...value.disabled.map((row) => [row.routers, row.loss, row.perplexity, row.lossIncrease]),
          ],
        })}
      >
        {(value) => <Robustness value={value} most={most} />}
      </ViewCard>
    </>
  );
}

const routerNames = { first: 'first router off', second: 'second router off', both: 'top-1 off' } as const;

function Robustness({ value, most }: { value: RobustnessAnalysis; most: number }) {
  const scheme = useScheme();
  const names = useMemo(
    () => ['as it is', ...value.disabled.map(({ routers }) => routerNames[routers])],
    [value],
  );
  const values = useMemo(() => [value.loss, ...value.disabled.map(({ loss }) => loss)], [value]);
  const kept = value.layers.filter((layer) => layer.kept > 0);
  return (
    <>
      <Bars
        names={names}
        values={values}
        colour={methodColour(value.layers[0]?.kind ?? 'dense', scheme)}
        xTitle=""
        yTitle="loss (nats/token)"
        most={most}
        height={260}
        label={`Loss ${formatNumber(value.loss)} nats as it is; ${value.disabled.map((row) => `${routerNames[row.routers]} ${formatNumber(row.loss)}`).join(', ')}.`}
      />
      <p className="small muted view-foot">
        {value.disabled.map((row) => (
          <span key={row.routers}>
            {routerNames[row.routers]}: <span className="number">+{formatNumber(row.lossIncrease)}</span>{' '}
            nats, perplexity <span className="number">{formatNumber(row.perplexity)}</span>.{' '}
          </span>
        ))}
        {kept.map((layer) => (
          <span key={layer.layer}>
            Layer {layer.layer + 1}: {formatShare(layer.kept)} of tokens see no other expert and keep theirs.{' '}
          </span>
        ))}
      </p>
      <Measured subject={value} />
    </>
  );
}

export function ActiveExpertsView({ sides }: Props) {
  const sets = useWorkspace((workspace) => workspace.data.value ?? []);
  const names = useMemo(() => sets.map(({ name }) => name).slice(0, 12), [sets]);
  const pair = usePair(sides, 'analysis.activeExperts', ({ run, step }) => ({
    run: run.run,
    step,
    data: names,
  }));
  const most = Math.max(
    0,
    ...valuesOf(pair).flatMap(({ sources }) => sources.flatMap(({ active }) => [...active])),
  );
  return (
    <ViewCard
      title="Active experts by layer and data set"
      pair={pair}
      figure={({ step }) => ({ kind: 'active-experts', options: { step, data: names } })}
      height={260}
      wide={sides.length > 1}
      table={(value) => ({
        columns: ['source', 'layer', 'active_experts'],
        rows: value.sources.flatMap((source) =>
          value.layers.map((layer, at) => [source.source, layer.layer + 1, source.active[at]!]),
        ),
      })}
    >
      {(value) => <ActiveExperts value={value} most={most} />}
    </ViewCard>
  );
}

function ActiveExperts({ value, most }: { value: ActiveExpertsAnalysis; most: number }) {
  const rows = useMemo(
    () => value.sources.map(({ source }) => source.replace(/^validation text of /, '')),
    [value],
  );
  const columns = useMemo(() => value.layers.map(({ layer }) => String(layer + 1)), [value]);
  const values = useMemo(() => value.sources.map(({ active }) => active), [value]);
  return (
    <>
      <HeatMap
        rows={rows}
        columns={columns}
        values={values}
        rowTitle="data set"
        columnTitle="layer"
        unit="experts a token"
        map="Viridis"
        most={most === 0 ? undefined : most}
        downwards
        height={260}
        label={`Active experts of ${columns.length} layers on ${rows.length} data sets.`}
      />
      <p className="small muted view-foot">
        {value.sources.map(({ source, mean, tokens }) => (
          <span key={source}>
            {source}: mean <span className="number">{formatNumber(mean)}</span> over{' '}
            <span className="number">{formatInteger(tokens)}</span> tokens.{' '}
          </span>
        ))}
      </p>
    </>
  );
}

export function BucketsView({ sides }: Props) {
  const analysed = useAnalysed();
  const pair = usePair(sides, 'analysis.buckets', ({ run, step }) => ({
    run: run.run,
    step,
    ...analysed,
  }));
  const most = Math.max(
    0,
    ...valuesOf(pair).flatMap(({ byTarget, byInput }) =>
      [...byTarget, ...byInput].map(({ loss }) => loss ?? 0),
    ),
  );
  return (
    <ViewCard
      title="Loss by how frequent a token is"
      pair={pair}
      figure={({ step }) => ({ kind: 'buckets', options: { step, ...figureReading(analysed) } })}
      height={230}
      wide={sides.length > 1}
      table={(value) => ({
        columns: ['by', 'bucket', 'types', 'tokens', 'loss'],
        rows: [
          ...value.byTarget.map((row) => ['target', row.bucket, row.types, row.tokens, row.loss]),
          ...value.byInput.map((row) => ['input', row.bucket, row.types, row.tokens, row.loss]),
        ],
      })}
    >
      {(value) => <Buckets value={value} most={most} />}
    </ViewCard>
  );
}

function Buckets({ value, most }: { value: BucketAnalysis; most: number }) {
  return (
    <>
      <BucketBars title="target token" rows={value.byTarget} most={most} />
      <BucketBars title="input token" rows={value.byInput} most={most} />
      <Measured subject={value} />
    </>
  );
}

function BucketBars({ title, rows, most }: { title: string; rows: readonly BucketLoss[]; most: number }) {
  const scheme = useScheme();
  const known = useMemo(() => rows.filter(({ loss }) => loss !== null), [rows]);
  const names = useMemo(
    () => known.map(({ bucket, tokens }) => `${bucket}<br>${formatInteger(tokens)} tokens`),
    [known],
  );
  const values = useMemo(() => known.map(({ loss }) => loss ?? 0), [known]);
  return (
    <Bars
      names={names}
      values={values}
      colour={methodColour('dense', scheme)}
      xTitle={title}
      yTitle="loss (nats)"
      most={most}
      height={170}
      label={`Loss by frequency of the ${title}: ${known.map((row) => `${row.bucket} ${formatNumber(row.loss)}`).join(', ')}.`}
    />
  );
}
