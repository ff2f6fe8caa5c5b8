/** The first-run tour: which of its four steps is on. Shown by itself once, on a workspace without runs. */
import { create } from 'zustand';
import { setView } from './view.ts';
import { useWorkspace } from './workspace.ts';

export const tourSteps = ['preset', 'text', 'train', 'watch'] as const;
export type TourStep = (typeof tourSteps)[number];

interface Tour {
  readonly step: TourStep | null;
  /** The run that the tour started; what the last step watches. */
  readonly run: string | null;
}

const storageKey = 'finegrain.tour';

export const useTour = create<Tour>()(() => ({ step: null, run: null }));

export function startTour(): void {
  goTo('preset');
}

/** Opens the place of a step. */
export function goTo(step: TourStep): void {
  if (step === 'preset')
    setView({ page: 'design', designTab: 'model', presetsOpen: true, presetSize: '0.3m' });
  else if (step !== 'watch') setView({ page: 'design', designTab: 'train' });
  useTour.setState(step === 'watch' ? { step } : { step, run: null });
}

/** Ends it, and it does not come by itself again. */
export function endTour(): void {
  useTour.setState({ step: null, run: null });
  try {
    localStorage.setItem(storageKey, 'seen');
  } catch {
    // Storage may be off; the tour then offers itself again on an empty workspace.
  }
}

/** Begins by itself where there is no run yet; notices when the training that it asks for begins. Returns a stop function. */
export function followTour(): () => void {
  const look = () => {
    const { runs } = useWorkspace.getState();
    if (runs.status !== 'ready') return;
    const { step } = useTour.getState();
    if (step === null && !offered && runs.value.length === 0 && !wasSeen()) startTour();
    offered = true;
    const fresh = runs.value.find(({ run }) => !known.has(run));
    for (const { run } of runs.value) known.add(run);
    if (step === 'train' && fresh !== undefined) {
      useTour.setState({ step: 'watch', run: fresh.run });
    }
  };
  let offered = false;
  const known = new Set<string>();
  look();
  return useWorkspace.subscribe((now, before) => {
    if (now.runs !== before.runs) look();
  });
}

function wasSeen(): boolean {
  try {
    return localStorage.getItem(storageKey) !== null;
  } catch {
    return false;
  }
}
