import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FinegrainError } from '../../../shared/errors.ts';
import { LaterWrites } from './laterWrites.ts';

const full = new FinegrainError('disk.full', 'The disk is full.');

describe('LaterWrites', () => {
  let problems: string[];
  let later: LaterWrites;
  beforeEach(() => {
    vi.useFakeTimers();
    problems = [];
    later = new LaterWrites((problem) => problems.push(problem.message));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('keeps the order while the disk is full, says so once, and catches up', () => {
    const written: number[] = [];
    let room = false;
    const write = (value: number) =>
      later.write(() => {
        if (!room) throw full;
        written.push(value);
      });
    write(1);
    write(2);
    vi.advanceTimersByTime(10_000);
    expect({ written, problems, size: later.size }).toEqual({
      written: [],
      problems: ['The disk is full.'],
      size: 2,
    });
    room = true;
    write(3);
    vi.advanceTimersByTime(2000);
    expect({ written, size: later.size }).toEqual({ written: [1, 2, 3], size: 0 });
  });

  it('drops, aloud, what can never be written', () => {
    const written: number[] = [];
    later.write(() => {
      throw new Error('no such column');
    });
    later.write(() => written.push(1));
    expect({ written, problems }).toEqual({ written: [1], problems: ['no such column'] });
  });
});
