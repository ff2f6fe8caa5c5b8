/** Parallel coordinates, drawn as SVG: an axis for each field, a line for each run, brushes that let only some through. */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { type Brush, brushBetween, type Dimension, type Tick } from '../../shared/run/parallel.ts';
import { useWidth } from './useWidth.ts';

export interface ParallelLine {
  readonly id: string;
  readonly name: string;
  /** One for each axis; null where it cannot be placed. */
  readonly places: readonly (number | null)[];
  readonly colour: string;
  readonly passes: boolean;
}

export interface ParallelAxis {
  readonly dimension: Dimension;
  readonly label: string;
  readonly ticks: readonly Tick[];
  readonly brush: Brush | null;
}

interface Props {
  readonly axes: readonly ParallelAxis[];
  readonly lines: readonly ParallelLine[];
  readonly height: number;
  readonly standsOut: string | null;
  readonly onBrush: (axis: number, brush: Brush | null) => void;
  readonly onPoint: (id: string | null) => void;
  readonly onOpen: (id: string) => void;
}

const margin = { top: 34, bottom: 14, left: 70, right: 84 };

export function ParallelCoordinates({ axes, lines, height, standsOut, onBrush, onPoint, onOpen }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [top, foot] = [margin.top, height - margin.bottom];
  const xOf = (axis: number) =>
    axes.length < 2
      ? width / 2
      : margin.left + (axis * (width - margin.left - margin.right)) / (axes.length - 1);
  const yOf = (place: number) => foot - place * (foot - top);
  const room = axes.length < 2 ? width : (width - margin.left - margin.right) / (axes.length - 1);
  // What is shut out lies behind; what stands out, in front.
  const ordered = [...lines].sort(
    (a, b) => Number(a.passes) - Number(b.passes) || Number(a.id === standsOut) - Number(b.id === standsOut),
  );
  return (
    <div ref={box} className="parallel" style={{ height }}>
      {width > 0 && (
        // biome-ignore lint/a11y/useSemanticElements: a drawing with axes that can be brushed
        <svg
          width={width}
          height={height}
          role="group"
          aria-label={`Parallel coordinates of ${lines.length} runs over ${axes.map((axis) => axis.label).join(', ')}`}
        >
          <g fill="none">
            {ordered.map((line) => (
              // biome-ignore lint/a11y/noStaticElementInteractions: the keyboard opens a run from the run table
              <path
                key={line.id}
                d={segments(line.places, xOf, yOf)}
                stroke={line.passes ? line.colour : 'var(--line)'}
                strokeWidth={line.id === standsOut ? 3 : 1.6}
                opacity={line.passes && standsOut !== null && line.id !== standsOut ? 0.25 : 1}
                className="parallel-line"
                data-line={line.id}
                data-passes={line.passes}
                onPointerEnter={() => onPoint(line.id)}
                onPointerLeave={() => onPoint(null)}
                onClick={() => onOpen(line.id)}
              >
                <title>{line.name}</title>
              </path>
            ))}
          </g>
          <g className="parallel-bridges">
            {lines
              .filter((line) => line.passes)
              .map((line) => (
                <path key={line.id} d={bridges(line.places, xOf, yOf)} stroke={line.colour} />
              ))}
          </g>
          {axes.map((axis, index) => (
            <AxisDrawing
              key={axis.dimension.field}
              axis={axis}
              x={xOf(index)}
              top={top}
              foot={foot}
              room={room}
              onBrush={(brush) => onBrush(index, brush)}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

interface AxisProps {
  readonly axis: ParallelAxis;
  readonly x: number;
  readonly top: number;
  readonly foot: number;
  readonly room: number;
  readonly onBrush: (brush: Brush | null) => void;
}

function AxisDrawing({ axis, x, top, foot, room, onBrush }: AxisProps) {
  const start = useRef<number | null>(null);
  const [moving, setMoving] = useState<Brush | null>(null);
  const placeAt = (event: PointerEvent<SVGRectElement>) => {
    const { top: above } = event.currentTarget.getBoundingClientRect();
    return 1 - (event.clientY - above - 6) / (foot - top);
  };
  const brush = moving ?? axis.brush;
  const yOf = (place: number) => foot - place * (foot - top);
  const letters = Math.max(6, Math.floor(room / 7.2));
  const short = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  return (
    <g className="parallel-axis">
      <text x={x} y={top - 18} textAnchor="middle" className="parallel-label">
        {short(axis.label, letters)}
        <title>{axis.label}</title>
      </text>
      <line x1={x} x2={x} y1={top} y2={foot} />
      {axis.ticks.map((tick) => (
        <g key={`${tick.place}`}>
          <line x1={x - 4} x2={x} y1={yOf(tick.place)} y2={yOf(tick.place)} />
          <text x={x + 6} y={yOf(tick.place) + 4} className="parallel-tick">
            {short(tick.text, Math.max(5, Math.floor(room / 7)))}
          </text>
        </g>
      ))}
      {brush !== null && (
        <rect
          className="parallel-brush"
          x={x - 9}
          width={18}
          y={yOf(brush.high)}
          height={yOf(brush.low) - yOf(brush.high)}
        />
      )}
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: an svg rectangle is no interactive element */}
      {/* biome-ignore lint/a11y/useSemanticElements: no fieldset within svg */}
      <rect
        className="parallel-catch"
        role="group"
        tabIndex={0}
        aria-label={`${axis.label}: drag, or arrow keys, to let only a part through${
          axis.brush === null
            ? ''
            : `; now ${Math.round(axis.brush.low * 100)} % to ${Math.round(axis.brush.high * 100)} % of the axis`
        }`}
        x={x - 12}
        width={24}
        y={top - 6}
        height={foot - top + 12}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          start.current = placeAt(event);
        }}
        onPointerMove={(event) => {
          if (start.current !== null) setMoving(brushBetween(start.current, placeAt(event)));
        }}
        onPointerUp={(event) => {
          if (start.current === null) return;
          onBrush(brushBetween(start.current, placeAt(event)));
          start.current = null;
          setMoving(null);
        }}
        onDoubleClick={() => onBrush(null)}
        onKeyDown={(event) => byKey(event, axis.brush, onBrush)}
      />
    </g>
  );
}

/** Up and down move the lower edge, with Shift the upper one; Escape lets all through. */
function byKey(event: KeyboardEvent, brush: Brush | null, onBrush: (brush: Brush | null) => void): void {
  if (event.key === 'Escape' && brush !== null) {
    event.stopPropagation();
    onBrush(null);
    return;
  }
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
  event.preventDefault();
  const { low, high } = brush ?? { low: 0, high: 1 };
  const change = event.key === 'ArrowUp' ? 0.05 : -0.05;
  const next = event.shiftKey ? { low, high: high + change } : { low: low + change, high };
  if (next.high - next.low < 0.02) return;
  const within = brushBetween(next.low, next.high);
  onBrush(within !== null && within.low <= 0 && within.high >= 1 ? null : within);
}

/** The line of a run; broken where an axis has no place for it. */
function segments(
  places: readonly (number | null)[],
  xOf: (axis: number) => number,
  yOf: (place: number) => number,
): string {
  let pen = false;
  return places
    .map((place, axis) => {
      const step = place === null ? '' : `${pen ? 'L' : 'M'}${xOf(axis).toFixed(1)} ${yOf(place).toFixed(1)}`;
      pen = place !== null;
      return step;
    })
    .join('');
}

/** Over axes that have no place for the run: from its last place to its next, dotted. */
function bridges(
  places: readonly (number | null)[],
  xOf: (axis: number) => number,
  yOf: (place: number) => number,
): string {
  let last: number | null = null;
  let path = '';
  for (const [axis, place] of places.entries()) {
    if (place === null) continue;
    if (last !== null && axis - last > 1) {
      const start = places[last]!;
      path += `M${xOf(last).toFixed(1)} ${yOf(start).toFixed(1)}L${xOf(axis).toFixed(1)} ${yOf(place).toFixed(1)}`;
    }
    last = axis;
  }
  return path;
}
