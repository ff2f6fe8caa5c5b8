/** Taking a thing out of the palette: after a few pixels it is held, follows the pointer, and says what a drop would do. */
import { type PointerEvent, useRef } from 'react';
import type { DropPlace, PaletteThing } from '../../../logic/canvasDrop.ts';
import { dropThing, hold } from '../../../state/canvas.ts';

const threshold = 4; // px before a press becomes a drag

interface Drag {
  onPointerDown: (event: PointerEvent) => void;
  /** True once after a drag: the click that ends it is none. */
  wasDragged: () => boolean;
}

export function usePaletteDrag(thing: PaletteThing): Drag {
  const dragged = useRef(false);
  const onPointerDown = (start: PointerEvent) => {
    if (start.button !== 0) return;
    dragged.current = false;
    const listening = new AbortController();
    const on = <Name extends keyof WindowEventMap>(name: Name, act: (event: WindowEventMap[Name]) => void) =>
      window.addEventListener(name, act, { signal: listening.signal, capture: true });
    const stop = () => {
      listening.abort();
      hold(null);
      document.documentElement.classList.remove('holding');
    };
    on('pointermove', (event) => {
      const { clientX: x, clientY: y } = event;
      if (!dragged.current && Math.hypot(x - start.clientX, y - start.clientY) < threshold) return;
      dragged.current = true;
      document.documentElement.classList.add('holding');
      hold({ thing, x, y, place: placeAt(x, y) });
    });
    on('pointerup', ({ clientX, clientY }) => {
      stop();
      if (!dragged.current) return;
      const place = placeAt(clientX, clientY);
      if (place.at !== 'outside') dropThing(thing, place);
    });
    on('pointercancel', stop);
    on('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      stop();
    });
  };
  return {
    onPointerDown,
    wasDragged: () => {
      const was = dragged.current;
      dragged.current = false;
      return was;
    },
  };
}

/** What part of the canvas lies at a point of the window. */
export function placeAt(x: number, y: number): DropPlace {
  const target = document.elementFromPoint(x, y)?.closest<HTMLElement | SVGElement>('.canvas [data-drop]');
  if (target === null || target === undefined) return { at: 'outside' };
  const { drop, block, layer, position } = target.dataset;
  if (drop === 'gap') return { at: 'gap', position: Number(position) };
  if (drop === 'embedding' || drop === 'norm' || drop === 'head') return { at: drop };
  return {
    at: drop as 'attention' | 'ffn' | 'block',
    block: Number(block),
    layer: layer === undefined ? null : Number(layer),
  };
}
