/**
 * Studies: candidates that are trained for a prefix of their steps, ranked by the final loss that the temporal law
 * predicts, and continued or stopped. Here: the plan, and the runs that it makes. The selection procedure is the
 * project's own; the paper (arXiv 2404.17785) says only that predictions serve to choose hyperparameters.
 */
import { z } from 'zod';
import { FinegrainError } from '../errors.ts';
import type { RunDocuments } from './fields.ts';
import { ownSet, planMeasurement } from './measurement.ts';
import { mixtureSchema, mixturesOf, mixtureValues, withMixture } from './mixture.ts';
import {
  fieldValueSchema,
  mostRuns,
  planValues,
  type SweepChild,
  type SweepValues,
  sweepPlanSchema,
  withValues,
} from './sweep.ts';

export const studyPolicies = ['report', 'best', 'halving', 'all'] as const;

export const studyPolicySchema = z.discriminatedUnion('kind', [
  /** Ranks and leaves all candidates paused at the prefix. */
  z.strictObject({ kind: z.literal('report') }),
  /** Continues the `keep` best to the end, stops the others. */
  z.strictObject({ kind: z.literal('best'), keep: z.int().min(1).max(100).default(1) }),
  /** Successive halving on the predicted final loss: at each rung the best 1/factor go on, rungs are `factor` apart. */
  z.strictObject({ kind: z.literal('halving'), factor: z.number().min(1.2).max(10).default(2) }),
  /** Continues all, so that regret and rank correlation against full training are known. */
  z.strictObject({ kind: z.literal('all') }),
]);
export type StudyPolicy = z.infer<typeof studyPolicySchema>;

/** Measured sets and their weights: the target is the weighted mean of their losses. */
export const studyTargetSchema = z
  .array(z.strictObject({ set: z.string().min(1).max(120), weight: z.number().positive().default(1) }))
  .min(1)
  .max(32);
export type StudyTarget = z.infer<typeof studyTargetSchema>;

export const studyPlanSchema = z.strictObject({
  /** Fields crossed or drawn as a sweep does it. Crossed with the mixtures, where there are both. */
  fields: sweepPlanSchema.nullable().default(null),
  /** Candidates written out, by field: they stand beside those of `fields`. */
  list: z
    .array(z.record(z.string().min(1).max(200), fieldValueSchema))
    .max(mostRuns)
    .default([]),
  /** Proportions of data sets, drawn from the simplex. */
  mixtures: mixtureSchema.nullable().default(null),
  /** Steps to which every candidate is trained before the first ranking. */
  prefix: z.int().positive(),
  target: studyTargetSchema.default([{ set: ownSet, weight: 1 }]),
  policy: studyPolicySchema.default({ kind: 'report' }),
});
export type StudyPlan = z.infer<typeof studyPlanSchema>;
export type StudyPlanInput = z.input<typeof studyPlanSchema>;

/** Fewer checkpoints than this in the prefix fit no law: a2 alone has four constants. */
export const fewestCheckpoints = 5;

/** Fields that a study cannot vary, and why. */
const fixedFields: readonly [pattern: RegExp, reason: string][] = [
  [/^(steps|holdAt)$/, 'all candidates are compared at the same final step'],
  [/^(tokenizer|vocabulary)$/, 'losses per token under different tokenizers cannot be compared'],
  [/^(architecture\.)?context$/, 'losses over windows of different lengths cannot be compared'],
  [/^measure(\.|$)/, 'all candidates are measured alike'],
];

/** What each candidate tries, in order: fields first, then the list, each with every mixture. */
export function candidateValues(plan: StudyPlan, base: RunDocuments): SweepValues[] {
  const fields = plan.fields === null ? [] : planValues(plan.fields, base);
  const settings: SweepValues[] = [...fields, ...plan.list];
  const tried = settings.length === 0 ? [{}] : settings;
  const mixtures = plan.mixtures === null ? [null] : mixturesOf(plan.mixtures);
  return tried.flatMap((values) =>
    mixtures.map((mixture) => (mixture === null ? values : { ...values, ...mixtureValues(mixture) })),
  );
}

/**
 * The runs of a plan over a document and a configuration, each held at the prefix and measured on the target's sets.
 * Throws `input.invalid`, naming the field, its value, why it does not work, and the way out.
 */
