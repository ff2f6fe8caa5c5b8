/** Parallel coordinates of the compared runs: axes by choice, colour by a field, brushes that narrow the selection. */
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Skeleton from '@mui/material/Skeleton';
import ToggleButton from '@mui/material/ToggleButton';
import { useMemo, useState } from 'react';
import { formatCount } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import {
  axesWorth,
  type Brush,
  dimensionOf,
  passing,
  placeOf,
  ticksOf,
} from '../../../shared/run/parallel.ts';
import { axisText, fieldLabel, formatValue } from '../../../shared/run/records.ts';
import { ParallelCoordinates } from '../../charts/ParallelCoordinates.tsx';
import { Empty } from '../../components/Empty.tsx';
import { setChartSettings, setStandsOut, useChartSettings, useCharts } from '../../state/charts.ts';
import type { FigureSource } from '../../state/figures.ts';
import { openRun, setView } from '../../state/view.ts';
import { Sendable } from '../figures/Sendable.tsx';
import { SendButton } from '../figures/SendButton.tsx';
import { AxisPicker } from './AxisPicker.tsx';
import { ColourPicker } from './ColourPicker.tsx';
import { ColourScale } from './ColourScale.tsx';
import { useColour } from './useColour.ts';
import { type Records, useRecords } from './useRecords.ts';

const mostAxes = 6; // that are chosen unasked

export function ParallelTab({ runs }: { runs: readonly RunSummary[] }) {
  const records = useRecords(runs);
  if (records === null) return <Skeleton variant="rounded" height={380} />;
  if (records.settings.length + records.results.length === 0)
    return <Empty text="These runs differ in nothing that could be an axis." />;
  return <Parallel records={records} />;
}

function Parallel({ records }: { records: Records }) {
  const { parallel } = useChartSettings();
  const colour = useColour(records);
  const standsOut = useCharts((charts) => charts.standsOut);
  const [brushes, setBrushes] = useState<Readonly<Record<string, Brush | null>>>({});
  const existing = [...records.settings, ...records.results];
  const chosen = parallel.filter(({ field }) => existing.includes(field));
  const shown = chosen.length > 0 ? chosen : unasked(records);
  const dimensions = useMemo(
    () =>
      shown.map(({ field, log }) =>
        dimensionOf(
          field,
          records.records.map((record) => records.valueOf(record, field)),
          log,
        ),
      ),
    [shown, records],
  );
  const rows = useMemo(
    () =>
      records.records.map((record) => ({
        id: record.run.run,
        name: record.run.name,
        places: dimensions.map((dimension) => placeOf(dimension, records.valueOf(record, dimension.field))),
        colour: colour.of(record),
      })),
    [records, dimensions, colour.of],
  );
  const own = dimensions.map(({ field }) => brushes[field] ?? null);
  const through = new Set(passing(rows, own));
  const brushed = own.some((brush) => brush !== null);
  const setAxes = (axes: typeof shown) => setChartSettings({ parallel: axes });
  const source = useMemo<FigureSource>(
    () => ({
      kind: 'parallel',
      runs: records.records.map(({ run }) => run.run),
      options: {
        fields: shown.map(({ field }) => field),
        logFields: shown.filter(({ log }) => log).map(({ field }) => field),
        colourBy: colour.field,
      },
    }),
    [records, shown, colour.field],
  );
  return (
    <section className="card chart-card" aria-label="Parallel coordinates">
      <div className="chart-head">
        {shown.map((axis) => (
          <span key={axis.field} className="axis-chip">
            {fieldLabel(axis.field)}
            <ToggleButton
              size="small"
              value="log"
              className="log-toggle"
              selected={axis.log}
              disabled={dimensions.find(({ field }) => field === axis.field)?.kind === 'category'}
              onChange={() =>
                setAxes(shown.map((other) => (other === axis ? { ...other, log: !other.log } : other)))
              }
              aria-label={`Logarithmic ${fieldLabel(axis.field)}`}
            >
              log
            </ToggleButton>
            <IconButton
              size="small"
              aria-label={`Remove axis ${fieldLabel(axis.field)}`}
              disabled={shown.length < 2}
              onClick={() => setAxes(shown.filter((other) => other !== axis))}
            >
              <CloseOutlined fontSize="inherit" />
            </IconButton>
          </span>
        ))}
        <AxisPicker
          label="add axis"
          value=""
          records={records}
          set={(field) => setAxes([...shown.filter((axis) => axis.field !== field), { field, log: false }])}
        />
        <ColourPicker colour={colour} records={records} />
        <span className="grow" />
        <SendButton title="parallel coordinates" sources={[source]} />
      </div>
      <Sendable source={source}>
        <ParallelCoordinates
          axes={dimensions.map((dimension, index) => ({
            dimension,
            label: fieldLabel(dimension.field),
            ticks: ticksOf(dimension, (value) => formatValue(dimension.field, value)),
            brush: own[index] ?? null,
          }))}
          lines={rows.map((row) => ({ ...row, passes: through.has(row.id) }))}
          height={360}
          standsOut={rows.some(({ id }) => id === standsOut) ? standsOut : null}
          onBrush={(axis, brush) => {
            const field = dimensions[axis]?.field;
            if (field !== undefined) setBrushes({ ...brushes, [field]: brush });
          }}
          onPoint={setStandsOut}
          onOpen={openRun}
        />
      </Sendable>
      <div className="chart-foot">
        <ColourScale dimension={colour.dimension} label={axisText(colour.field)} scheme={colour.scheme} />
        <span className="grow" />
        {brushed ? (
          <>
            <span className="muted" role="status">
              {through.size} of {formatCount(rows.length, 'run')} pass
            </span>
            <Button size="small" onClick={() => setBrushes({})}>
              Show all
            </Button>
            <Button
              size="small"
              variant="outlined"
              disabled={through.size === 0}
              onClick={() => setView({ selectedRuns: [...through] })}
            >
              Select {formatCount(through.size, 'run')}
            </Button>
          </>
        ) : (
          <span className="muted">Drag along an axis to let only some runs through.</span>
        )}
      </div>
    </section>
  );
}

/** What differs, and the validation loss last: where every line ends. */
function unasked(records: Records): { field: string; log: boolean }[] {
  const values = (field: string) => records.records.map((record) => records.valueOf(record, field));
  const last = ['validationLoss', 'loss', 'tokensPerSecond'].find((name) => records.results.includes(name));
  const first = axesWorth(records.settings, values, mostAxes - 1);
  const more = axesWorth(
    records.results.filter((name) => name !== last),
    values,
    Math.max(0, mostAxes - 1 - first.length),
  );
  return [...first, ...more, ...(last === undefined ? [] : [last])].map((field) => ({ field, log: false }));
}
