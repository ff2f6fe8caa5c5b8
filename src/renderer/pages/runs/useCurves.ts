/** Curves of several runs, fetched when first asked for; the part that is zoomed into is fetched anew, in finer buckets. */
import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { ErrorShape } from '../../../shared/errors.ts';
import type { Curve, CurveAxis } from '../../../shared/run/metrics.ts';
import { type CurveWindow, curveKey, curveRequest } from '../../state/runData.ts';
import { loadCurve, useWorkspace } from '../../state/workspace.ts';

export interface CurveSet {
  /** The curve as asked for; until it is there, the whole one. */
  readonly of: (run: string, metric: string) => Curve | undefined;
  readonly loading: boolean;
  readonly error: ErrorShape | null;
  readonly retry: () => void;
}

export function useCurves(
  runs: readonly string[],
  metrics: readonly string[],
  axis: CurveAxis,
  window: CurveWindow,
): CurveSet {
  const curves = useWorkspace((workspace) => workspace.curves);
  const keys = useMemo(
    () => runs.flatMap((run) => metrics.map((metric) => curveKey(run, metric, axis, window))),
    [runs, metrics, axis, window],
  );
  useEffect(() => {
    for (const key of keys) if (useWorkspace.getState().curves[key] === undefined) ask(key);
  }, [keys]);
  const entries = keys.map((key) => curves[key]);
  const failed = entries.find((entry) => entry?.status === 'error');
  const whole = useMemo(() => ({ ...window, range: null }), [window]);
  // Only what concerns these keys may make lines be built again.
  const values = keys.map((key) => curves[key]?.value);
  const signature = useStable(values);
  const of = useCallback(
    (run: string, metric: string) =>
      signature[keys.indexOf(curveKey(run, metric, axis, window))] ??
      useWorkspace.getState().curves[curveKey(run, metric, axis, whole)]?.value,
    [signature, keys, axis, window, whole],
  );
  return {
    of,
    loading: values.some((value) => value === undefined),
    error: failed?.status === 'error' ? failed.error : null,
    retry: () => keys.forEach(ask),
  };
}

function ask(key: string): void {
  const { run, metric, axis, logX, from, to } = curveRequest(key);
  void loadCurve(run, metric, axis, {
    logX,
    range: from === undefined || to === undefined ? null : { from, to },
  });
}

/** The same array as before while its entries are the same. */
function useStable<Value>(values: readonly Value[]): readonly Value[] {
  const kept = useRef(values);
  const same =
    kept.current.length === values.length && values.every((value, at) => value === kept.current[at]);
  if (!same) kept.current = values;
  return kept.current;
}
