import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginGesture, cancelGesture, endGesture, record, redo, startHistory, undo } from './history.ts';

describe('history', () => {
  it('goes back and forth through every change', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 30 }), (values) => {
        let history = startHistory({ value: Number.NaN });
        const seen = [history.present];
        for (const value of values) {
          history = record(history, { value }, 'change');
          seen.push(history.present);
        }
        for (const expected of [...seen].reverse().slice(1)) {
          history = undo(history);
          expect(history.present).toBe(expected);
        }
        expect(undo(history)).toBe(history);
        for (const expected of seen.slice(1)) {
          history = redo(history);
          expect(history.present).toBe(expected);
        }
      }),
    );
  });

  it('makes one entry of a gesture, and none of one that ends where it began', () => {
    let history = startHistory({ value: 1 });
    history = beginGesture(history);
    for (const value of [2, 3, 4]) history = record(history, { value }, 'frame');
    history = endGesture(history, 'drag');
    expect(history.past).toHaveLength(1);
    expect(undo(history).present).toEqual({ value: 1 });

    const undone = undo(history);
    let idle = beginGesture(undone);
    idle = record(idle, { value: 9 }, 'frame');
    idle = record(idle, { value: 1 }, 'frame');
    idle = endGesture(idle, 'drag');
    expect(idle.past).toHaveLength(0);
    expect(redo(idle).present).toEqual({ value: 4 });
  });

  it('gives a cancelled gesture up and clears redo only on a real change', () => {
    let history = record(startHistory({ value: 1 }), { value: 2 }, 'a');
    history = undo(history);
    const cancelled = cancelGesture(record(beginGesture(history), { value: 7 }, 'frame'));
    expect(cancelled.present).toEqual({ value: 1 });
    expect(cancelled.future).toHaveLength(1);
    expect(record(cancelled, { value: 3 }, 'b').future).toHaveLength(0);
  });
});
