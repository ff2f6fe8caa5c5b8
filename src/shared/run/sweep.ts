/**
 * Sweeps: a plan of values for fields of document and configuration, and the runs that it makes of them. Pure, so that a
 * dialog can count runs and compute before anything is started, and the host makes the very same runs.
 */
import { z } from 'zod';
import { countArchitecture } from '../architecture/counts.ts';
import { checkArchitecture, describeProblem } from '../architecture/parse.ts';
import { FinegrainError } from '../errors.ts';
import { uniforms } from '../random.ts';
import { type FieldValue, type RunDocuments, withField } from './fields.ts';

export const fieldValueSchema = z.union([z.number(), z.string().min(1).max(200), z.boolean()]);
const field = z.string().min(1).max(200);

/** One field of a sweep: values written out, or a range. */
export const sweepAxisSchema = z.union([
  z.strictObject({ field, values: z.array(fieldValueSchema).min(1).max(200) }),
  z.strictObject({
    field,
    from: z.number(),
    to: z.number(),
    scale: z.enum(['linear', 'log']).default('linear'),
    /** Rounds to whole numbers. */
    whole: z.boolean().default(false),
    /** grid: values across the range, ends included. A random sweep draws anywhere between them. */
    points: z.int().min(2).max(200).default(3),
  }),
]);
export type SweepAxis = z.infer<typeof sweepAxisSchema>;

export const sweepKinds = ['grid', 'random'] as const;
export const sweepPlanSchema = z.strictObject({
  /** grid: every combination. random: `draws` combinations, each field drawn by itself. */
  kind: z.enum(sweepKinds).default('grid'),
  axes: z.array(sweepAxisSchema).max(12).default([]),
  draws: z.int().min(1).max(500).default(10),
  /** Of the draws of a random sweep. */
  drawSeed: z.int().nonnegative().default(0),
  /** Runs of every combination, with the configuration's seed, the next one, and so on. */
  seeds: z.int().min(1).max(100).default(1),
});
export type SweepPlan = z.infer<typeof sweepPlanSchema>;
export type SweepPlanInput = z.input<typeof sweepPlanSchema>;

/** What a run of a sweep tries, by field. */
export type SweepValues = Readonly<Record<string, FieldValue>>;

export interface SweepChild extends RunDocuments {
  readonly values: SweepValues;
}

/** A queue longer than this is a slip of the pen, not an experiment. */
export const mostRuns = 500;

/** How many runs a plan makes, without making them. */
export function countRuns(plan: SweepPlan): number {
  const combinations =
    plan.kind === 'random'
      ? plan.draws
      : plan.axes.reduce(
          (product, axis) => product * ('values' in axis ? axis.values.length : axis.points),
          1,
        );
  return combinations * plan.seeds;
}

/**
 * The runs of a plan over a document and a configuration, in order: the last field changes fastest, seeds fastest of all.
 * Throws `input.invalid`, naming the field and the value that does not work and why.
 */
export function expandSweep(plan: SweepPlan, base: RunDocuments): SweepChild[] {
  const count = countRuns(plan);
  if (count > mostRuns) {
    throw new FinegrainError(
      'input.invalid',
      `The sweep would make ${count} runs, more than ${mostRuns}.`,
      'Try fewer values, or draw some of the combinations at random.',
    );
  }
  if (count === 1) {
    throw new FinegrainError(
      'input.invalid',
      'The sweep would make a single run.',
      'Give a field two values or more, or ask for several seeds.',
    );
  }
  return planValues(plan, base).map((values) => withValues(base, values));
}

/** What the runs of a plan try, in order, without making them. Throws `input.invalid` for a range that is none. */
export function planValues(plan: SweepPlan, base: RunDocuments): SweepValues[] {
  refuseRepeated(plan);
  return combinations(plan).flatMap((values) =>
    Array.from({ length: plan.seeds }, (_, at) => {
      const seed: SweepValues = plan.seeds > 1 ? { seed: base.configuration.seed + at } : {};
      return { ...values, ...seed };
    }),
  );
}

/** Tokens and training FLOPs of all runs together. */
export function sweepCost(children: readonly RunDocuments[]): { tokens: number; flops: number } {
  let tokens = 0;
  let flops = 0;
  // Runs that differ in settings only share one document: it is counted once.
  const perToken = new Map<RunDocuments['architecture'], Map<number, number>>();
  for (const { architecture, configuration } of children) {
    const context = configuration.context ?? architecture.context;
    const own = configuration.steps * configuration.batch * configuration.accumulate * context;
    const known = perToken.get(architecture) ?? new Map<number, number>();
    perToken.set(architecture, known);
    const each = known.get(context) ?? countArchitecture(architecture, { context }).flopsPerToken.training;
    known.set(context, each);
    tokens += own;
    flops += own * each;
  }
  return { tokens, flops };
}

