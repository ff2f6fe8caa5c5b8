/** The layers in a row, each in the colours of its two methods: which layers differ, at a glance. Also a place to drop. */
import { memo, useRef } from 'react';
import { canvasView } from '../../../logic/blockViews.ts';
import { patternText } from '../../../logic/stackLayout.ts';
import { chosenWith, selectPart, useCanvas } from '../../../state/canvas.ts';
import { useView } from '../../../state/view.ts';
import { useDocument } from '../useDocument.ts';

// Nothing here changes while a block is dragged.
export const PatternStrip = memo(function PatternStrip() {
  const document = useDocument();
  const selection = useView((view) => view.selection);
  const marked = useCanvas((canvas) => canvas.chosen);
  const layer = useCanvas((canvas) => canvas.layer);
  const strip = useRef<HTMLDivElement>(null);
  const { blocks } = canvasView(document);
  const chosen = chosenWith(selection, marked, blocks.length);
  const cells = blocks.flatMap((view, block) =>
    Array.from({ length: view.repeat }, (_, offset) => ({
      view,
      block,
      offset,
      number: view.firstLayer + offset,
    })),
  );
  const isChosen = (block: number, offset: number) =>
    chosen.includes(block) && (layer === null || chosen.length > 1 || layer === offset);
  const current = Math.max(
    0,
    cells.findIndex(({ block, offset }) => isChosen(block, offset)),
  );
  const move = (step: number) => {
    const next = cells[current + step];
    if (next === undefined) return;
    selectPart({ part: 'ffn', block: next.block }, { layer: next.offset });
    strip.current?.querySelectorAll<HTMLElement>('button')[current + step]?.focus();
  };
  const differs = patternText(document);
  return (
    <div className="pattern">
      <div
        className="pattern-cells"
        role="toolbar"
        aria-label="Layers"
        ref={strip}
        onKeyDown={(event) => {
          const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (step === undefined || event.altKey) return;
          event.preventDefault();
          move(step);
        }}
      >
        {cells.map(({ view, block, offset, number }, index) => (
          <button
            key={number}
            type="button"
            className="pattern-cell"
            data-first={offset === 0 ? '' : undefined}
            data-drop="block"
            data-block={block}
            data-layer={offset}
            aria-pressed={isChosen(block, offset)}
            aria-label={`Layer ${number}: ${view.attention.notes || 'attention'}, ${view.ffn.title}`}
            title={`Layer ${number}: ${view.attention.notes || 'attention'}, ${view.ffn.title}`}
            tabIndex={index === current ? 0 : -1}
            onClick={() => selectPart({ part: 'ffn', block }, { layer: offset })}
          >
            <i data-kind={view.attention.kind} className={view.attention.kind === undefined ? 'plain' : ''} />
            <i data-kind={view.ffn.kind} />
          </button>
        ))}
      </div>
      <span className="pattern-text muted small" title={differs}>
        {differs === ''
          ? `${cells.length} ${cells.length === 1 ? 'layer' : 'layers, all of one kind'}`
          : differs}
      </span>
    </div>
  );
});
