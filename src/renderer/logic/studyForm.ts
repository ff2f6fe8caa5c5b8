/** The study form: its fields as a plan, and what the plan amounts to before anything is started. */
import { type ErrorShape, FinegrainError, toErrorShape } from '../../shared/errors.ts';
import type { RunDocuments } from '../../shared/run/fields.ts';
import { type Mixture, mixturesOf } from '../../shared/run/mixture.ts';
import {
  expandStudy,
  type StudyPlan,
  type StudyPlanInput,
  studyPlanSchema,
} from '../../shared/run/studyPlan.ts';
import { describeValues, sweepCost } from '../../shared/run/sweep.ts';
import type { Shares } from './simplex.ts';
import { firstForm, planOf, type SweepForm } from './sweepForm.ts';

export interface StudyForm {
  readonly name: string;
  readonly fields: Pick<SweepForm, 'axes' | 'seeds'>;
  readonly mixing: 'none' | 'lattice' | 'points';
  /** Data sets that are mixed; three of them make a triangle. */
  readonly data: readonly string[];
  readonly divisions: number;
  /** Mixtures clicked by hand. */
  readonly points: readonly Shares[];
  readonly prefixShare: number;
  readonly policy: StudyPlan['policy']['kind'];
  readonly keep: number;
  readonly factor: number;
}

export const firstStudy: StudyForm = {
  name: '',
  fields: { axes: [{ field: 'learningRate', values: '0.0003, 0.001, 0.003, 0.01' }], seeds: 1 },
  mixing: 'none',
  data: [],
  divisions: 3,
  points: [],
  prefixShare: 0.3,
  policy: 'best',
  keep: 1,
  factor: 2,
};

/** Throws `input.invalid`, naming the field. `steps`: of the final step. */
export function studyPlanOf(form: StudyForm, steps: number): StudyPlanInput {
  const fields = planOf({ ...firstForm, ...form.fields });
  const varied = fields.axes.length > 0 || fields.seeds > 1;
  const policy = {
    report: { kind: 'report' },
    all: { kind: 'all' },
    best: { kind: 'best', keep: form.keep },
    halving: { kind: 'halving', factor: form.factor },
  }[form.policy] as StudyPlanInput['policy'];
  return {
    fields: varied ? fields : null,
    mixtures: mixturePlan(form),
    // The held-out text of a candidate's own mixture differs between candidates: all are judged on each data set alike.
    ...(form.mixing === 'none' ? {} : { target: form.data.map((set) => ({ set, weight: 1 })) }),
    prefix: Math.max(1, Math.round(form.prefixShare * steps)),
    policy,
  };
}

function mixturePlan({ mixing, data, divisions, points }: StudyForm): StudyPlanInput['mixtures'] {
  if (mixing === 'none') return null;
  if (data.length < 2) {
    throw new FinegrainError('input.invalid', 'Mixtures need at least two data sets.', 'Choose them above.');
  }
  if (mixing === 'lattice') return { kind: 'lattice', data: [...data], divisions };
  if (data.length !== 3) {
    throw new FinegrainError(
      'input.invalid',
      `Mixtures clicked by hand are of three data sets; ${data.length} are chosen.`,
      'Choose three, or take a lattice.',
    );
  }
  if (points.length === 0)
    throw new FinegrainError(
      'input.invalid',
      'No mixture is chosen yet.',
      'Click into the triangle, or type shares.',
    );
  return { kind: 'list', data: [...data], weights: points.map((shares) => [...shares]) };
}

export interface StudyOutlook {
  readonly candidates: number;
  readonly prefix: number;
  readonly flops: number;
  /** Of training all of them to the prefix only. */
  readonly prefixFlops: number;
  readonly first: readonly string[];
  readonly error: ErrorShape | null;
}

export function studyOutlook(form: StudyForm, base: RunDocuments): StudyOutlook {
  const none = { candidates: 0, prefix: 0, flops: 0, prefixFlops: 0, first: [] };
  try {
    const { steps } = base.configuration;
    const plan = studyPlanSchema.parse(studyPlanOf(form, steps));
    const children = expandStudy(plan, base);
    const { flops } = sweepCost(children);
    return {
      candidates: children.length,
      prefix: plan.prefix,
      flops,
      prefixFlops: (flops * plan.prefix) / steps,
      first: children.slice(0, 3).map(({ values }) => describeValues(values)),
      error: null,
    };
  } catch (error) {
    return { ...none, error: toErrorShape(error) };
  }
}

/** The mixtures that a form would try, as shares in the order of its data sets; none where it is not complete. */
export function mixturesShown(form: StudyForm): readonly Shares[] {
  if (form.mixing === 'points') return form.points;
  if (form.mixing !== 'lattice' || form.data.length !== 3) return [];
  const plan = { kind: 'lattice' as const, data: [...form.data], divisions: form.divisions, interior: false };
  return mixturesOf(plan).map(
    (mixture: Mixture) => form.data.map((name) => mixture[name]!) as unknown as Shares,
  );
}
