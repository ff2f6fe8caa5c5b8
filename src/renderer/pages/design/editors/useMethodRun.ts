/** The newest run whose layers fit the document's, and what its newest probe says about them. */
import { useEffect, useMemo } from 'react';
import type { Architecture } from '../../../../shared/architecture/document.ts';
import type { ErrorShape } from '../../../../shared/errors.ts';
import type { FfnKind } from '../../../../shared/methods/ffn/index.ts';
import type { RunDetail, RunSummary } from '../../../../shared/rpc/contract.ts';
import type { LayerProbe, Probe } from '../../../../shared/run/probe.ts';
import { loadDetail, loadProbes, useWorkspace } from '../../../state/workspace.ts';

const noRuns: readonly RunSummary[] = [];
/** Runs looked at, newest first: their documents are fetched one by one. */
const most = 12;

export type Found<Value> =
  | { readonly status: 'none' | 'loading' }
  | { readonly status: 'error'; readonly error: ErrorShape; readonly retry: () => void }
  | { readonly status: 'ready'; readonly value: Value };

/** Among runs that `wanted` takes by its summary, the newest whose document `fits`. */
export function useNewestRun(
  wanted: (run: RunSummary) => boolean,
  fits: (architecture: Architecture) => boolean,
): Found<RunDetail> {
  const runs = useWorkspace((workspace) => workspace.runs);
  const details = useWorkspace((workspace) => workspace.details);
  const candidates = (runs.value ?? noRuns)
    .filter((run) => !run.archived && wanted(run))
    .slice(0, most)
    .map((run) => run.run);
  const names = candidates.join(' ');
  useEffect(() => {
    for (const run of names.split(' ')) {
      if (run !== '' && useWorkspace.getState().details[run] === undefined) void loadDetail(run);
    }
  }, [names]);
  if (runs.value === undefined && runs.status === 'loading') return { status: 'loading' };
  for (const run of candidates) {
    const detail = details[run];
    if (detail?.value === undefined) {
      if (detail?.status === 'error') continue;
      return { status: 'loading' };
    }
    if (fits(detail.value.architecture)) return { status: 'ready', value: detail.value };
  }
  return { status: 'none' };
}

export interface ProbedRun {
  readonly run: RunDetail;
  readonly step: number;
  /** Layers of the kind, of the newest probe. */
  readonly layers: readonly LayerProbe[];
}

/** The newest run with a layer of this kind whose document `fits`, with its newest probe. */
export function useProbedRun(
  kind: FfnKind,
  fits: (architecture: Architecture) => boolean = () => true,
): Found<ProbedRun> {
  const found = useNewestRun((run) => run.ffnKinds.includes(kind) && run.step > 0, fits);
  const run = found.status === 'ready' ? found.value : null;
  const name = run?.run ?? null;
  const probes = useWorkspace((workspace) => (name === null ? undefined : workspace.probes[name]));
  useEffect(() => {
    if (name !== null && useWorkspace.getState().probes[name] === undefined) void loadProbes(name);
  }, [name]);
  const newest: Probe | undefined = probes?.value?.at(-1);
  const layers = useMemo(
    () => newest?.layers.filter((layer) => layer.kind === kind && layer.experts !== null) ?? [],
    [newest, kind],
  );
  if (found.status !== 'ready' || run === null) return found as Found<ProbedRun>;
  if (probes?.status === 'error' && newest === undefined) {
    return { status: 'error', error: probes.error, retry: () => void loadProbes(run.run) };
  }
  if (newest === undefined) return { status: probes?.status === 'ready' ? 'none' : 'loading' };
  if (layers.length === 0) return { status: 'none' };
  return { status: 'ready', value: { run, step: newest.step, layers } };
}
