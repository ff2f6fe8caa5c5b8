/**
 * Where a study stands and what it does next, as a function of its plan, its decisions so far and the states of its runs.
 * Pure: a host that was restarted in the middle finds the same next move.
 */
import { spearman } from '../laws/selection.ts';
import type { RunState } from './state.ts';
import { rungsOf, type StudyPlan } from './studyPlan.ts';
import type { RankedCandidate } from './studyRanking.ts';

/** One ranking of all candidates that were still in the race, and what became of them. */
export interface StudyDecision {
  /** The rung: steps that each of them had done. */
  readonly step: number;
  readonly time: string;
  readonly ranking: readonly RankedCandidate[];
  /** Ids, best first. */
  readonly continued: readonly string[];
  readonly stopped: readonly string[];
}

/** What is known of a candidate's run. */
export interface CandidateFacts {
  readonly run: string;
  readonly state: RunState;
  readonly step: number;
  /** Measured loss of the target at the final step; null before. */
  readonly final: number | null;
  /** Training FLOPs of a step. */
  readonly flopsPerStep: number;
}

export interface StudyCourse {
  readonly plan: Pick<StudyPlan, 'policy' | 'prefix'>;
  /** The final step. */
  readonly steps: number;
  readonly decisions: readonly StudyDecision[];
  /** Candidates that were continued by hand, to the final step. */
  readonly byHand: readonly string[];
  readonly candidates: readonly CandidateFacts[];
}

export type StudyMove =
  /** Something trains, waits, or was paused by hand short of its step. */
  | { readonly kind: 'wait' }
  /** All candidates of the race rest at this rung: rank them. */
  | {
      readonly kind: 'decide';
      readonly step: number;
      readonly keep: number;
      readonly runs: readonly string[];
    }
  | { readonly kind: 'end' };

/** Runs in these states train no further by themselves, and a study leaves them out. */
const out: readonly RunState[] = ['failed', 'stopped'];

/** The step to which a candidate is to be trained; null: it is not to be trained further. */
export function dueStep(
  { plan, steps, decisions, byHand, candidates }: StudyCourse,
  run: string,
): number | null {
  if (byHand.includes(run)) return steps;
  const last = decisions.at(-1);
  if (last === undefined) return plan.prefix;
  if (!last.continued.includes(run)) return null;
  const rungs = rungsOf(plan, candidates.length, steps);
  return rungs[decisions.length]?.step ?? steps;
}

/** What comes next. Candidates that failed, or were stopped by hand, are out of the race. */
export function nextMove(course: StudyCourse): StudyMove {
  const { plan, steps, decisions, candidates } = course;
  const racing = candidates
    .map((facts) => ({ ...facts, due: dueStep(course, facts.run) }))
    .filter(
      (facts): facts is typeof facts & { due: number } => facts.due !== null && !out.includes(facts.state),
    );
  const short = ({ step, state, due }: (typeof racing)[number]) =>
    due >= steps
      ? state !== 'finished'
      : step < due || !['paused', 'finished', 'interrupted'].includes(state);
  if (racing.some(short)) return { kind: 'wait' };
  const rung = rungsOf(plan, candidates.length, steps)[decisions.length];
  const ranked = racing.filter(({ due, run }) => due < steps && !course.byHand.includes(run));
  if (rung === undefined || ranked.length === 0) return { kind: 'end' };
  return { kind: 'decide', step: rung.step, keep: rung.keep, runs: ranked.map(({ run }) => run) };
}

/** Who goes on from a ranking. */
export function decide(
  ranking: readonly RankedCandidate[],
  { step, keep, time }: { readonly step: number; readonly keep: number; readonly time: string },
  policy: StudyPlan['policy'],
): StudyDecision {
  const runs = ranking.map(({ run }) => run);
  const continued = runs.slice(0, keep);
  // A report decides nothing: its candidates stay where they are.
  const stopped = policy.kind === 'report' ? [] : runs.slice(keep);
  return { step, time, ranking, continued, stopped };
}

export interface SelectionQuality {
  /** The candidate that it chooses. */
  readonly pick: string;
  /** Final loss of the pick less that of the best, nats per token; null while not all final losses are known. */
  readonly regret: number | null;
  /** The same as a share of the best's final loss. */
  readonly relativeRegret: number | null;
  /** Spearman's, between what it ranks by and the final loss. */
  readonly rankCorrelation: number | null;
}

