/** One part of the model as a button that selects it, with its faults and what mends them below. */
import type { ReactNode } from 'react';
import type { Problem } from '../../../../shared/errors.ts';
import type { ShapeText } from '../../../logic/blockViews.ts';
import { applyMend, selectPart } from '../../../state/canvas.ts';
import { type Selection, useView } from '../../../state/view.ts';
import { useOver } from './useOver.ts';

interface Props {
  readonly selection: Selection;
  /** The model has several nodes: only the first of them shows that it is selected. */
  readonly leads?: boolean;
  readonly title: string;
  readonly detail?: string;
  readonly kind?: string | undefined;
  readonly badge?: ReactNode;
  readonly note?: string;
  readonly problems?: readonly Problem[];
  readonly children?: ReactNode;
}

const none: readonly Problem[] = [];

export function Part(props: Props) {
  const { selection, leads = true, title, detail, kind, badge, note, problems = none, children } = props;
  const selected = useView(
    ({ selection: chosen }) =>
      leads && chosen.part === selection.part && blockOf(chosen) === blockOf(selection),
  );
  const over = useOver(selection.part === 'attention' ? 'attention' : 'ffn', blockOf(selection) ?? -1);
  return (
    <div
      data-over={over}
      className={`node-box${problems.length > 0 ? ' node-wrong' : ''}`}
      data-kind={kind}
      data-drop={selection.part === 'model' ? undefined : selection.part}
      data-block={blockOf(selection) ?? undefined}
    >
      <button
        type="button"
        className="node"
        aria-pressed={selected}
        tabIndex={selected ? 0 : -1}
        onClick={(event) => {
          event.stopPropagation();
          selectPart(selection, { range: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
        }}
      >
        <span className="node-head">
          <b>{title}</b>
          {badge}
          {detail !== undefined && <span className="number node-detail">{detail}</span>}
        </span>
        {note !== undefined && note !== '' && <span className="node-note">{note}</span>}
        {children}
      </button>
      {problems.map((problem) => (
        <Fault key={problem.path + problem.message} problem={problem} />
      ))}
    </div>
  );
}

function blockOf(selection: Selection): number | null {
  return selection.part === 'model' ? null : selection.block;
}

function Fault({ problem }: { problem: Problem }) {
  return (
    <div className="node-problem">
      {problem.message}
      {problem.mends !== undefined && problem.mends.length > 0 && (
        <span className="mends">
          {problem.mends.map((mend) => (
            <button
              key={mend.label}
              type="button"
              className="mend nodrag"
              onClick={(event) => {
                event.stopPropagation();
                applyMend(mend);
              }}
            >
              {mend.label.charAt(0).toUpperCase() + mend.label.slice(1)}
            </button>
          ))}
        </span>
      )}
    </div>
  );
}

/** An edge inside a block, with its shape; red where two shapes meet that do not agree. */
export function Wire({ shape }: { shape: ShapeText }) {
  return (
    <span className={shape.wrong === true ? 'edge edge-wrong' : 'edge'} title={shape.symbols}>
      <span className="number">{shape.text}</span>
    </span>
  );
}
