/** The plane of layouts at one cost: rows are groups, columns experts of a group, and the corner is dragged over it. */
import { type KeyboardEvent, useRef, useState } from 'react';
import type { Layout } from '../../../../shared/architecture/edits.ts';
import { mapColour } from '../../../../shared/figures/colours.ts';
import { formatNumber } from '../../../../shared/format.ts';
import {
  axisCounts,
  type LayoutStep,
  layoutPosition,
  nearestLayout,
  stepLayout,
} from '../../../logic/layoutFamily.ts';
import { type LayoutLoss, lossShare } from '../../../logic/layoutLosses.ts';
import { abandonGesture, finishGesture, startGesture } from '../../../state/design.ts';
import { type Asked, DotMenu } from './DotMenu.tsx';
import { formatWidth, rowOpacity } from './layoutLook.ts';

const keySteps: Record<string, LayoutStep> = {
  ArrowRight: 'morePerGroup',
  ArrowLeft: 'fewerPerGroup',
  ArrowDown: 'moreGroups',
  ArrowUp: 'fewerGroups',
};

interface PlaneProps {
  readonly family: readonly Layout[];
  readonly losses: readonly LayoutLoss[];
  readonly current: Layout;
  readonly expertWidth: number;
  readonly flat: boolean;
  readonly text: string;
  readonly set: (layout: Layout) => void;
  /** Trains the model with this layout instead. */
  readonly queue: (layout: Layout) => void;
}

const size = { width: 340, left: 34, right: 14, top: 10, bottom: 42 };

