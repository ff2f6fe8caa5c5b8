/** A cut through a curve, dragged sideways: its line with a grip, and its value beside it on the side with more room. */
import type { ComponentProps } from 'react';
import { Handle } from './Handle.tsx';

interface Props extends Omit<ComponentProps<typeof Handle>, 'children' | 'cursor'> {
  /** Where the line stands, in the units of the drawing; so are the others. */
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
  /** Beyond it the note stands at the left. */
  readonly flipAt: number;
  readonly note: string;
}

export function CutHandle({ x, top, bottom, flipAt, note, ...handle }: Props) {
  const flipped = x > flipAt;
  return (
    <Handle {...handle} cursor="ew-resize">
      <line className="cut-line" x1={x} x2={x} y1={top - 4} y2={bottom} />
      <rect className="cut-grip" x={x - 9} y={top - 10} width={18} height={bottom - top + 10} />
      <circle className="plane-handle" cx={x} cy={top} r={7} />
      <text
        className="editor-note handle-text number"
        x={x + (flipped ? -12 : 12)}
        y={top + 4}
        textAnchor={flipped ? 'end' : 'start'}
      >
        {note}
      </text>
    </Handle>
  );
}
