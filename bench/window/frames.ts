/** Frames out of a Chromium trace. */
export interface TraceEvent {
  readonly name: string;
  readonly ts: number; // microseconds
  readonly pid: number;
}

export interface FrameFigures {
  readonly frames: number;
  readonly framesPerSecond: number;
  /** ms between two frames, at most. */
  readonly longest: number;
  /** Share of frames more than 25 ms after the one before: a frame of 60 a second missed. */
  readonly late: number;
}

/** What was put on the screen: `DrawFrame` of the process that drew most, the page's renderer. */
export function frameFigures(events: readonly TraceEvent[]): FrameFigures {
  const ofProcess = new Map<number, number[]>();
  for (const { name, ts, pid } of events) {
    if (name === 'DrawFrame') ofProcess.set(pid, [...(ofProcess.get(pid) ?? []), ts]);
  }
  const times = [...ofProcess.values()].sort((a, b) => b.length - a.length)[0]?.sort((a, b) => a - b) ?? [];
  const gaps = times.slice(1).map((time, index) => (time - times[index]!) / 1000);
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  return {
    frames: times.length,
    framesPerSecond: total === 0 ? 0 : (1000 * gaps.length) / total,
    longest: Math.max(0, ...gaps),
    late: gaps.length === 0 ? 0 : gaps.filter((gap) => gap > 25).length / gaps.length,
  };
}
