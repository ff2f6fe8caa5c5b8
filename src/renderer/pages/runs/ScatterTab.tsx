/** Any field against any other, one point for each run, with a trend line where both are numbers. */
import Skeleton from '@mui/material/Skeleton';
import { useMemo } from 'react';
import { formatCount, formatNumber } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { axisText, fieldLabel, formatValue } from '../../../shared/run/records.ts';
import { trendOf } from '../../../shared/run/trend.ts';
import { ScatterChart } from '../../charts/ScatterChart.tsx';
import { Empty } from '../../components/Empty.tsx';
import { setChartSettings, useChartSettings } from '../../state/charts.ts';
import type { FigureSource } from '../../state/figures.ts';
import { openRun } from '../../state/view.ts';
import { Sendable } from '../figures/Sendable.tsx';
import { SendButton } from '../figures/SendButton.tsx';
import { AxisPicker } from './AxisPicker.tsx';
import { ColourPicker } from './ColourPicker.tsx';
import { ColourScale } from './ColourScale.tsx';
import { useColour } from './useColour.ts';
import { type Records, useRecords } from './useRecords.ts';

export function ScatterTab({ runs }: { runs: readonly RunSummary[] }) {
  const records = useRecords(runs);
  if (records === null) return <Skeleton variant="rounded" height={380} />;
  if (records.settings.length + records.results.length === 0)
    return <Empty text="These runs differ in nothing that could be an axis." />;
  return <Scatter records={records} />;
}

function Scatter({ records }: { records: Records }) {
  const { scatterX, scatterY } = useChartSettings();
  const colour = useColour(records);
  const existing = [...records.results, ...records.settings];
  const isNumber = (field: string) =>
    records.records.some((record) => typeof records.valueOf(record, field) === 'number');
  const numbers = existing.filter(isNumber);
  const y = numbers.includes(scatterY.field) ? scatterY : { field: numbers[0] ?? '', log: false };
  const x = existing.includes(scatterX.field)
    ? scatterX
    : { field: existing.find((name) => name !== y.field) ?? '', log: false };
  const category = !isNumber(x.field);
  const points = useMemo(
    () =>
      records.records.flatMap((record) => {
        const [across, up] = [records.valueOf(record, x.field), records.valueOf(record, y.field)];
        if (across === null || typeof up !== 'number') return [];
        const lines = [
          record.run.name,
          `${fieldLabel(x.field)} ${formatValue(x.field, across)}`,
          `${fieldLabel(y.field)} ${formatValue(y.field, up)}`,
        ];
        return [
          {
            id: record.run.run,
            text: lines.join('<br>'),
            x: typeof across === 'number' ? across : String(across),
            y: up,
            colour: colour.of(record),
          },
        ];
      }),
    [records, x.field, y.field, colour.of],
  );
  const trend = useMemo(
    () =>
      category
        ? null
        : trendOf(
            points.flatMap((point) => (typeof point.x === 'number' ? [{ x: point.x, y: point.y }] : [])),
            x.log,
            y.log,
          ),
    [points, category, x.log, y.log],
  );
  const axisX = useMemo(
    () => ({ label: axisText(x.field), log: x.log && !category, category }),
    [x.field, x.log, category],
  );
  const axisY = useMemo(() => ({ label: axisText(y.field), log: y.log }), [y.field, y.log]);
  const hidden = points.filter(
    (point) => (axisY.log && point.y <= 0) || (axisX.log && typeof point.x === 'number' && point.x <= 0),
  ).length;
  const left = records.records.length - points.length + hidden;
  const source = useMemo<FigureSource>(
    () => ({
      kind: 'scatter',
      runs: records.records.map(({ run }) => run.run),
      options: {
        fields: [x.field, y.field],
        logFields: [x, y].filter(({ log }) => log).map(({ field }) => field),
        colourBy: colour.field,
      },
    }),
    [records, x, y, colour.field],
  );
  return (
    <section className="card chart-card" aria-label="Scatter">
      <div className="chart-head">
        <AxisPicker
          label="across"
          value={x.field}
          records={records}
          set={(field) => setChartSettings({ scatterX: { ...x, field } })}
          {...(category
            ? {}
            : { log: x.log, setLog: (log: boolean) => setChartSettings({ scatterX: { ...x, log } }) })}
        />
        <AxisPicker
          label="up"
          value={y.field}
          records={{
            ...records,
            settings: records.settings.filter(isNumber),
            results: records.results.filter(isNumber),
          }}
          set={(field) => setChartSettings({ scatterY: { ...y, field } })}
          log={y.log}
          setLog={(log) => setChartSettings({ scatterY: { ...y, log } })}
        />
        <ColourPicker colour={colour} records={records} />
        <span className="grow" />
        {points.length > 0 && <SendButton title="scatter" sources={[source]} />}
      </div>
      {points.length === 0 ? (
        <div className="chart-empty" style={{ height: 360 }}>
          <Empty text="No run has a value on both axes yet." />
        </div>
      ) : (
        <Sendable source={source}>
          <ScatterChart points={points} trend={trend} x={axisX} y={axisY} height={360} onOpen={openRun} />
        </Sendable>
      )}
      <div className="chart-foot">
        <ColourScale dimension={colour.dimension} label={axisText(colour.field)} scheme={colour.scheme} />
        <span className="grow" />
        {left > 0 && <span className="muted">{formatCount(left, 'run')} without a place on both axes</span>}
        <span className="number" data-testid="trend">
          {trend === null
            ? 'no trend: it takes three runs with numbers on both axes'
            : `${axisY.log ? 'log ' : ''}y = ${formatNumber(trend.slope)} ${axisX.log ? 'log ' : ''}x ${trend.intercept < 0 ? '−' : '+'} ${formatNumber(Math.abs(trend.intercept))}, r² = ${formatNumber(trend.r2)}, ${formatCount(trend.points, 'run')}`}
        </span>
      </div>
    </section>
  );
}
