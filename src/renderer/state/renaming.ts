/** Which run's name is being written anew, in its header. */
import { create } from 'zustand';
import { openRun } from './view.ts';

export const useRenaming = create<{ readonly run: string | null }>()(() => ({ run: null }));

/** Opens the run: its name is edited where it stands largest. */
export function startRenaming(run: string): void {
  openRun(run);
  useRenaming.setState({ run });
}

export function endRenaming(): void {
  useRenaming.setState({ run: null });
}
