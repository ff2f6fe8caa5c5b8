/** Where in the window and on which tokens the model loses. */
import { useMemo } from 'react';
import { formatInteger, formatNumber } from '../../../../shared/format.ts';
import type { PositionAnalysis } from '../../../../shared/run/analysis.ts';
import { useScheme } from '../../../charts/look.ts';
import { methodColour } from '../../../logic/methodColours.ts';
import { useInspect } from '../../../state/inspect.ts';
import { Lines } from '../charts.tsx';
import { figureReading, type Side, useAnalysed, usePair, valuesOf } from '../sides.ts';
import { ViewCard } from '../ViewCard.tsx';
import { AnalysedBar, Measured } from './AnalysedBar.tsx';
import { BucketsView } from './RoutingAnalyses.tsx';

export function LossViews({ sides }: { sides: readonly Side[] }) {
  const analysed = useAnalysed();
  const pair = usePair(sides, 'analysis.positions', ({ run, step }) => ({
    run: run.run,
    step,
    ...analysed,
  }));
  const values = valuesOf(pair).flatMap(({ byPosition }) => [...byPosition]);
  const range = useMemo(() => {
    const known = values.filter(Number.isFinite);
    return known.length === 0 ? undefined : ([0, Math.max(...known) * 1.05] as const);
  }, [values]);
  return (
    <div className="view-grid">
      <AnalysedBar />
      <ViewCard
        title="Loss by position in the window"
        pair={pair}
        height={280}
        wide
        figure={({ step }) => ({ kind: 'positions', options: { step, ...figureReading(analysed) } })}
        table={(value) => ({
          columns: ['position', 'loss', 'windows'],
          rows: value.byPosition.map((loss, at) => [at + 1, loss, value.windows[at]!]),
        })}
      >
        {(value, side) => <Positions value={value} kind={side.run.ffnKinds[0] ?? 'dense'} range={range} />}
      </ViewCard>
      <BucketsView sides={sides} />
    </div>
  );
}

function Positions({
  value,
  kind,
  range,
}: {
  value: PositionAnalysis;
  kind: string;
  range: readonly [number, number] | undefined;
}) {
  const scheme = useScheme();
  const token = useInspect((state) => state.token);
  const lines = useMemo(
    () => [
      {
        name: 'loss',
        x: value.byPosition.map((_, at) => at + 1),
        y: value.byPosition,
        colour: methodColour(kind, scheme),
      },
    ],
    [value, kind, scheme],
  );
  return (
    <>
      <Lines
        lines={lines}
        xTitle="position of the predicted token"
        yTitle="loss (nats)"
        range={range}
        marked={token === null || token === 0 || token > value.context ? null : token}
        height={280}
        label={`Loss at ${value.byPosition.length} positions, mean ${formatNumber(value.loss)} nats over ${formatInteger(value.windows[0])} windows.`}
      />
      <Measured subject={value} />
    </>
  );
}
