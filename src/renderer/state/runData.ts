/** Pure steps that fold the host's events into what the page holds about runs. */
import type { RunDetail, RunSummary } from '../../shared/rpc/contract.ts';
import type { Curve, CurveAxis, MetricPoint } from '../../shared/run/metrics.ts';
import type { Probe } from '../../shared/run/probe.ts';
import { liveStates } from '../../shared/run/state.ts';
import { appendPoints, axisValue } from '../logic/curve.ts';
import type { Loadable } from './loadable.ts';

export type Curves = Readonly<Record<string, Loadable<Curve>>>;

/** Which part of a curve was asked for, and how its buckets lie. */
export interface CurveWindow {
  readonly logX: boolean;
  readonly range: { readonly from: number; readonly to: number } | null;
}
export const wholeCurve: CurveWindow = { logX: false, range: null };

export function curveKey(run: string, metric: string, axis: CurveAxis, window = wholeCurve): string {
  const { logX, range } = window;
  const part = range === null ? (logX ? '|log' : '') : `|${logX ? 'log' : ''}|${range.from}|${range.to}`;
  return `${run}|${metric}|${axis}${part}`;
}

/** The other way round: what to ask the host for a key. */
export function curveRequest(key: string): {
  run: string;
  metric: string;
  axis: CurveAxis;
  logX: boolean;
  from?: number;
  to?: number;
} {
  const [run, metric, axis, log, from, to] = key.split('|') as [string, string, CurveAxis, ...string[]];
  const range = from === undefined ? {} : { from: Number(from), to: Number(to) };
  return { run, metric, axis, logX: log === 'log', ...range };
}

/** Newest first; a run that is there is replaced in place. */
export function upsertRun(runs: readonly RunSummary[], summary: RunSummary): RunSummary[] {
  const position = runs.findIndex((run) => run.run === summary.run);
  if (position >= 0) return runs.map((run, index) => (index === position ? summary : run));
  return [...runs, summary].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

export function mergeSummary(detail: RunDetail, summary: RunSummary): RunDetail {
  return { ...detail, ...summary };
}

/** New points put onto every loaded curve of the run that they belong to. */
export function appendToCurves(curves: Curves, run: string, points: readonly MetricPoint[]): Curves {
  let changed: Record<string, Loadable<Curve>> | null = null;
  for (const [key, entry] of Object.entries(curves)) {
    if (!key.startsWith(`${run}|`) || entry.value === undefined) continue;
    const curve = entry.value;
    const { to = Number.POSITIVE_INFINITY } = curveRequest(key);
    const own = points.filter((point) => point.name === curve.metric && axisValue(point, curve.axis) <= to);
    if (own.length === 0) continue;
    changed ??= { ...curves };
    changed[key] = { ...entry, value: appendPoints(curve, own) };
  }
  return changed ?? curves;
}

/** Probes in order of step; one that was logged again (after a resume) replaces its forerunner and what lies after it. */
export function addProbe(probes: readonly Probe[], probe: Probe): Probe[] {
  return [...probes.filter((other) => other.step < probe.step), probe];
}

export function isLive(run: Pick<RunSummary, 'state'>): boolean {
  return liveStates.includes(run.state) || run.state === 'queued';
}

/** True when what the page holds of a run may be out of date: it started again, or it came to rest (a new checkpoint). */
export function needsRefresh(before: RunSummary | undefined, after: RunSummary): boolean {
  if (before === undefined) return false;
  return before.state !== after.state || after.step < before.step;
}
