/**
 * Routed SwiGLU experts and the shared one that always runs, computed densely or by capacity.
 *
 *   E_i(u) = (SiLU(u Wg_i) * (u Wu_i)) Wd_i           y = S(u) + sum_i weight_i E_i(u)
 *
 * Dense: all experts in one product each, weights of 0 mask. Capacity (training only): the tokens of every expert are
 * gathered into C slots, and choices beyond C are dropped: C = ceil(capacityFactor * N * K / E).
 *
 * Axes: N tokens, d width, E routed experts, e units of one of them (D_e), U = E*e, C slots, s shared units (D_s).
 */
import type { ForwardContext, ParameterSpec, Parameters } from '../../method.ts';
import type { Tensor } from '../../ops.ts';
import { scaleExperts, swigluMatrices } from '../swiglu.ts';
import type { DispatchOptions, ExpertSizes } from './options.ts';

/**
 * The matrices of the routed experts, stacked along the first axis, and of the shared expert. No router, no norm. With
 * `cut` the routed experts start from equal contiguous slices of the draw of a dense FFN of all their units.
 */
export function expertParameters(
  prefix: string,
  d: number,
  sizes: ExpertSizes,
  cut = false,
): ParameterSpec[] {
  const { nExperts: E, expertWidth: e, sharedWidth: s } = sizes;
  const dense = swigluMatrices(d, E * e);
  const stack = (name: string, { shape, ...rest }: ParameterSpec, unitAxis: 0 | 1): ParameterSpec => {
    const size = unitAxis === 0 ? [e, d] : [d, e];
    const slices = { name: rest.name, shape, begin: [0, 0], size, stackedAlong: unitAxis };
    return {
      ...rest,
      name: `${prefix}experts.${name}`,
      shape: [E, ...size],
      ...(cut ? { cut: slices } : {}),
    };
  };
  const routed = [stack('gate', dense.gate, 1), stack('up', dense.up, 1), stack('down', dense.down, 0)];
  if (s === 0) return routed;
  const { gate, up, down } = swigluMatrices(d, s);
  return [
    ...routed,
    { ...gate, name: `${prefix}shared.gate` },
    { ...up, name: `${prefix}shared.up` },
    { ...down, name: `${prefix}shared.down` },
  ];
}

/** Slots of one expert for N tokens of at most `most` choices each. An expert never gets more than N tokens. */
export function capacityOf(
  { nExperts, capacityFactor }: { nExperts: number; capacityFactor: number },
  tokens: number,
  most: number,
): number {
  return Math.min(tokens, Math.max(1, Math.ceil((capacityFactor * tokens * most) / nExperts)));
}

export interface Routing {
  /** 1 where a token chose an expert, else 0. No gradient. */
  readonly chosen_NE: Tensor;
  /** What a chosen expert's output is multiplied with; 0 where not chosen. */
  readonly weight_NE: Tensor;
  /** Most experts that one token can choose. */
  readonly most: number;
}

export interface ExpertRun {
  /** S(u) + sum_i weight_i E_i(u), without the residual. */
  readonly output_Nd: Tensor;
  /** 1 where an expert ran for a token, else 0: `chosen` less what was dropped. */
  readonly ran_NE: Tensor;
  /** SiLU(u Wg) [N, U + s], 0 for units of experts that did not run, shared units last. For taps. */
  readonly activation: () => Tensor;
  /** The same of SiLU(u Wg) * (u Wu). */
  readonly activationTimesUp: () => Tensor;
}

/** Runs the experts that tokens chose, and the shared one. Parameters by the names of `expertParameters` without prefix. */
export function runExperts(
  options: ExpertSizes & DispatchOptions,
  parameters: Parameters,
  u_Nd: Tensor,
  routing: Routing,
  context: ForwardContext,
): ExpertRun {
  const { ops } = context;
  const routed =
    context.training && options.dispatch === 'capacity'
      ? runByCapacity(options, parameters, u_Nd, routing, context)
      : runDensely(parameters, u_Nd, routing, context);
  if (options.sharedWidth === 0) return routed;
  const gate_Ns = ops.matMul(u_Nd, parameters['shared.gate']!);
  const a_Ns = ops.swiglu(gate_Ns, ops.matMul(u_Nd, parameters['shared.up']!));
  return {
    output_Nd: ops.add(routed.output_Nd, ops.matMul(a_Ns, parameters['shared.down']!)),
    ran_NE: routed.ran_NE,
    activation: () => ops.concat([routed.activation(), ops.silu(gate_Ns)], 1),
    activationTimesUp: () => ops.concat([routed.activationTimesUp(), a_Ns], 1),
  };
}

