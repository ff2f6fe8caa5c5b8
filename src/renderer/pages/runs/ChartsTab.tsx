/** The live charts of a run: loss, speed, sparsity by layer, expert load. */
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import Skeleton from '@mui/material/Skeleton';
import Slider from '@mui/material/Slider';
import Switch from '@mui/material/Switch';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { type ReactNode, useMemo, useState } from 'react';
import { formatInteger } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import type { CurveAxis } from '../../../shared/run/metrics.ts';
import { LoadBars, LoadHeat } from '../../charts/LoadChart.tsx';
import { LossChart } from '../../charts/LossChart.tsx';
import { NsarChart } from '../../charts/NsarChart.tsx';
import { RateChart } from '../../charts/RateChart.tsx';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { probeAt, thresholdsOf } from '../../logic/probeMaps.ts';
import type { Loadable } from '../../state/loadable.ts';
import { isLive } from '../../state/runData.ts';
import { setView, useView } from '../../state/view.ts';
import { loadCurve, loadProbes } from '../../state/workspace.ts';
import { useCurve, useProbes } from './useRun.ts';

export function ChartsTab({ run }: { run: RunSummary }) {
  const axis = useView((view) => view.axis);
  const train = useCurve(run.run, 'train/loss', axis);
  const validation = useCurve(run.run, 'validation/loss', axis);
  const rate = useCurve(run.run, 'train/tokensPerSecond', axis);
  const series = useMemo(
    () => [{ run, train: train.value, validation: validation.value }],
    [run, train.value, validation.value],
  );
  const live = isLive(run);
  return (
    <div className="charts">
      <ChartCard title="Loss" live={live} wide controls={<LossControls />}>
        <Loaded
          loadable={train}
          height={300}
          retry={() => void loadCurve(run.run, 'train/loss', axis)}
          empty={(curve) => curve.x.length === 0}
          emptyText={waitingText(run)}
        >
          {() => <LossChart series={series} height={300} />}
        </Loaded>
      </ChartCard>
      <SparsityCard run={run} live={live} />
      <LoadCard run={run} live={live} />
      <ChartCard title="Speed" live={live} wide>
        <Loaded
          loadable={rate}
          height={180}
          retry={() => void loadCurve(run.run, 'train/tokensPerSecond', axis)}
          empty={(curve) => curve.x.length === 0}
          emptyText={waitingText(run)}
        >
          {(curve) => <RateChart curve={curve} kind={run.methods[0] ?? 'dense'} height={180} />}
        </Loaded>
      </ChartCard>
    </div>
  );
}

function waitingText(run: RunSummary): string {
  if (run.state === 'queued') return 'The run waits in the queue.';
  if (run.state === 'preparing') return 'The text is being tokenised and the training step built.';
  return isLive(run) ? 'The first points are on their way.' : 'No step was logged.';
}

export function LossControls() {
  const { axis, smoothing, logLoss } = useView();
  return (
    <>
      <span className="control">
        <span>smoothing</span>
        <Slider
          size="small"
          className="smoothing"
          min={0}
          max={0.99}
          step={0.01}
          value={smoothing}
          onChange={(_, value) => setView({ smoothing: value as number })}
          aria-label="Smoothing"
        />
      </span>
      <FormControlLabel
        className="control"
        control={
          <Switch
            size="small"
            checked={logLoss}
            onChange={(event) => setView({ logLoss: event.target.checked })}
          />
        }
        label="log"
      />
      <ToggleButtonGroup
        size="small"
        exclusive
        value={axis}
        onChange={(_, value: CurveAxis | null) => value !== null && setView({ axis: value })}
        aria-label="Horizontal axis"
      >
        <ToggleButton value="step">step</ToggleButton>
        <ToggleButton value="tokens">tokens</ToggleButton>
        <ToggleButton value="flops">FLOP</ToggleButton>
        <ToggleButton value="seconds">time</ToggleButton>
      </ToggleButtonGroup>
    </>
  );
}

function SparsityCard({ run, live }: { run: RunSummary; live: boolean }) {
  const probes = useProbes(run.run);
  const chosen = useView((view) => view.threshold);
  const thresholds = thresholdsOf(probes.value ?? []);
  const threshold = thresholds.includes(chosen) ? chosen : (thresholds[0] ?? chosen);
  return (
    <ChartCard
      title={`NSAR (our definition, tau = ${threshold})`}
      hint="Share of FFN units whose activation |SiLU(x Wg)| exceeds tau, by layer and step, on a fixed batch of validation text."
      live={live}
      controls={
        thresholds.length > 1 && (
          <span className="control">
            <span>tau</span>
            <Select
              className="small-select"
              value={threshold}
              onChange={(event) => setView({ threshold: event.target.value })}
              inputProps={{ 'aria-label': 'Threshold tau' }}
            >
              {thresholds.map((value) => (
                <MenuItem key={value} value={value}>
                  {value}
                </MenuItem>
              ))}
            </Select>
          </span>
        )
      }
    >
      <Loaded
        loadable={probes}
        height={230}
        retry={() => void loadProbes(run.run)}
        empty={(list) => list.length === 0}
        emptyText={
          live ? 'The first probe is on its way.' : 'No probe was logged; set “Probe every” above 0.'
        }
      >
        {(list) => <NsarChart probes={list} threshold={threshold} height={230} />}
      </Loaded>
    </ChartCard>
  );
}

