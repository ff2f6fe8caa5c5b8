/** The frame of a chart: its title, whether it is live, its controls; and its states before there is anything to draw. */
import Skeleton from '@mui/material/Skeleton';
import type { MouseEvent, ReactNode } from 'react';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import type { Loadable } from '../../state/loadable.ts';
import { isLive } from '../../state/runData.ts';

interface CardProps {
  readonly title: string;
  readonly hint?: string | undefined;
  readonly live: boolean;
  readonly wide?: boolean;
  readonly controls?: ReactNode;
  readonly onContextMenu?: (event: MouseEvent) => void;
  readonly children: ReactNode;
}

export function ChartCard({ title, hint, live, wide = false, controls, onContextMenu, children }: CardProps) {
  return (
    <section
      className={wide ? 'card chart-card chart-wide' : 'card chart-card'}
      aria-label={title}
      onContextMenu={onContextMenu}
    >
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
export function Loaded<Value>({ loadable, height, retry, empty, emptyText, children }: LoadedProps<Value>) {
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

export function waitingText(run: RunSummary): string {
  if (run.state === 'queued') return 'The run waits in the queue.';
  if (run.state === 'preparing') return 'The text is being tokenised and the training step built.';
  return isLive(run) ? 'The first points are on their way.' : 'No step was logged.';
}
