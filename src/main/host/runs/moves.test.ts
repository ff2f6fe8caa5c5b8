import { describe, expect, it } from 'vitest';
import { liveStates, type RunState, resumableStates, runStates } from '../../../shared/run/state.ts';
import { consequence, type Move } from './moves.ts';

const allowed = (move: Move): RunState[] =>
  runStates.filter((state) => {
    try {
      consequence('r1', state, move);
      return true;
    } catch {
      return false;
    }
  });

describe('moves', () => {
  it('tells the process only in live states, and then passes through a state that says so', () => {
    for (const move of ['pause', 'stop', 'resume', 'archive', 'delete'] as const) {
      for (const state of allowed(move)) {
        const { state: next, tell } = consequence('r1', state, move);
        if (tell === null) continue;
        expect(liveStates).toContain(state);
        expect(next).toBe(tell === 'pause' ? 'pausing' : 'stopping');
      }
    }
  });

  it('resumes exactly the resumable states (a queued run is on its way already)', () => {
    expect(allowed('resume').sort()).toEqual([...resumableStates, 'queued'].sort());
  });

  it('never archives or deletes a run that may have a process or waits for one', () => {
    for (const move of ['archive', 'delete'] as const) {
      for (const state of [...liveStates, 'queued'] as const) expect(allowed(move)).not.toContain(state);
    }
  });

  it('takes a waiting run out of the queue without a process', () => {
    expect(consequence('r1', 'queued', 'stop')).toEqual({ state: 'stopped', tell: null });
    expect(consequence('r1', 'queued', 'pause')).toEqual({ state: 'paused', tell: null });
  });

  it('lets a stop overtake a pause', () => {
    expect(consequence('r1', 'pausing', 'stop')).toEqual({ state: 'stopping', tell: 'stop' });
  });

  it('refuses with the run, its state and the way out', () => {
    expect(() => consequence('r7k2m9', 'running', 'delete')).toThrow(
      'Run r7k2m9 is running; it cannot be deleted.',
    );
    expect(() => consequence('r7k2m9', 'finished', 'stop')).toThrow('Run r7k2m9 is finished');
  });
});
