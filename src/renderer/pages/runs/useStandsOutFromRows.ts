/** Pointing at a run anywhere on the page (an element with `data-run`, as the rows of the table) makes its line stand out. */
import { useEffect } from 'react';
import type { RunGroup } from '../../logic/runGroups.ts';
import { setStandsOut } from '../../state/charts.ts';

export function useStandsOutFromRows(groups: readonly RunGroup[]): void {
  useEffect(() => {
    let row: Element | null = null;
    const over = (event: Event) => {
      const now = event.target instanceof Element ? event.target.closest('[data-run]') : null;
      if (now === row) return;
      row = now;
      const run = now?.getAttribute('data-run') ?? null;
      setStandsOut(groups.find((group) => run !== null && group.runs.includes(run))?.key ?? null);
    };
    document.addEventListener('pointerover', over);
    return () => {
      document.removeEventListener('pointerover', over);
      setStandsOut(null);
    };
  }, [groups]);
}