export interface StudyReport {
  /** What the study's policy chose; null where every candidate is out. */
  readonly chosen: SelectionQuality | null;
  /** The trivial selection: the lowest measured loss at the prefix. */
  readonly lastValue: SelectionQuality | null;
  /** Candidates with a known final loss, of how many that are not out of the race. */
  readonly known: number;
  readonly of: number;
  /** Training FLOPs; measuring comes on top, bounded by `measure.maximumShare`. */
  readonly compute: {
    readonly spent: number;
    /** All candidates to the final step. */
    readonly full: number;
    /** All prefixes, and the chosen one to the final step: what the selection alone costs. */
    readonly selection: number;
  };
  /** The result in words. */
  readonly sentences: readonly string[];
}

/** What a study found so far; null before its first ranking. */
export function reportStudy(course: StudyCourse): StudyReport | null {
  const first = course.decisions[0];
  if (first === undefined) return null;
  const { steps, plan, candidates } = course;
  const facts = new Map(candidates.map((found) => [found.run, found]));
  const contenders = first.ranking.filter(({ run }) => facts.has(run));
  const finals = new Map(
    contenders.flatMap(({ run }) => {
      const final = facts.get(run)!.final;
      return final === null ? [] : [[run, final] as const];
    }),
  );
  const all = contenders.length > 0 && finals.size === contenders.length;
  const best = Math.min(...finals.values());
  const quality = (pick: string, score: (found: RankedCandidate) => number | null): SelectionQuality => {
    const pairs = contenders.flatMap((found) => {
      const [predicted, final] = [score(found), finals.get(found.run)];
      return predicted === null || final === undefined ? [] : [[predicted, final] as const];
    });
    const regret = all ? finals.get(pick)! - best : null;
    return {
      pick,
      regret,
      relativeRegret: regret === null ? null : regret / best,
      rankCorrelation: all
        ? spearman(
            pairs.map(([predicted]) => predicted),
            pairs.map(([, final]) => final),
          )
        : null,
    };
  };
  const pick = pickOf(course, finals);
  const lowest = [...contenders].sort((a, b) => a.observed - b.observed)[0];
  const chosen = pick === null ? null : quality(pick, ({ predicted }) => predicted?.loss ?? null);
  const lastValue = lowest === undefined ? null : quality(lowest.run, ({ observed }) => observed);
  const sum = (cost: (found: CandidateFacts) => number) =>
    candidates.reduce((total, found) => total + cost(found), 0);
  const spent = sum(({ step, flopsPerStep }) => step * flopsPerStep);
  const full = sum(({ flopsPerStep }) => steps * flopsPerStep);
  const prefixes = sum(({ step, flopsPerStep }) => Math.min(step, plan.prefix) * flopsPerStep);
  const further = pick === null ? 0 : (steps - plan.prefix) * facts.get(pick)!.flopsPerStep;
  const racing = ['best', 'halving'].includes(plan.policy.kind);
  const compute = { spent, full, selection: racing ? spent : prefixes + further };
  const found = { chosen, lastValue, known: finals.size, of: contenders.length, compute };
  return { ...found, sentences: describe(found) };
}

/**
 * A policy that continues some chooses the lowest final loss among those it continued (the lowest predicted one, before
 * any is known); the others choose by the first ranking.
 */
function pickOf({ plan, decisions }: StudyCourse, finals: ReadonlyMap<string, number>): string | null {
  const last = decisions.at(-1);
  const ranking = last?.ranking ?? [];
  if (!['best', 'halving'].includes(plan.policy.kind)) return decisions[0]?.ranking[0]?.run ?? null;
  const ended = (last?.continued ?? []).filter((run) => finals.has(run));
  if (ended.length === 0) return last?.continued[0] ?? ranking[0]?.run ?? null;
  return ended.reduce((a, b) => (finals.get(b)! < finals.get(a)! ? b : a));
}

function describe({ chosen, lastValue, known, of, compute }: Omit<StudyReport, 'sentences'>): string[] {
  if (chosen === null) return ['Every candidate failed or was stopped: there is nothing to choose from.'];
  const share = `${((100 * compute.selection) / compute.full).toFixed(0)} %`;
  const cost = `Choosing cost ${share} of the compute of training all candidates to the end.`;
  if (chosen.regret === null) {
    return [
      `${chosen.pick} is chosen. The final loss of ${known} of ${of} candidates is known: regret needs all of them.`,
      cost,
    ];
  }
  const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
  const correlation = (value: number | null) => (value === null ? 'not defined' : value.toFixed(3));
  return [
    `${chosen.pick} is chosen; it ends ${percent(chosen.relativeRegret!)} above the best candidate.`,
    cost,
    `Rank correlation of predicted and final loss: ${correlation(chosen.rankCorrelation)}; of the loss at the prefix: ` +
      `${correlation(lastValue!.rankCorrelation)}, whose choice ends ${percent(lastValue!.relativeRegret!)} above the best.`,
  ];
}
