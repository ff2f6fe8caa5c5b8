import { expect, test } from 'vitest';
import { frameFigures, type TraceEvent } from './frames.ts';

const event = (name: string, ms: number, also: Partial<TraceEvent> = {}): TraceEvent => ({
  name,
  ts: 1000 * ms,
  pid: 7,
  tid: 1,
  ...also,
});

test('counts the frames of the process that draws most, the late ones, and the main thread’s time', () => {
  const events = [
    ...[0, 16, 32, 80, 96].map((ms) => event('DrawFrame', ms, { tid: 2 })),
    event('DrawFrame', 5, { pid: 8 }),
    event('FunctionCall', 6),
    event('RunTask', 6, { tdur: 20_000 }),
    event('RunTask', 6, { tdur: 90_000, tid: 2 }), // the compositor
    event('RunTask', 6, { tdur: 90_000, pid: 8 }),
  ];
  const { frames, framesPerSecond, longest, late, mainThread } = frameFigures(events);
  expect(frames).toBe(5);
  expect(framesPerSecond).toBeCloseTo(4000 / 96);
  expect([longest, late, mainThread]).toEqual([48, 0.25, 4]);
  expect(frameFigures([])).toEqual({ frames: 0, framesPerSecond: 0, longest: 0, late: 0, mainThread: 0 });
});