/** `learningRate 0.001, seed 2`: what a run of a sweep tries, for names and cells. */
export function describeValues(values: SweepValues): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? shortNumber(value) : value}`)
    .join(', ');
}

const shortNumber = (value: number): string => String(Number(value.toPrecision(4)));

function refuseRepeated(plan: SweepPlan): void {
  const names = plan.axes.map((axis) => axis.field);
  if (plan.seeds > 1) names.push('seed');
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new FinegrainError(
    'input.invalid',
    twice === 'seed' && plan.seeds > 1
      ? `seed: the sweep tries ${plan.seeds} seeds of every combination and lists seeds as well.`
      : `${twice}: the sweep names this field twice.`,
    'Name it once.',
    [{ path: twice, message: 'named twice' }],
  );
}

function combinations(plan: SweepPlan): SweepValues[] {
  for (const axis of plan.axes) if (!('values' in axis)) checkRange(axis);
  if (plan.kind === 'grid') {
    return plan.axes.reduce<SweepValues[]>(
      (made, axis) =>
        made.flatMap((values) => gridValues(axis).map((value) => ({ ...values, [axis.field]: value }))),
      [{}],
    );
  }
  const streams = plan.axes.map((axis) => ({ axis, next: uniforms(plan.drawSeed, `sweep ${axis.field}`) }));
  return Array.from({ length: plan.draws }, () =>
    Object.fromEntries(streams.map(({ axis, next }) => [axis.field, drawn(axis, next())])),
  );
}

type Range = Extract<SweepAxis, { from: number }>;

function checkRange({ field: name, from, to, scale }: Range): void {
  const wrong =
    from >= to
      ? `the range from ${from} to ${to} is empty`
      : scale === 'log' && from <= 0
        ? `a logarithmic range cannot begin at ${from}`
        : null;
  if (wrong === null) return;
  throw new FinegrainError(
    'input.invalid',
    `${name}: ${wrong}.`,
    scale === 'log' ? 'Give two numbers above 0, the smaller first.' : 'Give the smaller number first.',
    [{ path: name, message: wrong }],
  );
}

function gridValues(axis: SweepAxis): FieldValue[] {
  if ('values' in axis) return [...axis.values];
  const values = Array.from({ length: axis.points }, (_, at) => inRange(axis, at / (axis.points - 1)));
  return [...new Set(values)];
}

function drawn(axis: SweepAxis, share: number): FieldValue {
  if (!('values' in axis)) return inRange(axis, share);
  return axis.values[Math.min(axis.values.length - 1, Math.floor(share * axis.values.length))]!;
}

function inRange({ from, to, scale, whole }: Range, share: number): number {
  const value = scale === 'log' ? from * (to / from) ** share : from + (to - from) * share;
  // Six digits: 0.0031622776601683795 tells nobody more than 0.00316228.
  return whole ? Math.round(value) : Number(value.toPrecision(6));
}

/**
 * The documents with these values, checked. Kinds first: a field such as `ffn.tau` may exist only once the kind that has
 * it is chosen. Throws `input.invalid`, naming the values and why they cannot train.
 */
export function withValues(base: RunDocuments, values: SweepValues): SweepChild {
  const entries = Object.entries(values);
  const isKind = ([name]: (typeof entries)[number]) => name.endsWith('.kind');
  const ordered = [...entries.filter(isKind), ...entries.filter((entry) => !isKind(entry))];
  const documents = ordered.reduce((made, [name, value]) => withField(made, name, value), base);
  const problem = checkArchitecture(documents.architecture)[0];
  const { context, warmup, steps } = documents.configuration;
  const wrong =
    problem !== undefined
      ? describeProblem(problem)
      : context !== null && context > documents.architecture.context
        ? `context: ${context} is more than the document's ${documents.architecture.context}`
        : warmup !== null && warmup > steps
          ? `warmup: ${warmup} steps are more than the run's ${steps}`
          : null;
  if (wrong !== null) {
    throw new FinegrainError(
      'input.invalid',
      `With ${describeValues(values)} the run cannot train: ${wrong}.`,
      'Take that value out of the sweep, or sweep the other field along with it.',
      entries.map(([name, value]) => ({ path: name, message: `${JSON.stringify(value)}: ${wrong}` })),
    );
  }
  return { ...documents, values };
}
