/** The stream between two nodes with its shape; between blocks it is also the place to drop another one. */
import type { EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import { canvasView } from '../../../logic/blockViews.ts';
import { useCanvas } from '../../../state/canvas.ts';
import { useDesign } from '../../../state/design.ts';

export interface StreamData extends Record<string, unknown> {
  readonly shape: 'stream' | 'logits';
  /** Place of a block dropped here; null: no block can stand here. */
  readonly position: number | null;
}

export const StreamEdge = memo(function StreamEdge({ sourceX, sourceY, targetX, targetY, data }: EdgeProps) {
  const { shape, position } = data as StreamData;
  const text = useDesign((design) => canvasView(design.history.present)[shape].text);
  const symbols = useDesign((design) => canvasView(design.history.present)[shape].symbols);
  const open = useCanvas(({ held, gap }) => {
    if (position === null) return false;
    if (gap !== null) return gap === position;
    return held !== null && held.place.at === 'gap' && held.place.position === position;
  });
  const middle = (sourceY + targetY) / 2;
  return (
    <g className={open ? 'stream stream-open' : 'stream'}>
      <title>{symbols}</title>
      <path d={`M ${sourceX} ${sourceY} L ${targetX} ${targetY}`} />
      <text x={(sourceX + targetX) / 2 + 10} y={middle + 4}>
        {text}
      </text>
      {open && (
        <>
          <line x1={sourceX - 190} x2={sourceX + 190} y1={middle} y2={middle} />
          <circle cx={sourceX - 190} cy={middle} r={4} />
        </>
      )}
      {position !== null && (
        <rect
          data-drop="gap"
          data-position={position}
          x={sourceX - 200}
          y={Math.min(sourceY, targetY) - 10}
          width={400}
          height={Math.abs(targetY - sourceY) + 20}
        />
      )}
    </g>
  );
});
