/** A run's measurements with the law read from its prefix: at once while the handle moves, with intervals once it rests. */
import { useEffect, useMemo, useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import { fitPositions } from '../../../shared/laws/position.ts';
import { type LawReading, readLaw } from '../../../shared/laws/reading.ts';
import { scheduleOfRun } from '../../../shared/laws/schedule.ts';
import type {
  LawOptions,
  ParameterSeries,
  PredictionMethod,
  Trajectory,
} from '../../../shared/laws/types.ts';
import type { RunDetail, RunSummary } from '../../../shared/rpc/contract.ts';
import { ownSet, type RunMeasurements } from '../../../shared/run/measurement.ts';
import { countOfStep, firstCount } from '../../logic/lawsPrefix.ts';
import { loadMeasurements, useLaws, useMeasurementStore } from '../../state/laws.ts';
import { type Loadable, loading } from '../../state/loadable.ts';
import { isLive } from '../../state/runData.ts';
import { host, useWorkspace } from '../../state/workspace.ts';
import { useDetail } from '../runs/useRun.ts';

/** Resamples behind an interval on screen; the terminal and figures may take more. */
const resamples = 200;
/** While it moves: a fan of fewer resamples, of our law alone. */
const live = { intervals: { resamples: 60, seed: 0 }, baselineIntervals: false } as const;
/** How long the handle rests before intervals are computed, in milliseconds. */
const rest = 160;

export function useMeasurements(run: string): Loadable<RunMeasurements> {
  const found = useMeasurementStore((state) => state.byRun[run]);
  const connected = useWorkspace((workspace) => workspace.connected);
  useEffect(() => {
    if (!connected) return;
    void loadMeasurements(run);
    return host().on('run.measured', (event) => {
      if (event.run === run) void loadMeasurements(run);
    });
  }, [run, connected]);
  return found ?? loading;
}

export interface Subject {
  readonly run: RunSummary;
  readonly detail: Loadable<RunDetail>;
  readonly measurements: Loadable<RunMeasurements>;
  readonly sets: readonly string[];
  readonly set: string;
  /** null: nothing was measured yet. */
  readonly trajectory: Trajectory | null;
  readonly series: ParameterSeries | null;
  readonly count: number;
  /** In step with the handle: a rough fan of our law, no intervals of baselines. */
  readonly reading: LawReading | null;
  /** The same with all intervals; null until they are computed for this prefix. */
  readonly settled: LawReading | null;
  /** Of the refit, in milliseconds. */
  readonly took: number | null;
  readonly problem: ErrorShape | null;
}

const noSets: readonly string[] = [];
const nothing: readonly PredictionMethod[] = [];
const costly: readonly PredictionMethod[] = ['multiPower'];

export function useSubject(run: RunSummary): Subject {
  const detail = useDetail(run.run);
  const measurements = useMeasurements(run.run);
  const wanted = useLaws((laws) => laws.set);
  const law = useLaws((laws) => laws.law);
  const step = useLaws((laws) => laws.prefixes[run.run]);
  const value = measurements.value;
  const sets = useMemo(
    () => value?.sets.filter(({ points }) => points.length > 0).map(({ set }) => set) ?? noSets,
    [value],
  );
  const set = wanted !== null && sets.includes(wanted) ? wanted : (sets[0] ?? ownSet);
  const configuration = detail.value?.configuration;
  const architecture = detail.value?.architecture;
  const trajectory = useMemo((): Trajectory | null => {
    const points = value?.sets.find((measured) => measured.set === set)?.points ?? [];
    if (configuration === undefined || architecture === undefined || points.length === 0) return null;
    return {
      set,
      points,
      schedule: scheduleOfRun(configuration, tokensPerStep(configuration, architecture)),
    };
  }, [value, set, configuration, architecture]);
  const fitted = useMemo(() => attempt(() => trajectory && fitPositions(trajectory, law)), [trajectory, law]);
  const series = fitted.value;
  const points = trajectory?.points ?? [];
  const count =
    countOfStep(points, step) ?? firstCount(points, trajectory?.schedule.totalTokens ?? 0, isLive(run));
  const until = points[count - 1]?.step ?? 0;
  // The costliest baseline waits until the handle rests, unless it is drawn.
  const without = useLaws((laws) => (laws.methods.includes('multiPower') ? nothing : costly));
  const quick = useMemo(() => {
    if (trajectory === null || series === null) return { value: null, error: null, took: null };
    const begun = performance.now();
    const read = attempt(() => readLaw(trajectory, { untilStep: until, law, without, ...live }, series));
    return { ...read, took: performance.now() - begun };
  }, [trajectory, series, until, law, without]);
  const settled = useSettled(trajectory, series, until, law);
  return {
    run,
    detail,
    measurements,
    sets,
    set,
    trajectory,
    series,
    count,
    reading: quick.value,
    settled,
    took: quick.took,
    problem: fitted.error ?? quick.error,
  };
}

function tokensPerStep(
  configuration: RunDetail['configuration'],
  architecture: RunDetail['architecture'],
): number {
  return configuration.batch * configuration.accumulate * (configuration.context ?? architecture.context);
}

function useSettled(
  trajectory: Trajectory | null,
  series: ParameterSeries | null,
  until: number,
  law: LawOptions,
): LawReading | null {
  const [held, setHeld] = useState<{ key: readonly unknown[]; reading: LawReading | null } | null>(null);
  const key = useMemo(() => [series, until, law], [series, until, law]);
  useEffect(() => {
    if (trajectory === null || series === null) return;
    const timer = setTimeout(() => {
      const intervals = { resamples, seed: 0 };
      const { value } = attempt(() => readLaw(trajectory, { untilStep: until, law, intervals }, series));
      setHeld({ key, reading: value });
    }, rest);
    return () => clearTimeout(timer);
  }, [trajectory, series, until, law, key]);
  return held?.key === key ? held.reading : null;
}

function attempt<Value>(make: () => Value): { value: Value | null; error: ErrorShape | null } {
  try {
    return { value: make(), error: null };
  } catch (error) {
    return { value: null, error: toErrorShape(error) };
  }
}