export function LayoutPlane({ family, losses, current, expertWidth, flat, text, set, queue }: PlaneProps) {
  const svg = useRef<SVGSVGElement>(null);
  const dragging = useRef(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const columns = axisCounts(family, 'perGroup');
  const rows = axisCounts(family, 'groups');
  const unitX = (size.width - size.left - size.right) / layoutPosition(columns.at(-1) ?? 1);
  const unitY = flat ? 56 : 190 / layoutPosition(rows.at(-1) ?? 1);
  const height = size.top + size.bottom + unitY * layoutPosition(rows.at(-1) ?? 1);
  const x = (count: number) => size.left + unitX * layoutPosition(count);
  const y = (count: number) => size.top + unitY * layoutPosition(count);

  const drag = (clientX: number, clientY: number) => {
    const box = svg.current?.getBoundingClientRect();
    if (box === undefined) return;
    const scale = size.width / box.width;
    const perGroup = ((clientX - box.left) * scale - size.left) / unitX;
    const groups = ((clientY - box.top) * scale - size.top) / unitY;
    const nearest = nearestLayout(family, flat ? 1 : groups, perGroup);
    if (nearest !== null) set(nearest);
  };
  const finish = (commit: boolean) => {
    if (!dragging.current) return;
    dragging.current = false;
    if (commit) finishGesture('expert layout');
    else abandonGesture();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && dragging.current) {
      event.stopPropagation();
      finish(false);
      return;
    }
    const step = keySteps[event.key];
    if (step === undefined || dragging.current) return;
    event.preventDefault();
    set(stepLayout(family, current, step));
  };

  const cellWidth = (x(current.perGroup) - size.left) / current.perGroup;
  const cellHeight = (y(current.groups) - size.top) / current.groups;
  const gap = Math.min(5, cellWidth / 6, cellHeight / 6);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of shapes inside svg has no element of its own */}
      <svg
        ref={svg}
        className="plane"
        viewBox={`0 0 ${size.width} ${height}`}
        role="group"
        aria-label="Layouts at the same cost"
      >
        <g className="plane-grid">
          {columns.map((count) => (
            <line key={count} x1={x(count)} x2={x(count)} y1={size.top} y2={height - size.bottom} />
          ))}
          {!flat &&
            rows.map((count) => (
              <line key={count} x1={size.left} x2={size.width - size.right} y1={y(count)} y2={y(count)} />
            ))}
        </g>
        {Array.from({ length: current.groups }, (_, row) =>
          Array.from({ length: current.perGroup }, (_, column) => (
            <rect
              // Cells have no identity but their place.
              key={`cell ${row} ${column}`}
              className="plane-cell"
              x={size.left + column * cellWidth + gap / 2}
              y={size.top + row * cellHeight + gap / 2}
              width={cellWidth - gap}
              height={cellHeight - gap}
              rx={Math.min(5, cellHeight / 5)}
              opacity={rowOpacity(row, current.groups)}
            />
          )),
        )}
        {cellWidth > 30 && cellHeight > 15 && (
          <g className="plane-cell-text">
            {Array.from({ length: current.groups * current.perGroup }, (_, index) => {
              const row = Math.floor(index / current.perGroup);
              const column = index % current.perGroup;
              return (
                <text
                  key={`text ${row} ${column}`}
                  className={rowOpacity(row, current.groups) < 0.8 ? 'pale' : ''}
                  x={size.left + (column + 0.5) * cellWidth}
                  y={size.top + (row + 0.5) * cellHeight + 4}
                >
                  {formatWidth(expertWidth)}
                </text>
              );
            })}
          </g>
        )}
        {family.map((layout) => {
          const found = losses.find(
            (entry) => entry.groups === layout.groups && entry.perGroup === layout.perGroup,
          );
          const name = flat ? `${layout.perGroup} experts` : `${layout.groups} × ${layout.perGroup}`;
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: a short cut for the pointer; the handle and Train do the same by keyboard
            <circle
              key={`${layout.groups} ${layout.perGroup}`}
              className={found === undefined ? 'plane-dot' : 'plane-dot plane-dot-known'}
              cx={x(layout.perGroup)}
              cy={y(layout.groups)}
              r={found === undefined ? 3 : 6}
              style={
                found === undefined
                  ? undefined
                  : { fill: mapColour('viridis', lossShare(losses, found.loss)) }
              }
              // One that was trained is looked at; one that was not may be what to train next.
              onClick={({ currentTarget: dot }) =>
                found === undefined ? setAsked({ layout, name, dot }) : set(layout)
              }
            >
              <title>
                {found === undefined ? name : `${name}: validation loss ${formatNumber(found.loss, 4)}`}
              </title>
            </circle>
          );
        })}
        <g className="plane-axis number">
          {columns.map((count) => (
            <text
              key={count}
              x={x(count)}
              y={height - size.bottom + 19}
              className={count === current.perGroup ? 'on' : ''}
              textAnchor="middle"
            >
              {count}
            </text>
          ))}
          {!flat &&
            rows.map((count) => (
              <text
                key={count}
                x={size.left - 7}
                y={y(count) + 4}
                className={count === current.groups ? 'on' : ''}
                textAnchor="end"
              >
                {count}
              </text>
            ))}
        </g>
        <g className="plane-title">
          <text x={(size.left + size.width - size.right) / 2} y={height - 5} textAnchor="middle">
            {flat ? 'experts n' : 'experts per sub-layer K'}
          </text>
          {!flat && (
            <text
              transform={`translate(10 ${(size.top + height - size.bottom) / 2}) rotate(-90)`}
              textAnchor="middle"
            >
              sub-layers M
            </text>
          )}
        </g>
        <circle
          className="plane-handle"
          data-testid="layout-handle"
          cx={x(current.perGroup)}
          cy={y(current.groups)}
          r={8}
          tabIndex={0}
          role="slider"
          aria-label="Expert layout"
          aria-valuemin={1}
          aria-valuemax={columns.at(-1) ?? 1}
          aria-valuenow={current.perGroup}
          aria-valuetext={text}
          onKeyDown={onKeyDown}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            dragging.current = true;
            startGesture();
          }}
          onPointerMove={(event) => {
            if (dragging.current) drag(event.clientX, event.clientY);
          }}
          onPointerUp={() => finish(true)}
          onPointerCancel={() => finish(false)}
        />
      </svg>
      <DotMenu asked={asked} close={() => setAsked(null)} set={set} queue={queue} />
    </>
  );
}
