/**
 * The laws page: what it looks at and how (kept over a restart), and what the host answered. Measurements of a run that
 * trains are asked for again when it has measured.
 */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { LawOptions, PredictionMethod } from '../../shared/laws/types.ts';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import type { RunMeasurements } from '../../shared/run/measurement.ts';
import { asking, failed, type Loadable, ready } from './loadable.ts';
import { setView, useView } from './view.ts';
import { host, useWorkspace } from './workspace.ts';

export const lawTabs = ['prediction', 'quality', 'study', 'scaling'] as const;
export type LawTab = (typeof lawTabs)[number];

export interface LawsSettings {
  readonly tab: LawTab;
  readonly set: string | null; // null: the run's own validation
  /** Step of the last checkpoint in the prefix, by run; absent: where it begins. */
  readonly prefixes: Readonly<Record<string, number>>;
  readonly law: LawOptions;
  readonly methods: readonly PredictionMethod[]; // drawn
  readonly logX: boolean;
  readonly study: string | null;
}

export const useLaws = create<LawsSettings>()(
  persist(
    (): LawsSettings => ({
      tab: 'prediction',
      set: null,
      prefixes: {},
      law: {},
      methods: ['temporal', 'power', 'lastValue'],
      logX: true,
      study: null,
    }),
    { name: 'finegrain.laws', version: 1 },
  ),
);

export function setLaws(change: Partial<LawsSettings>): void {
  useLaws.setState(change);
}

export function setPrefix(run: string, step: number): void {
  useLaws.setState(({ prefixes }) => ({ prefixes: { ...prefixes, [run]: step } }));
}

/** undefined takes an option back to its default. */
export function setLawOption<Key extends keyof LawOptions>(
  key: Key,
  value: LawOptions[Key] | undefined,
): void {
  useLaws.setState(({ law }) => {
    const { [key]: _, ...rest } = law;
    return { law: value === undefined ? rest : { ...rest, [key]: value } };
  });
}

export function toggleMethod(method: PredictionMethod): void {
  useLaws.setState(({ methods }) => ({
    methods: methods.includes(method) ? methods.filter((other) => other !== method) : [...methods, method],
  }));
}

export function chooseLawTab(tab: LawTab): void {
  setLaws({ tab });
  setView({ page: 'laws' });
}

let mover: ((by: number) => void) | null = null;

/** The reading on show says how its handle is moved; null: none is on show. */
export function setPrefixMover(move: ((by: number) => void) | null): void {
  mover = move;
}

/** Moves the handle of the reading on show by some checkpoints. */
export function movePrefixBy(by: number): void {
  mover?.(by);
}

/** The run on the Laws page: the one asked for, else the newest that has trained. */
export function lawsRun(): RunSummary | null {
  const { lawsRun: wanted } = useView.getState();
  const runs = useWorkspace.getState().runs.value ?? [];
  return runs.find(({ run }) => run === wanted) ?? runs.find((run) => !run.archived && run.step > 0) ?? null;
}

type Measurements = Readonly<Record<string, Loadable<RunMeasurements>>>;

export const useMeasurementStore = create<{ readonly byRun: Measurements }>()(() => ({ byRun: {} }));

const put = (run: string, value: Loadable<RunMeasurements>) =>
  useMeasurementStore.setState(({ byRun }) => ({ byRun: { ...byRun, [run]: value } }));

/** Asks of a run, the newest first: an answer that was overtaken is dropped. */
const asked = new Map<string, number>();

export async function loadMeasurements(run: string): Promise<void> {
  const turn = (asked.get(run) ?? 0) + 1;
  asked.set(run, turn);
  const now = () => useMeasurementStore.getState().byRun[run];
  put(run, asking(now()));
  let answer: Loadable<RunMeasurements>;
  try {
    answer = ready(await host().call('runs.measurements', { run }));
  } catch (error) {
    answer = failed(error, now());
  }
  if (asked.get(run) === turn) put(run, answer);
}
