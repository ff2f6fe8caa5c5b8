/** The sweep dialog: its text fields as a plan, and what the plan amounts to before anything is queued. */
import { type ErrorShape, FinegrainError, toErrorShape } from '../../shared/errors.ts';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import type { RunDocuments } from '../../shared/run/fields.ts';
import {
  expandSweep,
  type SweepPlan,
  type SweepValues,
  sweepCost,
  sweepPlanSchema,
} from '../../shared/run/sweep.ts';
import { parseAxis, valuesHint } from '../../shared/run/sweepText.ts';

export interface SweepForm {
  readonly name: string;
  readonly kind: SweepPlan['kind'];
  readonly axes: readonly { readonly field: string; readonly values: string }[];
  readonly draws: number;
  readonly drawSeed: number;
  readonly seeds: number;
}

export const firstForm: SweepForm = {
  name: '',
  kind: 'grid',
  axes: [{ field: 'learningRate', values: '0.001, 0.003' }],
  draws: 10,
  drawSeed: 0,
  seeds: 1,
};

/** Throws `input.invalid`, naming field and text. Rows with neither field nor values are passed over. */
export function planOf(form: SweepForm): SweepPlan {
  const { kind, draws, drawSeed, seeds } = form;
  const axes = form.axes.flatMap(({ field, values }) => {
    const name = field.trim();
    if (name !== '') return [parseAxis(name, values)];
    if (values.trim() === '') return [];
    throw new FinegrainError('input.invalid', `“${values}” has no field.`, valuesHint);
  });
  return sweepPlanSchema.parse({ kind, axes, draws, drawSeed, seeds });
}

export interface SweepOutlook {
  readonly runs: number;
  readonly tokens: number;
  readonly flops: number;
  /** Judged by a run measured here; null where there is none. */
  readonly seconds: number | null;
  readonly judgedBy: string | null;
  /** What the first runs try. */
  readonly first: readonly SweepValues[];
  /** Why it cannot be queued; null: it can. */
  readonly error: ErrorShape | null;
  /** The same, by field. */
  readonly wrong: ReadonlyMap<string, string>;
}

const shownRuns = 3;

export function sweepOutlook(form: SweepForm, base: RunDocuments, runs: readonly RunSummary[]): SweepOutlook {
  try {
    const children = expandSweep(planOf(form), base);
    const { tokens, flops } = sweepCost(children);
    const measured = runs.find((run) => run.tokensPerSecond !== null && run.tokensPerSecond > 0);
    // FLOPs per token are about 6 P: time grows with them.
    const seconds =
      measured === undefined ? null : flops / (6 * measured.parameters * measured.tokensPerSecond!);
    return {
      runs: children.length,
      tokens,
      flops,
      seconds,
      judgedBy: measured?.name ?? null,
      first: children.slice(0, shownRuns).map(({ values }) => values),
      error: null,
      wrong: new Map(),
    };
  } catch (error) {
    const shape = toErrorShape(error);
    const wrong = new Map(shape.problems?.map(({ path, message }) => [path, message]));
    return {
      runs: 0,
      tokens: 0,
      flops: 0,
      seconds: null,
      judgedBy: null,
      first: [],
      error: shape,
      wrong,
    };
  }
}
