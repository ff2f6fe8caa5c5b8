/**
 * What the FFN methods share: the SwiGLU matrices, their exact partition into experts along D, and the activation taps.
 *
 * Axes: N tokens, d width, D FFN width, E experts, e units of one expert (D / E).
 */
import type { ForwardContext, InitialCut, ParameterSpec } from '../method.ts';
import type { Ops, Tensor } from '../ops.ts';

/** Names, shapes and initialisers of the dense SwiGLU matrices: the draw that experts can be cut from. */
export function swigluMatrices(
  d: number,
  D: number,
): { gate: ParameterSpec; up: ParameterSpec; down: ParameterSpec } {
  return {
    gate: { name: 'gate.weight', shape: [d, D], initialiser: { kind: 'normal' }, decay: true },
    up: { name: 'up.weight', shape: [d, D], initialiser: { kind: 'normal' }, decay: true },
    down: { name: 'down.weight', shape: [D, d], initialiser: { kind: 'residual' }, decay: true },
  };
}

/** Gain of the RMSNorm before the FFN. */
export function normGain(d: number, prefix = ''): ParameterSpec {
  return { name: `${prefix}norm.gain`, shape: [d], initialiser: { kind: 'ones' }, decay: false };
}

/**
 * The three matrices of a set of experts that own the units [begin, begin + width) of a dense FFN of width D, stacked
 * along D: `experts.gate`, `experts.up` [d, width] and `experts.down` [width, d]. With `cut`, they start from the slices
 * of the dense draw; units past D (padding) start at zero.
 */
export function expertMatrices(
  prefix: string,
  d: number,
  D: number,
  begin: number,
  width: number,
  cut: boolean,
): ParameterSpec[] {
  const units = Math.min(width, D - begin);
  const columns = (dense: ParameterSpec): InitialCut => ({
    name: dense.name,
    shape: dense.shape,
    begin: [0, begin],
    size: [d, units],
  });
  const rows = (dense: ParameterSpec): InitialCut => ({
    name: dense.name,
    shape: dense.shape,
    begin: [begin, 0],
    size: [units, d],
  });
  const { gate, up, down } = swigluMatrices(d, D);
  return [
    { ...gate, name: `${prefix}experts.gate`, shape: [d, width], ...(cut ? { cut: columns(gate) } : {}) },
    { ...up, name: `${prefix}experts.up`, shape: [d, width], ...(cut ? { cut: columns(up) } : {}) },
    { ...down, name: `${prefix}experts.down`, shape: [width, d], ...(cut ? { cut: rows(down) } : {}) },
  ];
}

/** a_ND with the units of expert i multiplied by weight_NE[:, i]. Scaling units equals scaling the expert's output. */
export function scaleExperts(ops: Ops, a_ND: Tensor, weight_NE: Tensor): Tensor {
  const [N, D] = a_ND.shape as [number, number];
  const E = weight_NE.shape[1]!;
  const a_NEe = ops.reshape(a_ND, [N, E, D / E]);
  return ops.reshape(ops.mul(a_NEe, ops.reshape(weight_NE, [N, E, 1])), [N, D]);
}

/** [D, E] with 1 where unit j belongs to expert i: turns per-unit products into per-expert sums with one matrix product. */
export function membership(D: number, E: number): Float32Array {
  const values = new Float32Array(D * E);
  for (let unit = 0; unit < D; unit++) values[unit * E + Math.floor(unit / (D / E))] = 1;
  return values;
}

/** Leaves `activation` and `activationTimesUp` for probes, units of all parts side by side. Computes nothing without a tap. */
export function tapActivations(
  context: ForwardContext,
  gates_Ne: readonly Tensor[],
  products_Ne: readonly Tensor[],
): void {
  if (context.tap === null) return;
  const { ops } = context;
  const join = (parts: readonly Tensor[]) => (parts.length === 1 ? parts[0]! : ops.concat(parts, 1));
  context.tap('activation', () => join(gates_Ne.map((gate) => ops.silu(gate))));
  context.tap('activationTimesUp', () => join(products_Ne));
}
