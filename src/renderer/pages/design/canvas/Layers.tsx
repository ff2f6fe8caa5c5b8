/** The single layers of an opened block: choose one to split it off, or drop a method on it so that it differs. */
import type { BlockView } from '../../../logic/blockViews.ts';
import { selectPart, useCanvas } from '../../../state/canvas.ts';
import { useView } from '../../../state/view.ts';
import { useOver } from './useOver.ts';

const mostShown = 64;

export function Layers({ block, view }: { block: number; view: BlockView }) {
  const selected = useView(({ selection }) => selection.part !== 'model' && selection.block === block);
  const layer = useCanvas((canvas) => canvas.layer);
  const { repeat } = view;
  return (
    <div className="layers">
      {Array.from({ length: Math.min(repeat, mostShown) }, (_, offset) => (
        // Layers have no identity but their place.
        <Layer
          key={`layer ${offset}`}
          view={view}
          block={block}
          offset={offset}
          pressed={selected && layer === offset}
          reachable={selected && (layer ?? 0) === offset}
        />
      ))}
      {repeat > mostShown && (
        <p className="muted small">and {repeat - mostShown} more: the strip above shows all of them</p>
      )}
    </div>
  );
}

interface LayerProps {
  readonly view: BlockView;
  readonly block: number;
  readonly offset: number;
  readonly pressed: boolean;
  readonly reachable: boolean;
}

function Layer({ view: { attention, ffn, firstLayer }, block, offset, pressed, reachable }: LayerProps) {
  const over = useOver('block', block, offset);
  return (
    <button
      type="button"
      className="layer-row"
      aria-pressed={pressed}
      tabIndex={reachable ? 0 : -1}
      data-over={over}
      data-drop="block"
      data-block={block}
      data-layer={offset}
      onClick={(event) => {
        event.stopPropagation();
        selectPart({ part: 'ffn', block }, { layer: offset });
      }}
    >
      <span className="number">{firstLayer + offset}</span>
      <span className="layer-part" data-kind={attention.kind}>
        {attention.notes === '' ? attention.title : attention.notes.split(/[:·]/)[0]!.trim()}
      </span>
      <span className="layer-part" data-kind={ffn.kind}>
        {ffn.title}
      </span>
    </button>
  );
}
