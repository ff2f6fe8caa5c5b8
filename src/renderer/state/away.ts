/**
 * Dead experts of runs that ended while no page was open or the line was down, told once when the runs are listed again.
 * (While a page is open it hears of every probe: notices.ts.) Remembers up to when the runs' ends were seen, by the
 * host's clock; a page that sees the workspace for the first time has missed nothing.
 */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import type { Probe } from '../../shared/run/probe.ts';
import { sayError } from './messages.ts';
import { announceDead } from './notices.ts';
import { host, useWorkspace } from './workspace.ts';

/** So many of the newest are asked for. */
const mostAsked = 20;

export const useAway = create<{ readonly until: string | null }>()(
  persist((): { until: string | null } => ({ until: null }), { name: 'finegrain.away', version: 1 }),
);

/** Runs with routed or gated experts that ended later than what was seen, newest first. */
export function endedSince(runs: readonly RunSummary[], until: string | null): RunSummary[] {
  if (until === null) return [];
  return runs
    .filter(({ endedAt, ffnKinds }) => endedAt !== null && endedAt > until && ffnKinds.some(hasExperts))
    .sort((a, b) => (b.endedAt ?? '').localeCompare(a.endedAt ?? ''))
    .slice(0, mostAsked);
}

function hasExperts(kind: string): boolean {
  return kind !== 'dense';
}

/** The newest end of a run; null: none ended yet. */
export function newestEnd(runs: readonly RunSummary[]): string | null {
  return runs.reduce<string | null>(
    (newest, { endedAt }) => (endedAt !== null && (newest === null || endedAt > newest) ? endedAt : newest),
    null,
  );
}

/** Begins to watch; returns a function that stops it. */
export function followAway(): () => void {
  let missed = true;
  const look = () => {
    const { runs } = useWorkspace.getState();
    if (runs.status !== 'ready') return;
    const { until } = useAway.getState();
    if (missed) for (const run of endedSince(runs.value, until)) void askFor(run);
    missed = false;
    // A workspace in which nothing ended yet is seen too: whatever ends after now was missed.
    const seen = newestEnd(runs.value) ?? until ?? '';
    if (seen !== until) useAway.setState({ until: seen });
  };
  look();
  return useWorkspace.subscribe((now, before) => {
    if (!now.connected) missed = true;
    if (now.runs !== before.runs) look();
  });
}

async function askFor(run: RunSummary): Promise<void> {
  try {
    const probes: Probe[] = await host().call('runs.probes', { run: run.run, afterStep: -1 });
    announceDead(run.run, run.name, probes);
  } catch (error) {
    sayError(error);
  }
}
