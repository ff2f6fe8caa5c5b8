/** A block of the stack: its two residual branches, or, opened, its single layers. Dragged as one. */
import ExpandLess from '@mui/icons-material/ExpandLess';
import ExpandMore from '@mui/icons-material/ExpandMore';
import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { ReconstructionBadge } from '../../../components/MethodBadge.tsx';
import { type BlockView, canvasView } from '../../../logic/blockViews.ts';
import { chosenWith, selectPart, toggleOpened, useCanvas } from '../../../state/canvas.ts';
import { useDesign } from '../../../state/design.ts';
import { useView } from '../../../state/view.ts';
import { Layers } from './Layers.tsx';
import { Part, Wire } from './Part.tsx';
import { Port } from './Port.tsx';
import { useOver } from './useOver.ts';

// Everything but the place comes from the stores, by narrow selectors: a drag re-renders no content.
export const BlockNode = memo(
  function BlockNode({ data }: NodeProps) {
    const block = (data as { block: number }).block;
    const view = useDesign((design) => canvasView(design.history.present).blocks[block]);
    if (view === undefined) return null; // taken out in this very frame
    return (
      <>
        <Port type="target" />
        <Group block={block} view={view} />
        <Port type="source" />
      </>
    );
  },
  (before, after) => before.data === after.data,
);

function Group({ block, view }: { block: number; view: BlockView }) {
  const opened = useCanvas((canvas) => canvas.opened.includes(block)) && view.repeat > 1;
  const together = useIsChosen(block);
  const over = useOver('block', block);
  return (
    <div
      className="group"
      data-over={over}
      data-drop="block"
      data-block={block}
      data-chosen={together ? '' : undefined}
    >
      <div className="group-label">
        <span>
          <b>{view.repeat} ×</b> {view.repeat === 1 ? 'block' : 'repeated block'} · {layers(view)}
        </span>
        {view.repeat > 1 && (
          <button
            type="button"
            className="group-open nodrag"
            tabIndex={-1}
            aria-expanded={opened}
            aria-label={opened ? `Close ${layers(view)}` : `Open ${layers(view)} one by one`}
            title={opened ? 'Close to one block (Space)' : 'Open to single layers (Space)'}
            onClick={(event) => {
              event.stopPropagation();
              toggleOpened([block]);
            }}
          >
            {opened ? <ExpandLess /> : <ExpandMore />}
          </button>
        )}
      </div>
      {opened ? <Layers block={block} view={view} /> : <Branches block={block} view={view} />}
    </div>
  );
}

const layers = ({ firstLayer, repeat }: BlockView) =>
  repeat === 1 ? `layer ${firstLayer}` : `layers ${firstLayer}–${firstLayer + repeat - 1}`;

/** Shown where more than one block is chosen: one alone shows at its part. */
function useIsChosen(block: number): boolean {
  const selection = useView((view) => view.selection);
  return useCanvas(({ chosen }) => {
    const together = chosenWith(selection, chosen, Number.POSITIVE_INFINITY);
    return together.length > 1 && together.includes(block);
  });
}

function Branches({ block, view: { attention, ffn } }: { block: number; view: BlockView }) {
  return (
    <>
      <div className="branch">
        <span className="norm">RMSNorm</span>
        <Wire shape={attention.before} />
        <Part
          selection={{ part: 'attention', block }}
          title={attention.title}
          detail={attention.detail}
          kind={attention.kind}
          note={attention.notes}
          problems={attention.problems}
        />
        <Wire shape={attention.after} />
      </div>
      <Sum />
      <div className="branch">
        {ffn.norm && (
          <>
            <span className="norm">RMSNorm</span>
            <Wire shape={ffn.before} />
          </>
        )}
        <Part
          selection={{ part: 'ffn', block }}
          title={ffn.title}
          detail={ffn.detail}
          kind={ffn.kind}
          problems={ffn.problems}
          badge={<ReconstructionBadge kind={ffn.kind ?? ''} />}
        >
          <Glyph rows={ffn.rows} perRow={ffn.perRow} />
        </Part>
        <Wire shape={ffn.after} />
      </div>
      <Sum />
    </>
  );
}

/** The layout in small: rows of sub-layers, columns of experts. */
function Glyph({ rows: all, perRow }: { rows: number; perRow: number }) {
  const rows = Math.min(all, 16);
  return (
    <span
      className="glyph"
      aria-hidden="true"
      style={{ gridTemplateRows: `repeat(${rows}, 1fr)`, height: Math.max(12, Math.min(44, rows * 9)) }}
    >
      {Array.from({ length: rows }, (_, row) => (
        // Rows have no identity but their place.
        <span key={`row ${row}`} className="glyph-row">
          {Array.from({ length: Math.min(perRow, 32) }, (_, column) => (
            <i
              key={`cell ${column}`}
              style={{ opacity: rows === 1 ? 0.85 : 0.9 - (0.45 * row) / (rows - 1) }}
            />
          ))}
        </span>
      ))}
    </span>
  );
}

function Sum() {
  return (
    <span className="sum" aria-hidden="true">
      +
    </span>
  );
}

/** A click beside the parts of a block means its feed-forward network. */
export function selectBlock(block: number, event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }) {
  selectPart({ part: 'ffn', block }, { range: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
}