function LoadCard({ run, live }: { run: RunSummary; live: boolean }) {
  const probes = useProbes(run.run);
  const [layer, setLayer] = useState<number | 'all'>(0);
  const [step, setStep] = useState<number | null>(null);
  const list = probes.value ?? [];
  const probe = probeAt(list, step);
  const gated = probe?.layers.filter((entry) => entry.experts !== null) ?? [];
  const current = gated.find((entry) => entry.layer === layer) ?? gated[0];
  const position = probe === undefined ? 0 : list.indexOf(probe);
  return (
    <ChartCard
      title="Expert load"
      hint="Share of a layer's routing that each expert gets, on a fixed batch of validation text. Dashed: the uniform share."
      live={live}
      controls={
        gated.length > 0 && (
          <span className="control">
            <span>layer</span>
            <Select
              className="small-select"
              value={String(layer === 'all' ? 'all' : (current?.layer ?? 0))}
              onChange={(event) =>
                setLayer(event.target.value === 'all' ? 'all' : Number(event.target.value))
              }
              inputProps={{ 'aria-label': 'Layer of the expert load' }}
            >
              <MenuItem value="all">all</MenuItem>
              {gated.map((entry) => (
                <MenuItem key={entry.layer} value={String(entry.layer)}>
                  {entry.layer + 1}
                </MenuItem>
              ))}
            </Select>
          </span>
        )
      }
    >
      <Loaded
        loadable={probes}
        height={230}
        retry={() => void loadProbes(run.run)}
        empty={(entries) => entries.length === 0 || current === undefined}
        emptyText={
          list.length > 0
            ? 'This model has no experts.'
            : live
              ? 'The first probe is on its way.'
              : 'No probe was logged.'
        }
      >
        {() => (
          <>
            {layer === 'all' ? (
              <LoadHeat layers={gated} height={198} />
            ) : (
              current !== undefined && <LoadBars layer={current} height={198} />
            )}
            <div className="scrub">
              <span className="number">step {formatInteger(probe?.step)}</span>
              <Slider
                size="small"
                min={0}
                max={Math.max(0, list.length - 1)}
                step={1}
                value={position}
                disabled={list.length < 2}
                onChange={(_, value) =>
                  setStep(value === list.length - 1 ? null : (list[value as number]?.step ?? null))
                }
                aria-label="Step of the probe"
                getAriaValueText={(value) => `step ${list[value]?.step ?? 0}`}
              />
            </div>
          </>
        )}
      </Loaded>
    </ChartCard>
  );
}

interface CardProps {
  readonly title: string;
  readonly hint?: string;
  readonly live: boolean;
  readonly wide?: boolean;
  readonly controls?: ReactNode;
  readonly children: ReactNode;
}

export function ChartCard({ title, hint, live, wide = false, controls, children }: CardProps) {
  return (
    <section className={wide ? 'card chart-card chart-wide' : 'card chart-card'} aria-label={title}>
      <div className="chart-head">
        <h3 title={hint}>{title}</h3>
        {live && <span className="live">live</span>}
        <span className="grow" />
        {controls}
      </div>
      {children}
    </section>
  );
}

interface LoadedProps<Value> {
  readonly loadable: Loadable<Value>;
  readonly height: number;
  readonly retry: () => void;
  readonly empty: (value: Value) => boolean;
  readonly emptyText: string;
  readonly children: (value: Value) => ReactNode;
}

/** Error, skeleton, empty or the chart, in a box of the same height. */
function Loaded<Value>({ loadable, height, retry, empty, emptyText, children }: LoadedProps<Value>) {
  if (loadable.status === 'error' && loadable.value === undefined)
    return <Failure error={loadable.error} retry={retry} />;
  if (loadable.value === undefined) return <Skeleton variant="rounded" height={height} />;
  if (empty(loadable.value)) {
    return (
      <div className="chart-empty" style={{ height }}>
        <Empty text={emptyText} />
      </div>
    );
  }
  return children(loadable.value);
}
