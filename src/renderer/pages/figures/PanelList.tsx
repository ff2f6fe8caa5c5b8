/** The panels of the open figure, in order: change, move by dragging or by keys, remove. */
import ArrowDownward from '@mui/icons-material/ArrowDownward';
import ArrowUpward from '@mui/icons-material/ArrowUpward';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import DragIndicator from '@mui/icons-material/DragIndicator';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import { useRef, useState } from 'react';
import type { FigureDocument } from '../../../shared/figures/document.ts';
import { dropPlace, kindLabels, panelLetter, placePanel, withoutPanel } from '../../logic/figures.ts';
import { changeFigure, useFigures } from '../../state/figures.ts';
import { useWorkspace } from '../../state/workspace.ts';

export function PanelList({ document }: { document: FigureDocument }) {
  const runs = useWorkspace((workspace) => workspace.runs.value) ?? [];
  const list = useRef<HTMLOListElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const last = document.panels.length - 1;
  const nameOf = (run: string) => runs.find((other) => other.run === run)?.name ?? run;
  const move = (from: number, to: number) => {
    if (to < 0 || to > last || from === to) return;
    changeFigure('move panel', (now) => placePanel(now, from, to));
  };
  const placeAt = (from: number, y: number): number => {
    const boxes = [...(list.current?.children ?? [])].map((item) => item.getBoundingClientRect());
    return dropPlace(
      boxes.map(({ top, bottom }) => (top + bottom) / 2),
      from,
      y,
    );
  };
  /** By keys the focus goes with the panel. */
  const moveFocused = (from: number, to: number) => {
    move(from, to);
    const grip = list.current?.children[Math.min(last, Math.max(0, to))]?.querySelector('.panel-grip');
    if (grip instanceof HTMLElement) grip.focus();
  };
  return (
    <section aria-label="Panels">
      <Typography variant="h2">Panels</Typography>
      {document.panels.length === 0 && <p className="muted small">None yet.</p>}
      <ol className="panel-list" ref={list}>
        {document.panels.map((panel, index) => {
          const letter = panelLetter(index);
          const target = drag !== null && drag.from !== drag.to && drag.to === index;
          return (
            <li
              key={index}
              data-dragged={drag?.from === index}
              data-target={target ? (drag.to < drag.from ? 'above' : 'below') : undefined}
            >
              <button
                type="button"
                className="panel-grip"
                aria-label={`Move panel ${letter}: drag, or arrow keys`}
                disabled={last === 0}
                onPointerDown={(event) => {
                  if (event.button !== 0) return;
                  event.currentTarget.setPointerCapture(event.pointerId);
                  setDrag({ from: index, to: index });
                }}
                onPointerMove={(event) => {
                  if (drag?.from === index) setDrag({ from: index, to: placeAt(index, event.clientY) });
                }}
                onPointerUp={() => {
                  if (drag !== null) move(drag.from, drag.to);
                  setDrag(null);
                }}
                onPointerCancel={() => setDrag(null)}
                onKeyDown={(event) => {
                  if (event.key === 'Escape' && drag !== null) {
                    event.stopPropagation();
                    setDrag(null);
                  }
                  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
                  event.preventDefault();
                  moveFocused(index, index + (event.key === 'ArrowUp' ? -1 : 1));
                }}
              >
                <DragIndicator fontSize="inherit" />
              </button>
              <button
                type="button"
                className="panel-open"
                aria-label={`Change panel ${letter}`}
                onClick={() => useFigures.setState({ editing: index })}
              >
                <b>{letter}</b>{' '}
                {panel.kind === 'metric' ? (panel.options.metric ?? 'train/loss') : kindLabels[panel.kind]}
                <span className="muted small">{panel.runs.map(nameOf).join(', ')}</span>
              </button>
              <IconButton
                size="small"
                aria-label={`Move panel ${letter} forward`}
                disabled={index === 0}
                onClick={() => move(index, index - 1)}
              >
                <ArrowUpward fontSize="inherit" />
              </IconButton>
              <IconButton
                size="small"
                aria-label={`Move panel ${letter} back`}
                disabled={index === last}
                onClick={() => move(index, index + 1)}
              >
                <ArrowDownward fontSize="inherit" />
              </IconButton>
              <IconButton
                size="small"
                aria-label={`Remove panel ${letter}`}
                onClick={() => changeFigure('remove panel', (now) => withoutPanel(now, index))}
              >
                <CloseOutlined fontSize="inherit" />
              </IconButton>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
