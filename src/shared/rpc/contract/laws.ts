/** The part of the contract about temporal scaling laws and studies. */
import { z } from 'zod';
import { architectureSchema } from '../../architecture/document.ts';
import type { Calibration } from '../../laws/calibration.ts';
import type { HindcastRow } from '../../laws/hindcast.ts';
import type { ChinchillaFit, KaplanFit, StepLawFit } from '../../laws/scaling/index.ts';
import { runConfigurationSchema } from '../../run/configuration.ts';
import { ownSet } from '../../run/measurement.ts';
import type { RunState } from '../../run/state.ts';
import type { StudyDecision, StudyReport } from '../../run/study.ts';
import { type StudyPlan, studyPlanSchema } from '../../run/studyPlan.ts';
import type { RankedCandidate } from '../../run/studyRanking.ts';
import type { SweepValues } from '../../run/sweep.ts';

/** Predictions from the first parts of a finished run, against what came. */
export interface RunHindcast {
  readonly run: string;
  readonly name: string;
  readonly set: string;
  readonly rows: readonly HindcastRow[];
}

export interface LawsQuality {
  readonly set: string;
  readonly runs: readonly RunHindcast[];
  readonly calibration: Calibration;
  /** Finished runs that were left out, with the reason: not measured, or not on this set. */
  readonly without: readonly { readonly run: string; readonly name: string; readonly reason: string }[];
}

/** A finished run as the scaling laws see it. */
export interface FinishedRun {
  readonly run: string;
  readonly name: string;
  readonly parameters: number;
  readonly activeParameters: number;
  readonly tokens: number;
  readonly learningRate: number;
  readonly batchTokens: number;
  /** Final loss on the set, nats per token. */
  readonly loss: number;
}

/** A fit, or why these runs allow none. */
export type Fitted<Fit> = { readonly fit: Fit } | { readonly notPossible: string };

export interface LawsScaling {
  readonly set: string;
  readonly runs: readonly FinishedRun[];
  readonly chinchilla: Fitted<ChinchillaFit>;
  readonly kaplan: Fitted<KaplanFit>;
  /** Learning rate and batch size. */
  readonly stepLaw: Fitted<StepLawFit>;
}

export const studyStates = ['running', 'done', 'stopped'] as const;
export type StudyState = (typeof studyStates)[number];

export interface StudyCandidate {
  readonly run: string;
  readonly name: string;
  readonly values: SweepValues;
  /** null: the run is in the trash. */
  readonly state: RunState | null;
  readonly step: number;
  /** The step to which it is to be trained; null: no further. */
  readonly due: number | null;
  /** From the newest ranking that it was part of. */
  readonly ranked: RankedCandidate | null;
  /** Measured loss of the target at the newest measurement, and its step. */
  readonly observed: { readonly step: number; readonly loss: number } | null;
  /** Measured loss of the target at the final step. */
  readonly final: number | null;
}

export interface StudyRow {
  /** Short id, e.g. `y4x9d2`. */
  readonly study: string;
  /** The sweep that holds its runs. */
  readonly sweep: string;
  readonly name: string;
  readonly plan: StudyPlan;
  readonly state: StudyState;
  /** Why it rests, in a sentence; what went wrong with a ranking. */
  readonly reason: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
  /** The final step. */
  readonly steps: number;
  /** In the order of the plan. */
  readonly candidates: readonly StudyCandidate[];
  readonly decisions: readonly StudyDecision[];
  readonly report: StudyReport | null;
}

const study = z.string().min(1).max(64);
const set = z.string().min(1).max(120).default(ownSet);

export const lawsInputs = {
  /** Hindcasts of all finished runs that were measured on the set. */
  'laws.quality': z.strictObject({ set }),
  /** Final-loss fits across finished runs. */
  'laws.scaling': z.strictObject({ set, parameters: z.enum(['all', 'active']).default('all') }),
  /**
   * Starts the candidates of a plan; they are held at the prefix, ranked, and continued or stopped as its policy says.
   * Where the configuration names no tokenizer, one is made of all data sets that candidates train on.
   */
  'studies.start': z.strictObject({
    name: z.string().min(1).max(120).optional(),
    architecture: architectureSchema,
    configuration: runConfigurationSchema,
    plan: studyPlanSchema,
  }),
  'studies.list': z.strictObject({}),
  'studies.get': z.strictObject({ study }),
  /** Stops what trains and takes out what waits; nothing is ranked any more. */
  'studies.stop': z.strictObject({ study }),
  /**
   * Goes on with a study: resumes candidates that rest short of their step. With `candidates`, trains those to the final
   * step whatever was decided.
   */
  'studies.continue': z.strictObject({
    study,
    candidates: z.array(z.string().min(1).max(64)).max(500).default([]),
  }),
} as const;

export interface LawsOutputs {
  'laws.quality': LawsQuality;
  'laws.scaling': LawsScaling;
  'studies.start': { study: string; sweep: string; runs: string[] };
  'studies.list': StudyRow[];
  'studies.get': StudyRow;
  'studies.stop': null;
  'studies.continue': null;
}

export interface LawsEvents {
  /** A study was started, ranked its candidates, or came to rest. */
  'study.changed': { study: string; state: StudyState };
}
