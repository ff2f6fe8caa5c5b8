/** The one or two checkpoints that are looked at side by side. */
import { useMemo } from 'react';
import type { PanelOptions } from '../../../shared/figures/document.ts';
import type { Input, Output, Procedure, RunDetail, RunSummary } from '../../../shared/rpc/contract.ts';
import type { LayerProbe, Probe } from '../../../shared/run/probe.ts';
import type { TokenReading } from '../../../shared/run/reading.ts';
import { nearestProbe } from '../../logic/overTraining.ts';
import { type Passage, useInspect } from '../../state/inspect.ts';
import type { Loadable } from '../../state/loadable.ts';
import { loadProbes, useWorkspace } from '../../state/workspace.ts';
import { useProbes } from '../runs/useRun.ts';
import { type Answer, useAnswer } from './useAnswer.ts';

export interface Side {
  readonly run: RunSummary;
  readonly step: number;
  /** When the checkpoint was written. */
  readonly stamp: string;
}

/** What a view shows: the same answer of each side. */
export interface Pair<Value> {
  readonly sides: readonly Side[];
  readonly answers: readonly Answer<Value>[];
}

export function sideOf(run: RunSummary, detail: RunDetail | undefined, wanted: number | null): Side | null {
  const checkpoints = [...(detail?.checkpoints ?? [])].sort((a, b) => a.step - b.step);
  const chosen = checkpoints.find(({ step }) => step === wanted) ?? checkpoints.at(-1);
  return chosen === undefined ? null : { run, step: chosen.step, stamp: chosen.createdAt };
}

export function usePair<P extends Procedure>(
  sides: readonly Side[],
  procedure: P,
  inputOf: ((side: Side) => Input<P> | null) | null,
): Pair<Output<P>> {
  const ask = (side: Side | undefined) => (side === undefined ? null : (inputOf?.(side) ?? null));
  const first = useAnswer(procedure, ask(sides[0]), sides[0]?.stamp);
  const second = useAnswer(procedure, ask(sides[1]), sides[1]?.stamp);
  return { sides, answers: [first, second].slice(0, sides.length) };
}

/** The part of a question that names the passage. */
export function passageInput(passage: Passage): { text: string } | { data: string; window: number } {
  return passage.kind === 'text' ? { text: passage.text } : { data: passage.data, window: passage.window };
}

/** For analyses over windows: the validation text of the run's own data, or the passage. */
export function useAnalysed(): { text?: string; data?: string } {
  const analysed = useInspect((state) => state.analysed);
  const passage = useInspect((state) => state.passage);
  return useMemo(() => {
    if (analysed === 'validation' || passage === null) return {};
    return passage.kind === 'text' ? { text: passage.text } : { data: passage.data };
  }, [analysed, passage]);
}

function asAnswer<Value>(state: Loadable<Value>, retry: () => void): Answer<Value> {
  return { state, retry, cancel: () => undefined };
}

/** The same for a figure. */
export function figureReading({ text, data }: { text?: string; data?: string }): PanelOptions {
  return { ...(text === undefined ? {} : { text }), ...(data === undefined ? {} : { data: [data] }) };
}

/** The passage that was read, for a figure. */
export function figurePassage(passage: Passage): PanelOptions {
  return passage.kind === 'text' ? { text: passage.text } : { data: [passage.data], window: passage.window };
}

/** What a figure of `useStatistics` reads: the passage, or the probe that is shown. */
export function useFigureStatistics(): (side: Side) => PanelOptions {
  const { statistics, passage, probeStep } = useInspect();
  const probes = useWorkspace((workspace) => workspace.probes);
  return ({ run, step }) => {
    if (statistics === 'passage' && passage !== null) return { step, ...figurePassage(passage) };
    const shown =
      probeStep === null ? undefined : nearestProbe(probes[run.run]?.value ?? [], probeStep)?.step;
    return shown === undefined ? {} : { step: shown };
  };
}

/** The logged probes of each side. */
export function useProbePair(sides: readonly Side[]): Pair<Probe[]> {
  const [first, second] = [sides[0]!, sides[1] ?? sides[0]!];
  const own = [useProbes(first.run.run), useProbes(second.run.run)];
  return {
    sides,
    answers: sides.map((side, index) => asAnswer(own[index]!, () => void loadProbes(side.run.run))),
  };
}

/** Statistics by layer of each side: of the passage that was read, or of the probe logged at a step. */
export function useStatistics(reading: Pair<TokenReading>): Pair<readonly LayerProbe[]> {
  const from = useInspect((state) => state.statistics);
  const step = useInspect((state) => state.probeStep);
  const probes = useProbePair(reading.sides);
  return {
    sides: reading.sides,
    answers: reading.sides.map((_, index) => {
      const read = reading.answers[index]!;
      const logged = probes.answers[index]!;
      return from === 'passage'
        ? mapped(read, ({ statistics }) => statistics)
        : mapped(logged, (all) => nearestProbe(all, step)?.layers ?? []);
    }),
  };
}

function mapped<From, To>(answer: Answer<From>, pick: (value: From) => To): Answer<To> {
  const { state } = answer;
  if (state === null) return { ...answer, state };
  const next = state.value === undefined ? state : ({ ...state, value: pick(state.value) } as Loadable<To>);
  return { ...answer, state: next as Loadable<To> };
}

/** Values that are there, of all sides: what one scale is taken over. */
export function valuesOf<Value>(pair: Pair<Value>): Value[] {
  return pair.answers.flatMap(({ state }) => (state?.value === undefined ? [] : [state.value]));
}
