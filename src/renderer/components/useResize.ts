/** A divider between two panels: dragged, or moved by arrow keys when focused. Tells the new width in pixels. */
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';

interface Options {
  readonly label: string;
  readonly width: number;
  readonly least: number;
  readonly most: number;
  readonly set: (width: number) => void;
}

export function useResize({ label, width, least, most, set }: Options) {
  const start = useRef<{ x: number; width: number } | null>(null);
  const clamp = (value: number) => Math.round(Math.max(least, Math.min(most, value)));
  return {
    role: 'separator',
    tabIndex: 0,
    'aria-label': label,
    'aria-orientation': 'vertical' as const,
    'aria-valuenow': width,
    'aria-valuemin': least,
    'aria-valuemax': most,
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      start.current = { x: event.clientX, width };
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (start.current !== null) set(clamp(start.current.width + event.clientX - start.current.x));
    },
    onPointerUp: () => {
      start.current = null;
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      event.preventDefault();
      set(clamp(width + (event.key === 'ArrowRight' ? 16 : -16)));
    },
  };
}
