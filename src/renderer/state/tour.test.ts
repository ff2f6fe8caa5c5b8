import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testRun } from '../logic/testRuns.ts';
import { loading, ready } from './loadable.ts';
import { endTour, followTour, goTo, startTour, useTour } from './tour.ts';
import { setView, useView } from './view.ts';
import { useWorkspace } from './workspace.ts';

let stop: () => void = () => undefined;
let kept: Map<string, string>;

beforeEach(() => {
  kept = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  useTour.setState({ step: null, run: null });
  useWorkspace.setState({ runs: loading });
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

const setRuns = (...runs: string[]) =>
  useWorkspace.setState({ runs: ready(runs.map((run) => testRun({ run }))) });

describe('the first-run tour', () => {
  it('offers itself on an empty workspace, once its runs are known', () => {
    stop = followTour();
    expect(useTour.getState().step).toBeNull();
    setRuns();
    expect(useTour.getState().step).toBe('preset');
  });

  it('does not offer itself where there are runs, where it was seen, or when the last run is deleted', () => {
    stop = followTour();
    setRuns('a');
    expect(useTour.getState().step).toBeNull();
    setRuns();
    expect(useTour.getState().step).toBeNull();
    stop();
    endTour();
    stop = followTour();
    expect(useTour.getState().step).toBeNull();
  });

  it('opens the place of each step', () => {
    setView({ page: 'runs', presetsOpen: false, presetSize: '1m' });
    startTour();
    expect(useView.getState()).toMatchObject({
      page: 'design',
      designTab: 'model',
      presetsOpen: true,
      presetSize: '0.3m',
    });
    goTo('text');
    expect(useView.getState().designTab).toBe('train');
    setView({ page: 'runs' });
    goTo('watch');
    expect(useView.getState().page).toBe('runs');
  });

  it('goes on by itself when the run it asks for appears, and watches that one', () => {
    setRuns('old');
    stop = followTour();
    goTo('train');
    setRuns('old');
    expect(useTour.getState()).toEqual({ step: 'train', run: null });
    setRuns('new', 'old');
    expect(useTour.getState()).toEqual({ step: 'watch', run: 'new' });
  });

  it('leaves a run alone that appears in any other step', () => {
    stop = followTour();
    setRuns();
    setRuns('fresh');
    expect(useTour.getState()).toEqual({ step: 'preset', run: null });
    goTo('train');
    setRuns('fresh');
    expect(useTour.getState().step).toBe('train');
  });

  it('ends for good, also where nothing can be kept', () => {
    startTour();
    endTour();
    expect(useTour.getState()).toEqual({ step: null, run: null });
    expect(kept.has('finegrain.tour')).toBe(true);
    vi.stubGlobal('localStorage', {
      setItem() {
        throw new Error('off');
      },
    });
    startTour();
    endTour();
    expect(useTour.getState().step).toBeNull();
  });
});
