/** What a view of a run needs, fetched when first asked for and kept current by events. */
import { useEffect } from 'react';
import type { RunDetail } from '../../../shared/rpc/contract.ts';
import type { Curve, CurveAxis } from '../../../shared/run/metrics.ts';
import type { Probe } from '../../../shared/run/probe.ts';
import { type Loadable, loading } from '../../state/loadable.ts';
import { curveKey } from '../../state/runData.ts';
import { loadCurve, loadDetail, loadProbes, useWorkspace } from '../../state/workspace.ts';

export function useDetail(run: string): Loadable<RunDetail> {
  const detail = useWorkspace((workspace) => workspace.details[run]);
  useEffect(() => {
    if (useWorkspace.getState().details[run] === undefined) void loadDetail(run);
  }, [run]);
  return detail ?? loading;
}

export function useCurve(run: string, metric: string, axis: CurveAxis): Loadable<Curve> {
  const curve = useWorkspace((workspace) => workspace.curves[curveKey(run, metric, axis)]);
  useEffect(() => {
    if (useWorkspace.getState().curves[curveKey(run, metric, axis)] === undefined)
      void loadCurve(run, metric, axis);
  }, [run, metric, axis]);
  return curve ?? loading;
}

export function useProbes(run: string): Loadable<Probe[]> {
  const probes = useWorkspace((workspace) => workspace.probes[run]);
  useEffect(() => {
    if (useWorkspace.getState().probes[run] === undefined) void loadProbes(run);
  }, [run]);
  return probes ?? loading;
}
