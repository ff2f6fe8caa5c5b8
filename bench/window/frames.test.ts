import { expect, test } from 'vitest';
import { frameFigures } from './frames.ts';

const at = (...times: number[]) => times.map((time) => ({ name: 'DrawFrame', ts: 1000 * time, pid: 7 }));

test('counts the frames of the process that draws most, and the late ones', () => {
  const events = [
    ...at(0, 16, 32, 80, 96),
    { name: 'DrawFrame', ts: 5, pid: 8 },
    { name: 'Layout', ts: 6, pid: 7 },
  ];
  const { frames, framesPerSecond, longest, late } = frameFigures(events);
  expect(frames).toBe(5);
  expect(framesPerSecond).toBeCloseTo(4000 / 96);
  expect([longest, late]).toEqual([48, 0.25]);
  expect(frameFigures([])).toEqual({ frames: 0, framesPerSecond: 0, longest: 0, late: 0 });
});
