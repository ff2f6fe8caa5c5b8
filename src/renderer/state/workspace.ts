/**
 * Everything the page knows from the host: fetched once, then kept current by events. Views read it by selector; they
 * never talk to the client themselves, so that each has its loading and error state from one place.
 */
import { create } from 'zustand';
import { FinegrainError } from '../../shared/errors.ts';
import type {
  Client,
  DataSetRow,
  Doctor,
  Outputs,
  RunDetail,
  RunSummary,
  SampleDataSet,
  TokenizerRow,
} from '../../shared/rpc/contract.ts';
import type { CurveAxis, MetricPoint } from '../../shared/run/metrics.ts';
import type { Probe } from '../../shared/run/probe.ts';
import { appendPoints, axisValue } from '../logic/curve.ts';
import { asking, failed, type Loadable, loading, ready } from './loadable.ts';
import { announceProbe, announceRun } from './notices.ts';
import {
  addProbe,
  appendToCurves,
  type Curves,
  type CurveWindow,
  curveKey,
  curveRequest,
  mergeSummary,
  needsRefresh,
  upsertRun,
} from './runData.ts';

/** A transport may also tell whether its line is up; it reconnects by itself. */
export type PageClient = Client & {
  onStatus?(listener: (status: 'open' | 'closed', reason: string | null) => void): () => void;
};

interface Workspace {
  readonly connected: boolean;
  /** Why not, in a sentence. */
  readonly disconnectReason: string | null;
  readonly info: Loadable<Outputs['app.info']>;
  readonly doctor: Loadable<Doctor>;
  readonly data: Loadable<DataSetRow[]>;
  readonly samples: Loadable<SampleDataSet[]>;
  readonly tokenizers: Loadable<TokenizerRow[]>;
  readonly runs: Loadable<RunSummary[]>;
  /** Fields of document and configuration of every run, by name. */
  readonly fields: Loadable<Outputs['runs.fields']>;
  readonly details: Readonly<Record<string, Loadable<RunDetail>>>;
  readonly curves: Curves;
  readonly probes: Readonly<Record<string, Loadable<Probe[]>>>;
}

export const useWorkspace = create<Workspace>()(() => ({
  connected: true,
  disconnectReason: null,
  info: loading,
  doctor: loading,
  data: loading,
  samples: loading,
  tokenizers: loading,
  runs: loading,
  fields: loading,
  details: {},
  curves: {},
  probes: {},
}));

const { getState: get, setState: set } = useWorkspace;

let client: PageClient | null = null;
/** Points that arrived while their curve was being fetched: put on afterwards, so that none falls between. */
const early = new Map<string, MetricPoint[]>();

/** The client of this page. Throws before `connect`. */
export function host(): Client {
  if (client === null)
    throw new FinegrainError('internal', 'The page is not connected to its host.', 'Reload the page.');
  return client;
}

/** Takes the client, listens to its events and fetches what every page needs. Returns a function that lets go. */
export function connect(pageClient: PageClient): () => void {
  client = pageClient;
  const stops = [
    pageClient.on('run.changed', receiveRun),
    pageClient.on('run.removed', ({ run }) => forgetRun(run)),
    pageClient.on('run.points', ({ run, points }) => receivePoints(run, points)),
    pageClient.on('run.probe', ({ run, probe }) => receiveProbe(run, probe)),
    pageClient.on('run.log', ({ run, line }) =>
      patchDetail(run, (detail) => ({ ...detail, log: [...detail.log, line].slice(-2000) })),
    ),
    pageClient.on('data.changed', () => {
      void loadData();
    }),
    pageClient.onStatus?.((status, reason) => {
      const connected = status === 'open';
      const wasConnected = get().connected;
      set({ connected, disconnectReason: reason });
      if (connected && !wasConnected) void refreshAll();
    }),
  ];
  void refreshAll();
  return () => {
    for (const stop of stops) stop?.();
    client = null;
  };
}

/** Asks again for everything on show; used at the start and after the line was down. */
export async function refreshAll(): Promise<void> {
  const { details, curves, probes } = get();
  await Promise.all([
    loadRuns(),
    loadInto('info', () => host().call('app.info', {})),
    loadData(),
    loadInto('doctor', () => host().call('app.doctor', {})),
    ...Object.keys(details).map(loadDetail),
    ...Object.keys(probes).map(loadProbes),
    ...Object.keys(curves).map(loadCurveOf),
  ]);
}

export async function loadData(): Promise<void> {
  await Promise.all([
    loadInto('data', () => host().call('data.list', {})),
    loadInto('samples', () => host().call('data.samples', {})),
    loadInto('tokenizers', () => host().call('tokenizer.list', {})),
  ]);
}

export async function loadRuns(): Promise<void> {
  await Promise.all([
    loadInto('runs', async () => {
      const runs = await host().call('runs.list', { archived: true });
      return [...runs].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
    }),
    loadFields(),
  ]);
}

async function loadFields(): Promise<void> {
  await loadInto('fields', () => host().call('runs.fields', {}));
}

let fieldsTimer: ReturnType<typeof setTimeout> | undefined;

/** A sweep announces many new runs at once: their fields are asked for together. */
function loadFieldsSoon(): void {
  clearTimeout(fieldsTimer);
  fieldsTimer = setTimeout(() => {
    if (client !== null) void loadFields();
  }, 150);
}

export async function loadDoctor(): Promise<void> {
  await loadInto('doctor', () => host().call('app.doctor', {}));
}

export async function loadDetail(run: string): Promise<void> {
  set((state) => ({ details: { ...state.details, [run]: asking(state.details[run]) } }));
  const result = await attempt(() => host().call('runs.get', { run }), get().details[run]);
  set((state) => ({ details: { ...state.details, [run]: result } }));
}

