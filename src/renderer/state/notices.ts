/**
 * Messages about what runs do by themselves: they end, fail, diverge, or leave experts unused. Each leads to its run; for
 * a run that is on show only the status bar says it.
 */
import { formatCount, formatInteger } from '../../shared/format.ts';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import { isDivergence } from '../../shared/run/divergence.ts';
import type { Probe } from '../../shared/run/probe.ts';
import { type DeadLayer, type DeadWatch, deadAtEnd, deadText, watchDead } from '../logic/deadExperts.ts';
import { type SayOptions, say } from './messages.ts';
import { useView } from './view.ts';

export function announceRun(before: RunSummary | undefined, after: RunSummary): void {
  if (before === undefined || before.state === after.state) return;
  const { name, state, reason, step } = after;
  const why = reason === null ? {} : { hint: reason };
  if (state === 'finished')
    tell(after.run, `Run ${name} finished at step ${formatInteger(step)}.`, { severity: 'success' });
  else if (state === 'failed')
    tell(after.run, `Run ${name} ${isDivergence(reason) ? 'diverged' : 'failed'}.`, {
      severity: 'error',
      ...why,
    });
  else if (state === 'interrupted')
    tell(after.run, `Run ${name} was interrupted.`, { severity: 'warning', ...why });
  else if (state === 'paused' || state === 'stopped')
    say(`Run ${name} ${state} at step ${formatInteger(step)}.`);
  else if (state === 'running' && before.state !== 'pausing') say(`Run ${name} is training.`);
}

const watches = new Map<string, DeadWatch>();

/** `name` is what the run is called; unknown while the list of runs is being fetched. */
export function announceProbe(run: string, name: string | undefined, probe: Probe): void {
  const { watch, news } = watchDead(watches.get(run), probe);
  watches.set(run, watch);
  tellDead(run, name, probe.step, news);
}

/** Of a run that ended unseen: what its last two probes agree on, unless it was told of already. */
export function announceDead(run: string, name: string, probes: readonly Probe[]): void {
  const last = probes.at(-1);
  if (last === undefined || (watches.get(run)?.told.size ?? 0) > 0) return;
  tellDead(run, name, last.step, deadAtEnd(probes));
}

function tellDead(run: string, name: string | undefined, step: number, news: readonly DeadLayer[]): void {
  if (news.length === 0) return;
  const count = news.reduce((sum, { experts }) => sum + experts.length, 0);
  tell(run, `Run ${name ?? run}: ${formatCount(count, 'dead expert')} at step ${formatInteger(step)}.`, {
    severity: 'warning',
    hint: `No token used ${count === 1 ? 'it' : 'them'} in two probes running (${deadText(news)}).`,
    about: `${run} dead experts`,
  });
}

/** A toast with the way to the run, unless the user is looking at it. */
function tell(run: string, text: string, options: SayOptions): void {
  say(text, { ...options, run, quiet: isOnShow(run) });
}

function isOnShow(run: string): boolean {
  if (typeof document !== 'undefined' && document.visibilityState === 'hidden') return false;
  const { page, selectedRuns, inspectRun } = useView.getState();
  return (page === 'runs' && selectedRuns.includes(run)) || (page === 'inspect' && inspectRun === run);
}
