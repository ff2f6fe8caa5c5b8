/** Keeps the list of studies current while it is on show: candidates train between the events that the host sends. */
import { useEffect } from 'react';
import { loadStudies, useStudies } from '../../state/studies.ts';
import { useWorkspace } from '../../state/workspace.ts';

const pace = 4000; // ms between asks while a study trains

export function useStudyNews(): void {
  const connected = useWorkspace((workspace) => workspace.connected);
  const running = useStudies(({ list }) => list.value?.some(({ state }) => state === 'running') ?? false);
  useEffect(() => {
    if (connected) void loadStudies();
  }, [connected]);
  useEffect(() => {
    if (!running || !connected) return;
    const timer = setInterval(() => void loadStudies(), pace);
    return () => clearInterval(timer);
  }, [running, connected]);
}
