/** The live charts of a run: the metrics that were chosen, then sparsity, load and routing from its probes. */
import { useMemo } from 'react';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { cardsOf } from '../../logic/metricCards.ts';
import { isLive } from '../../state/runData.ts';
import { ChartToolbar } from './ChartToolbar.tsx';
import { MetricCards } from './MetricCards.tsx';
import { LoadCard, SparsityCard } from './ProbeCards.tsx';
import { RoutingCards } from './RoutingCards.tsx';
import { useDetail } from './useRun.ts';
import './charts.css';

/** Before anything is logged these two stand there, empty, so that nothing jumps when the first points come. */
const expected = ['train/loss', 'train/tokensPerSecond'];

export function ChartsTab({ run }: { run: RunSummary }) {
  const metrics = useDetail(run.run).value?.metrics;
  const existing = useMemo(() => cardsOf([...expected, ...(metrics ?? [])]), [metrics]);
  const { name } = run;
  const runs = useMemo(() => [run], [run]);
  const groups = useMemo(() => [{ key: run.run, label: name, runs: [run.run] }], [run.run, name]);
  const live = isLive(run);
  return (
    <>
      <ChartToolbar existing={existing} />
      <div className="charts">
        <MetricCards runs={runs} groups={groups} existing={existing} />
        <SparsityCard run={run} live={live} />
        <LoadCard run={run} live={live} />
        <RoutingCards run={run} live={live} />
      </div>
    </>
  );
}
