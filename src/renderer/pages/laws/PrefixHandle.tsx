/** The line between what a law has seen and what it predicts: dragged, or moved by arrow keys. Lies over the drawn chart. */
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { formatInteger, formatShare, formatSI } from '../../../shared/format.ts';
import { type Frame, shareOf, valueAtShare } from '../../charts/plotFrame.ts';
import { countForKey, countNear, leastCount } from '../../logic/lawsPrefix.ts';

interface Props {
  readonly frame: Frame;
  readonly points: readonly { readonly step: number; readonly tokens: number }[];
  readonly count: number;
  readonly horizon: number;
  readonly onChange: (count: number) => void;
}

export function PrefixHandle({ frame, points, count, horizon, onChange }: Props) {
  const layer = useRef<HTMLDivElement>(null);
  const dragging = useRef(false);
  const point = points[count - 1];
  if (point === undefined) return null;
  const share = Math.max(0, Math.min(1, shareOf(frame.x, point.tokens)));
  const left = frame.x.start + share * frame.x.length;
  const words = `prefix ${formatShare(point.tokens / horizon)} · ${formatSI(point.tokens, 'tokens')}`;
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus();
    dragging.current = true;
    event.preventDefault();
  };
  const onPointerMove = (event: PointerEvent) => {
    const box = layer.current?.getBoundingClientRect();
    if (!dragging.current || box === undefined) return;
    const across = (event.clientX - box.left - frame.x.start) / frame.x.length;
    const wanted = countNear(points, valueAtShare(frame.x, Math.max(0, Math.min(1, across))), frame.x.log);
    if (wanted !== count) onChange(wanted);
  };
  const stop = () => {
    dragging.current = false;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const wanted = countForKey(event.key, points, count, event.shiftKey);
    if (wanted === null) return;
    event.preventDefault();
    event.stopPropagation();
    onChange(wanted);
  };
  return (
    <div className="prefix-layer" ref={layer}>
      <i
        className="prefix-seen"
        style={{
          left: frame.x.start,
          width: left - frame.x.start,
          top: frame.y.start,
          height: frame.y.length,
        }}
      />
      <div
        className="prefix-handle"
        role="slider"
        tabIndex={0}
        aria-label="Prefix"
        aria-valuemin={leastCount(points)}
        aria-valuemax={points.length}
        aria-valuenow={count}
        aria-valuetext={`${words}, step ${formatInteger(point.step)}, ${count} of ${points.length} checkpoints`}
        style={{ left, top: frame.y.start, height: frame.y.length }}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={stop}
        onPointerCancel={stop}
        onKeyDown={onKeyDown}
      >
        <span className="prefix-grip" aria-hidden="true" />
      </div>
      <span
        className="prefix-words number"
        style={
          share > 0.42
            ? { right: `calc(100% - ${left - 8}px)`, top: frame.y.start + 4 }
            : { left: left + 8, top: frame.y.start + 4 }
        }
      >
        {words}
      </span>
    </div>
  );
}
