/** Frames out of a Chromium trace, and what they cost the page's main thread. */
export interface TraceEvent {
  readonly name: string;
  readonly ts: number; // microseconds
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the thread's own time, whatever else the machine did meanwhile. */
  readonly tdur?: number;
}

export interface FrameFigures {
  readonly frames: number;
  readonly framesPerSecond: number;
  /** ms between two frames, at most. */
  readonly longest: number;
  /** Share of frames more than 25 ms after the one before: a frame of 60 a second missed. */
  readonly late: number;
  /** ms of the main thread's own time for each frame; below 16.7, it keeps up with 60 a second. */
  readonly mainThread: number;
}

/** What was put on the screen: `DrawFrame` of the process that drew most, the page's renderer. */
export function frameFigures(events: readonly TraceEvent[]): FrameFigures {
  const drawn = most(
    events.filter(({ name }) => name === 'DrawFrame'),
    ({ pid }) => pid,
  );
  const times = drawn.map(({ ts }) => ts).sort((a, b) => a - b);
  const gaps = times.slice(1).map((time, index) => (time - times[index]!) / 1000);
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  // Handlers of the page run on its main thread alone.
  const handlers = most(
    events.filter(({ name, pid }) => name === 'FunctionCall' && pid === drawn[0]?.pid),
    ({ tid }) => tid,
  );
  const busy = events
    .filter(
      ({ name, pid, tid }) => name === 'RunTask' && pid === handlers[0]?.pid && tid === handlers[0]?.tid,
    )
    .reduce((sum, { tdur }) => sum + (tdur ?? 0) / 1000, 0);
  return {
    frames: times.length,
    framesPerSecond: total === 0 ? 0 : (1000 * gaps.length) / total,
    longest: Math.max(0, ...gaps),
    late: gaps.length === 0 ? 0 : gaps.filter((gap) => gap > 25).length / gaps.length,
    mainThread: times.length === 0 ? 0 : busy / times.length,
  };
}

/** The largest group of events that have one key. */
function most(events: readonly TraceEvent[], key: (event: TraceEvent) => number): readonly TraceEvent[] {
  const groups = new Map<number, TraceEvent[]>();
  for (const event of events) {
    const group = groups.get(key(event));
    if (group === undefined) groups.set(key(event), [event]);
    else group.push(event);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}