export async function loadProbes(run: string): Promise<void> {
  set((state) => ({ probes: { ...state.probes, [run]: asking(state.probes[run]) } }));
  const result = await attempt(() => host().call('runs.probes', { run, afterStep: -1 }), get().probes[run]);
  set((state) => {
    // A probe that was pushed meanwhile is newer than the answer.
    const pushed = state.probes[run]?.value ?? [];
    const newest = result.value?.at(-1)?.step ?? -1;
    const merged =
      result.status === 'ready'
        ? ready([
            ...result.value,
            ...pushed.filter((probe) => probe.step > newest && state.probes[run]?.status === 'loading'),
          ])
        : result;
    return { probes: { ...state.probes, [run]: merged } };
  });
}

export async function loadCurve(
  run: string,
  metric: string,
  axis: CurveAxis,
  window?: CurveWindow,
): Promise<void> {
  await loadCurveOf(curveKey(run, metric, axis, window));
}

async function loadCurveOf(key: string): Promise<void> {
  const request = curveRequest(key);
  early.set(key, []);
  set((state) => ({ curves: { ...state.curves, [key]: asking(state.curves[key]) } }));
  const result = await attempt(() => host().call('runs.curve', request), get().curves[key]);
  const missed = (early.get(key) ?? []).filter(
    (point) => axisValue(point, request.axis) <= (request.to ?? Number.POSITIVE_INFINITY),
  );
  early.delete(key);
  const complete = result.status === 'ready' ? ready(appendPoints(result.value, missed)) : result;
  set((state) => ({ curves: { ...state.curves, [key]: complete } }));
}

/** Lets go of the parts of curves that were zoomed into, but for this one. */
export function forgetZoomedCurves(keep: CurveWindow['range']): void {
  set((state) => ({
    curves: without(state.curves, (key) => {
      const { from, to } = curveRequest(key);
      return from !== undefined && (from !== keep?.from || to !== keep?.to);
    }),
  }));
}

/** Drops a run from everything the page holds. */
export function forgetRun(run: string): void {
  set((state) => ({
    runs:
      state.runs.value === undefined
        ? state.runs
        : { ...state.runs, value: state.runs.value.filter((other) => other.run !== run) },
    details: without(state.details, (key) => key === run),
    probes: without(state.probes, (key) => key === run),
    curves: without(state.curves, (key) => key.startsWith(`${run}|`)),
  }));
}

function receiveRun(summary: RunSummary): void {
  const before = get().runs.value?.find((run) => run.run === summary.run);
  set((state) => ({ runs: ready(upsertRun(state.runs.value ?? [], summary)) }));
  const every = get().details[summary.run]?.value?.configuration.checkpointEvery ?? 0;
  patchDetail(summary.run, (detail) => mergeSummary(detail, summary));
  announceRun(before, summary);
  if (before === undefined || before.steps !== summary.steps) loadFieldsSoon();
  const crossed =
    every > 0 && before !== undefined && Math.floor(before.step / every) < Math.floor(summary.step / every);
  if (!needsRefresh(before, summary) && !crossed) return;
  if (get().details[summary.run] !== undefined) void loadDetail(summary.run);
  if (!needsRefresh(before, summary)) return;
  if (get().probes[summary.run] !== undefined) void loadProbes(summary.run);
  for (const key of Object.keys(get().curves)) if (key.startsWith(`${summary.run}|`)) void loadCurveOf(key);
}

function receivePoints(run: string, points: readonly MetricPoint[]): void {
  for (const [key, waiting] of early) {
    const [owner, metric] = key.split('|');
    if (owner === run) waiting.push(...points.filter((point) => point.name === metric));
  }
  set((state) => ({ curves: appendToCurves(state.curves, run, points) }));
  const names = new Set(points.map((point) => point.name));
  const known = get().details[run]?.value?.metrics;
  if (known !== undefined && [...names].some((name) => !known.includes(name))) {
    patchDetail(run, (detail) => ({ ...detail, metrics: [...new Set([...detail.metrics, ...names])] }));
  }
}

function receiveProbe(run: string, probe: Probe): void {
  announceProbe(run, get().runs.value?.find((other) => other.run === run)?.name, probe);
  set((state) => {
    const now = state.probes[run];
    if (now === undefined) return state;
    return {
      probes: {
        ...state.probes,
        [run]: { ...now, value: addProbe(now.value ?? [], probe) } as Loadable<Probe[]>,
      },
    };
  });
}

function patchDetail(run: string, change: (detail: RunDetail) => RunDetail): void {
  set((state) => {
    const now = state.details[run];
    if (now?.value === undefined) return state;
    return {
      details: { ...state.details, [run]: { ...now, value: change(now.value) } as Loadable<RunDetail> },
    };
  });
}

async function attempt<Value>(
  ask: () => Promise<Value>,
  now: Loadable<Value> | undefined,
): Promise<Loadable<Value>> {
  try {
    return ready(await ask());
  } catch (error) {
    return failed(error, now);
  }
}

type Single = 'info' | 'doctor' | 'data' | 'samples' | 'tokenizers' | 'runs' | 'fields';

async function loadInto<Key extends Single>(
  key: Key,
  ask: () => Promise<NonNullable<Workspace[Key]['value']>>,
): Promise<void> {
  set({ [key]: asking(get()[key] as Loadable<unknown>) } as Partial<Workspace>);
  const result = await attempt<unknown>(ask, get()[key] as Loadable<unknown>);
  set({ [key]: result } as Partial<Workspace>);
}

function without<Value>(
  record: Readonly<Record<string, Value>>,
  drop: (key: string) => boolean,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !drop(key)));
}
