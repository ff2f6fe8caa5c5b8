/**
 * What is dragged in an editor's drawing: one undo entry a drag, Escape gives it up, arrow keys do the same step by step,
 * and its label and value are said. Lives inside an svg; places are in the units of its viewBox.
 */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef } from 'react';
import { abandonGesture, finishGesture, startGesture } from '../../../state/design.ts';

interface Place {
  readonly x: number;
  readonly y: number;
}

interface Props {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  /** The value in words. */
  readonly text: string;
  /** What the change is called in the undo list. */
  readonly gesture: string;
  readonly onDrag: (place: Place) => void;
  /** An arrow key: +1 up or right, -1 down or left; `large` with Shift or a page key. */
  readonly onStep: (direction: -1 | 1, large: boolean) => void;
  /** Home and End. */
  readonly onEnd?: (end: 'least' | 'most') => void;
  readonly onDragging?: (dragging: boolean) => void;
  readonly cursor: 'ew-resize' | 'ns-resize' | 'nwse-resize';
  /** Upwards on the keyboard means less where the drawing counts from the top. */
  readonly downwards?: boolean;
  readonly testId?: string;
  readonly children: ReactNode;
}

export function Handle(props: Props) {
  const { label, value, least, most, text, gesture, cursor, downwards, testId, children } = props;
  /** Set while a drag runs: takes its listeners away. */
  const stop = useRef<(() => void) | null>(null);

  const finish = (commit: boolean) => {
    if (stop.current === null) return;
    stop.current();
    stop.current = null;
    if (commit) finishGesture(gesture);
    else abandonGesture();
    props.onDragging?.(false);
  };
  // An editor that goes away in the middle of a drag gives it up.
  const latest = useRef(finish);
  latest.current = finish;
  useEffect(() => () => latest.current(false), []);

  const onPointerDown = (event: PointerEvent<SVGGElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus();
    const onEscape = (key: globalThis.KeyboardEvent) => {
      if (key.key !== 'Escape') return;
      key.preventDefault();
      key.stopPropagation();
      latest.current(false);
    };
    window.addEventListener('keydown', onEscape, { capture: true });
    stop.current = () => window.removeEventListener('keydown', onEscape, { capture: true });
    startGesture();
    props.onDragging?.(true);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (stop.current !== null || event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = directions[event.key];
    if (direction !== undefined) {
      const vertical = event.key !== 'ArrowLeft' && event.key !== 'ArrowRight';
      const large = event.shiftKey || event.key.startsWith('Page');
      props.onStep(downwards && vertical ? (-direction as -1 | 1) : direction, large);
    } else if ((event.key === 'Home' || event.key === 'End') && props.onEnd !== undefined) {
      props.onEnd(event.key === 'Home' ? 'least' : 'most');
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <g
      className="handle"
      data-testid={testId}
      style={{ cursor }}
      tabIndex={0}
      role="slider"
      aria-label={label}
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuenow={value}
      aria-valuetext={text}
      aria-orientation={cursor === 'ns-resize' ? 'vertical' : 'horizontal'}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => {
        if (stop.current !== null) props.onDrag(placeIn(event));
      }}
      onPointerUp={() => finish(true)}
      onPointerCancel={() => finish(false)}
    >
      {children}
    </g>
  );
}

const directions: Readonly<Record<string, -1 | 1>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  PageUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageDown: -1,
};

/** Where the pointer is, in the units of the drawing. */
function placeIn(event: PointerEvent<SVGGElement>): Place {
  const matrix = event.currentTarget.ownerSVGElement?.getScreenCTM();
  if (matrix === null || matrix === undefined) return { x: 0, y: 0 };
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  return { x, y };
}