export function expandStudy(plan: StudyPlan, base: RunDocuments): SweepChild[] {
  refusePrefix(plan, base);
  refuseFields(plan);
  refuseTarget(plan);
  const configuration = measured(plan, base.configuration);
  const tried = candidateValues(plan, base);
  if (tried.length < 2 || tried.length > mostRuns) {
    throw new FinegrainError(
      'input.invalid',
      `The study would have ${tried.length} ${tried.length === 1 ? 'candidate' : 'candidates'}; it needs 2 to ${mostRuns}.`,
      'Give fields, a list or mixtures that make more than one candidate, or draw fewer.',
    );
  }
  const mixtures = plan.mixtures === null ? null : mixturesOf(plan.mixtures);
  return tried.map((values, at) => {
    const mixture = mixtures?.[at % mixtures.length];
    const documents =
      mixture === undefined
        ? { architecture: base.architecture, configuration }
        : { architecture: base.architecture, configuration: withMixture(configuration, mixture) };
    const settings = Object.fromEntries(
      Object.entries(values).filter(([name]) => !(mixture !== undefined && name.startsWith('data.'))),
    );
    return { ...withValues(documents, settings), values };
  });
}

/** The data sets that candidates train on, or are measured on: all share the tokenizer made of the former. */
export function trainedSets(children: readonly RunDocuments[]): string[] {
  return [
    ...new Set(children.flatMap(({ configuration }) => configuration.data.map(({ name }) => name))),
  ].sort();
}

/** Steps at which candidates are ranked, ascending, and how many go on from each. The last go on to `steps`. */
export function rungsOf(
  { policy, prefix }: Pick<StudyPlan, 'policy' | 'prefix'>,
  candidates: number,
  steps: number,
): { readonly step: number; readonly keep: number }[] {
  switch (policy.kind) {
    case 'report':
      return [{ step: prefix, keep: 0 }];
    case 'all':
      return [{ step: prefix, keep: candidates }];
    case 'best':
      return [{ step: prefix, keep: Math.min(policy.keep, candidates) }];
    case 'halving': {
      const rungs: { step: number; keep: number }[] = [];
      let keep = candidates;
      for (let at = 0; ; at++) {
        const step = Math.round(prefix * policy.factor ** at);
        if (step >= steps || (at > 0 && keep === 1)) return rungs;
        keep = Math.max(1, Math.ceil(candidates / policy.factor ** (at + 1)));
        rungs.push({ step, keep });
      }
    }
  }
}

function measured(
  plan: StudyPlan,
  configuration: RunDocuments['configuration'],
): RunDocuments['configuration'] {
  const sets = plan.target.map(({ set }) => set).filter((set) => set !== ownSet);
  const { measure } = configuration;
  return {
    ...configuration,
    holdAt: plan.prefix,
    measure: { ...measure, sets: [...new Set([...measure.sets, ...sets])] },
  };
}

function refusePrefix(plan: StudyPlan, { configuration }: RunDocuments): void {
  const { prefix } = plan;
  if (prefix >= configuration.steps) {
    throw invalid(
      'prefix',
      `${prefix} steps leave nothing to predict of a run of ${configuration.steps} steps`,
      `Choose a prefix below ${configuration.steps} steps.`,
    );
  }
  const steps = planMeasurement(measured(plan, configuration)).steps.filter((step) => step <= prefix).length;
  if (steps < fewestCheckpoints) {
    throw invalid(
      'prefix',
      `${prefix} steps hold ${steps} measurements, and a law needs ${fewestCheckpoints}`,
      'Choose a longer prefix, or raise measure.points and measure.maximumShare.',
    );
  }
}

function refuseFields(plan: StudyPlan): void {
  const names = [
    ...(plan.fields?.axes.map((axis) => axis.field) ?? []),
    ...plan.list.flatMap((values) => Object.keys(values)),
  ];
  for (const name of names) {
    const reason = fixedFields.find(([pattern]) => pattern.test(name))?.[1];
    if (reason !== undefined) throw invalid(name, `a study cannot vary it: ${reason}`, 'Take it out.');
  }
}

function refuseTarget({ target, mixtures }: StudyPlan): void {
  const names = target.map(({ set }) => set);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid('target', `${twice} is named twice`, 'Name it once.');
  if (mixtures !== null && names.includes(ownSet)) {
    throw invalid(
      'target',
      `${ownSet} means each candidate's own held-out text, which differs between mixtures`,
      `Name data sets, for instance ${mixtures.data.join(', ')}.`,
    );
  }
}

function invalid(path: string, message: string, hint: string): FinegrainError {
  return new FinegrainError('input.invalid', `${path}: ${message}.`, hint, [{ path, message }]);
}
