/** Where the time of a forward pass goes, measured by ONNX Runtime's profiler when asked. */
import Button from '@mui/material/Button';
import { useMemo, useState } from 'react';
import { formatCount, formatInteger, formatNumber, formatShare } from '../../../../shared/format.ts';
import type { SoftmaxTimeAnalysis } from '../../../../shared/run/analysis.ts';
import { useScheme } from '../../../charts/look.ts';
import { methodColour } from '../../../logic/methodColours.ts';
import { Bars } from '../charts.tsx';
import { type Side, usePair, valuesOf } from '../sides.ts';
import { ViewCard } from '../ViewCard.tsx';

export function TimeView({ sides }: { sides: readonly Side[] }) {
  // A measurement loads the machine, so it waits for a word.
  const [asked, setAsked] = useState(false);
  const pair = usePair(
    sides,
    'analysis.softmaxTime',
    asked ? (side) => ({ run: side.run.run, step: side.step, device: 'cpu' as const }) : null,
  );
  const most = valuesOf(pair).reduce(
    (largest, { operators }) => Math.max(largest, ...operators.map(({ milliseconds }) => milliseconds)),
    0,
  );
  return (
    <div className="view-grid">
      <ViewCard
        title="Time by operator"
        pair={pair}
        height={300}
        wide
        figure={({ step }) => ({ kind: 'softmax-time', options: { step } })}
        idle="A forward pass on the cpu is profiled ten times, operator by operator."
        controls={
          !asked && (
            <Button variant="outlined" onClick={() => setAsked(true)}>
              Measure
            </Button>
          )
        }
        table={(value) => ({
          columns: ['operator', 'milliseconds', 'share', 'calls'],
          rows: value.operators.map((row) => [row.operator, row.milliseconds, row.share, row.calls]),
        })}
      >
        {(value) => <Operators value={value} most={most} />}
      </ViewCard>
    </div>
  );
}

function Operators({ value, most }: { value: SoftmaxTimeAnalysis; most: number }) {
  const scheme = useScheme();
  const shown = useMemo(() => value.operators.slice(0, 14), [value]);
  const names = useMemo(() => shown.map(({ operator }) => operator), [shown]);
  const values = useMemo(() => shown.map(({ milliseconds }) => milliseconds), [shown]);
  const colours = useMemo(
    () =>
      shown.map(({ operator }) => methodColour(operator.startsWith('Softmax') ? 'dsmoe' : 'dense', scheme)),
    [shown, scheme],
  );
  const parts = [
    ['softmax', value.softmax],
    ['of it in attention', value.attentionSoftmax],
    ['matrix products', value.matrixProducts],
    ['the rest', value.other],
  ] as const;
  return (
    <>
      <dl className="view-facts">
        {parts.map(([name, part]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number">
              {formatShare(part.share)} <span className="muted">{formatNumber(part.milliseconds)} ms</span>
            </dd>
          </div>
        ))}
        <div>
          <dt>wall time of a pass</dt>
          <dd className="number">{formatNumber(value.wallMilliseconds)} ms</dd>
        </div>
      </dl>
      <Bars
        names={names}
        values={values}
        colour={colours}
        xTitle="operator"
        yTitle="ms"
        most={most}
        height={300}
        label={`Time by operator: softmax ${formatShare(value.softmax.share)}, matrix products ${formatShare(value.matrixProducts.share)}.`}
      />
      <p className="small muted view-foot">
        {value.device}, {formatCount(value.threads, 'thread')}, batch {value.batch}, context{' '}
        {formatInteger(value.context)}, {value.repeats} repeats. {value.method}
      </p>
    </>
  );
}
