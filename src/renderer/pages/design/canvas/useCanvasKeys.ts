/** Arrows move the selection through the parts of the model, with Shift over several blocks; the view follows. */
import { useReactFlow } from '@xyflow/react';
import { type KeyboardEvent, type RefObject, useEffect } from 'react';
import { selectPart } from '../../../state/canvas.ts';
import { type Selection, useView } from '../../../state/view.ts';

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

export function useCanvasKeys(frame: RefObject<HTMLElement | null>): (event: KeyboardEvent) => void {
  const flow = useReactFlow();
  const selection = useView((view) => view.selection);

  /** Pans so that an element lies inside the canvas. */
  const show = (element: Element) => {
    const pane = frame.current?.querySelector('.react-flow')?.getBoundingClientRect();
    if (pane === undefined) return;
    const box = element.getBoundingClientRect();
    const margin = 24;
    const down = Math.min(0, pane.bottom - margin - box.bottom) || Math.max(0, pane.top + margin - box.top);
    const across = Math.min(0, pane.right - margin - box.right) || Math.max(0, pane.left + margin - box.left);
    if (down === 0 && across === 0) return;
    const { x, y, zoom } = flow.getViewport();
    void flow.setViewport({ x: x + across, y: y + down, zoom });
  };

  // After a move or a paste by keys the selected part is another element, which takes over the focus from the old one.
  useEffect(() => {
    if (selection.part === 'model') return;
    const wait = requestAnimationFrame(() => {
      const element = partElement(frame.current, selection);
      if (element === null) return;
      const hadFocus = frame.current?.contains(document.activeElement) === true;
      if (
        hadFocus &&
        document.activeElement?.closest('.node, .layer-row') !== null &&
        !element.matches(':focus')
      ) {
        if (document.activeElement?.getAttribute('aria-pressed') !== 'true')
          element.focus({ preventScroll: true });
      }
      if (hadFocus) show(element);
    });
    return () => cancelAnimationFrame(wait);
  });

  return (event) => {
    const step = steps[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const parts = [
      ...(frame.current?.querySelectorAll<HTMLElement>('.react-flow__node .node, .layer-row') ?? []),
    ];
    const at = parts.indexOf(event.target as HTMLElement);
    const next = parts[at + step];
    if (at === -1 || next === undefined) return;
    event.preventDefault();
    if (event.shiftKey) {
      const holder = next.closest<HTMLElement>('[data-block]');
      if (holder === null) return;
      const part = holder.dataset.drop === 'attention' ? 'attention' : 'ffn';
      selectPart({ part, block: Number(holder.dataset.block) }, { range: true });
    } else next.click();
    next.focus({ preventScroll: true });
    show(next);
  };
}

function partElement(frame: HTMLElement | null, selection: Exclude<Selection, { part: 'model' }>) {
  const holder = `.react-flow [data-drop="${selection.part}"][data-block="${selection.block}"]`;
  return frame?.querySelector<HTMLElement>(`${holder} .node`) ?? null;
}
