/**
 * Where the stream enters or leaves a node. React Flow reads place and side from these classes and data. Its own `Handle`
 * also waits, twice each, on every change of the store for connections drawn by hand, which this canvas has none of: in a
 * drag among 100 blocks the main thread then took 16.0 ms a frame instead of 13.6 (means of three paired runs).
 */
export function Port({ type }: { type: 'source' | 'target' }) {
  const side = type === 'target' ? 'top' : 'bottom';
  return (
    <div
      className={`react-flow__handle react-flow__handle-${side} ${type}`}
      data-handlepos={side}
      aria-hidden="true"
    />
  );
}
