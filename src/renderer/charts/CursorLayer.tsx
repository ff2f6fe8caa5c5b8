/** The cursor that all cards share, drawn over a chart: a line at its x, and what every line says there. */
import { useMemo } from 'react';
import { formatDuration, formatInteger, formatNumber, formatSI } from '../../shared/format.ts';
import type { CurveAxis } from '../../shared/run/metrics.ts';
import type { ChartLine } from '../logic/chartLines.ts';
import { readingsAt } from '../logic/cursor.ts';
import { useCharts } from '../state/charts.ts';
import { type Frame, shareOf } from './plotFrame.ts';

const mostReadings = 8;

interface Props {
  readonly card: string;
  readonly axis: CurveAxis;
  readonly frame: Frame;
  readonly lines: readonly ChartLine[];
}

export function CursorLayer({ card, axis, frame, lines }: Props) {
  const cursor = useCharts((charts) => charts.cursor);
  const named = useMemo(
    () =>
      lines
        .filter(({ role }) => role === 'line' || role === 'points')
        .map(({ group, name, x, y, look }) => ({ run: group, name, x, y, colour: look.colour })),
    [lines],
  );
  if (cursor === null) return null;
  const share = shareOf(frame.x, cursor.x);
  if (!(share >= 0 && share <= 1)) return null;
  const here = cursor.card === card;
  const readings = readingsAt(
    named,
    cursor.x,
    here ? cursor.height : null,
    (value) => shareOf(frame.y, value),
    0.01 * (frame.x.high - frame.x.low),
  );
  const left = frame.x.start + share * frame.x.length;
  const toRight = share < 0.5;
  const edge = frame.x.start + frame.x.length;
  const room = (toRight ? edge - left : left - frame.x.start) - 10;
  // One line needs no name: it is the only one.
  const alone = named.length === 1;
  return (
    <div className="cursor-layer" aria-live={here ? 'polite' : 'off'}>
      <i style={{ left, top: frame.y.start, height: frame.y.length }} />
      {readings.length > 0 && (
        <div
          className="cursor-readings"
          style={{
            top: frame.y.start,
            maxWidth: Math.min(340, room),
            ...(toRight ? { left: left + 10 } : { right: `calc(100% - ${left - 10}px)` }),
          }}
        >
          <b className="number">{placeText(axis, cursor.x)}</b>
          {readings.slice(0, mostReadings).map((reading) => (
            <span key={`${reading.run} ${reading.name}`}>
              <i style={{ background: reading.colour }} />
              {!alone && <span className="cursor-name">{reading.name}</span>}
              <span className="number">
                {Math.abs(reading.value) >= 1e4 ? formatSI(reading.value) : formatNumber(reading.value, 4)}
              </span>
            </span>
          ))}
          {readings.length > mostReadings && <em>and {readings.length - mostReadings} more</em>}
        </div>
      )}
    </div>
  );
}

function placeText(axis: CurveAxis, x: number): string {
  if (axis === 'step') return `step ${formatInteger(x)}`;
  if (axis === 'tokens') return formatSI(x, 'tokens');
  if (axis === 'flops') return formatSI(x, 'FLOP');
  return formatDuration(x);
}
