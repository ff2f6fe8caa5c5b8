/** Wraps a chart that the figures page can draw: E sends it while the pointer is over it or the focus in it. */
import type { ReactNode } from 'react';
import { type FigureSource, pointAt } from '../../state/figures.ts';

export function Sendable({ source, children }: { source: FigureSource; children: ReactNode }) {
  return (
    <div
      className="sendable"
      onPointerEnter={() => pointAt(source)}
      onPointerLeave={() => pointAt(null)}
      onFocusCapture={() => pointAt(source)}
      onBlurCapture={() => pointAt(null)}
    >
      {children}
    </div>
  );
}