/** u Wg and SiLU(u Wg) * (u Wu) of every expert side by side, [N, U]. */
function allActivations(parameters: Parameters, u_Nd: Tensor, context: ForwardContext) {
  const { ops } = context;
  const sideBySide = (w_Ede: Tensor) => {
    const [E, d, e] = w_Ede.shape as [number, number, number];
    return ops.reshape(ops.transpose(w_Ede, [1, 0, 2]), [d, E * e]);
  };
  const gate_NU = ops.matMul(u_Nd, sideBySide(parameters['experts.gate']!));
  const up_NU = ops.matMul(u_Nd, sideBySide(parameters['experts.up']!));
  return { gate_NU, a_NU: ops.swiglu(gate_NU, up_NU) };
}

function runDensely(
  parameters: Parameters,
  u_Nd: Tensor,
  { chosen_NE, weight_NE }: Routing,
  context: ForwardContext,
): ExpertRun {
  const { ops } = context;
  const { gate_NU, a_NU } = allActivations(parameters, u_Nd, context);
  const [E, e, d] = parameters['experts.down']!.shape as [number, number, number];
  // Scaling an expert's units scales its output, so one product serves all experts.
  const down_Ud = ops.reshape(parameters['experts.down']!, [E * e, d]);
  return {
    output_Nd: ops.matMul(scaleExperts(ops, a_NU, weight_NE), down_Ud),
    ran_NE: chosen_NE,
    activation: () => scaleExperts(ops, ops.silu(gate_NU), chosen_NE),
    activationTimesUp: () => scaleExperts(ops, a_NU, chosen_NE),
  };
}

/** Reports `overflow`, dropped choices over all choices. */
function runByCapacity(
  options: ExpertSizes & DispatchOptions,
  parameters: Parameters,
  u_Nd: Tensor,
  { chosen_NE, weight_NE, most }: Routing,
  context: ForwardContext,
): ExpertRun {
  const { ops } = context;
  const slots = ops.dispatch(chosen_NE, most, capacityOf(options, u_Nd.shape[0]!, most));
  context.report('overflow', ops.div(slots.dropped, ops.sum(chosen_NE)));
  const u_ECd = ops.toSlots(u_Nd, slots);
  const gate_ECe = ops.matMul(u_ECd, parameters['experts.gate']!);
  const a_ECe = ops.swiglu(gate_ECe, ops.matMul(u_ECd, parameters['experts.up']!));
  const weighted_ECe = ops.mul(a_ECe, ops.weightsToSlots(weight_NE, slots));
  const y_ECd = ops.matMul(weighted_ECe, parameters['experts.down']!);
  // Taps want every unit of every token in place: probes compute them densely, once, under the mask of what ran.
  const once = lazily(() => allActivations(parameters, u_Nd, context));
  return {
    output_Nd: ops.fromSlots(y_ECd, slots),
    ran_NE: slots.kept,
    activation: () => scaleExperts(ops, ops.silu(once().gate_NU), slots.kept),
    activationTimesUp: () => scaleExperts(ops, once().a_NU, slots.kept),
  };
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** One set of experts as the taps show it. */
export interface TappedRun {
  readonly run: ExpertRun;
  /** Before any rescaling of the output. */
  readonly weight_NE: Tensor;
  /** Router probabilities; absent where there is no router. */
  readonly probability_NE?: Tensor;
}

/** Leaves `activation`, `activationTimesUp`, `gate` and, where there is a router, `score`; several sets side by side. */
export function tapExperts(context: ForwardContext, sets: readonly TappedRun[]): void {
  const { ops, tap } = context;
  if (tap === null) return;
  const join = (pick: (set: TappedRun) => Tensor) => () => ops.concat(sets.map(pick), 1);
  tap(
    'activation',
    join(({ run }) => run.activation()),
  );
  tap(
    'activationTimesUp',
    join(({ run }) => run.activationTimesUp()),
  );
  tap(
    'gate',
    join(({ run, weight_NE }) => ops.mul(weight_NE, run.ran_NE)),
  );
  if (sets.every(({ probability_NE }) => probability_NE !== undefined)) {
    tap(
      'score',
      join(({ probability_NE }) => probability_NE!),
    );
  }
}
