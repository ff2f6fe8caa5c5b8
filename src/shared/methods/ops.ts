/**
 * The tensor operations that model code is written against. Model code never imports a tensor library: the engine
 * passes an `Ops` in. The same code therefore runs eagerly (TensorFlow.js kernels) and recorded (one ONNX graph), and
 * `src/shared` stays free of tensors. Every operation is differentiable unless it says otherwise.
 *
 * Axes in names: B batch, T position, N = B*T tokens, d width, D FFN width, E experts, H heads, h head size, V vocabulary.
 */
export interface Tensor {
  readonly shape: number[];
  readonly dtype: string;
}

export interface Ops {
  constant(
    values: number | readonly number[] | Float32Array | Int32Array,
    shape?: readonly number[],
    dtype?: 'float32' | 'int32' | 'bool',
  ): Tensor;

  add(a: Tensor, b: Tensor): Tensor; // element-wise, NumPy broadcasting
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  div(a: Tensor, b: Tensor): Tensor;
  scale(x: Tensor, factor: number): Tensor;
  square(x: Tensor): Tensor;
  sqrt(x: Tensor): Tensor;
  exp(x: Tensor): Tensor;
  log(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  silu(x: Tensor): Tensor;
  /** SiLU(g) * u with one fused gradient. */
  swiglu(g: Tensor, u: Tensor): Tensor;
  maximum(a: Tensor, b: Tensor): Tensor;

  /** 1 where a > b, else 0, as float32. No gradient. */
  greater(a: Tensor, b: Tensor): Tensor;
  /** The same values; gradients stop here (`sg` in the papers). */
  stopGradient(x: Tensor): Tensor;
  /** Forward exactly `value` (bit for bit); backward as if it were `surrogate` (dS/dsurrogate = 1). Straight-through estimator. */
  straightThrough(value: Tensor, surrogate: Tensor): Tensor;

  /** Matrix product over the last two axes; leading axes must be equal. */
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  transpose(x: Tensor, permutation: readonly number[]): Tensor;
  concat(xs: readonly Tensor[], axis: number): Tensor;
  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor;

  sum(x: Tensor, axes?: readonly number[], keepDims?: boolean): Tensor;
  mean(x: Tensor, axes?: readonly number[], keepDims?: boolean): Tensor;
  max(x: Tensor, axes?: readonly number[], keepDims?: boolean): Tensor; // no gradient
  softmax(x: Tensor): Tensor; // over the last axis

  /** x * gain / sqrt(mean(x^2) + epsilon) over the last axis; gain has that axis' length. */
  rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor;
  /** Rows of table_VD picked by ids_N (int32): N x D. The gradient is a scatter-add into the table. */
  gatherRows(table: Tensor, ids: Tensor): Tensor;
  /**
   * Rotary embedding, rotate-half form (as in Hugging Face LLaMA). x_BHTh; cos and sin are constants of shape [T, h]
   * or [H, T, h] (their two halves along h are equal).
   */
  rotary(x: Tensor, cos: Tensor, sin: Tensor): Tensor;
  /** Softmax over the last axis of scores_BHTS after masking keys in the future (key index > query index). */
  causalSoftmax(scores: Tensor): Tensor;
  /**
   * Causal softmax attention with one gradient, preferred over composing the three steps: softmax(scale * q k^T, keys in
   * the future masked) v. query_BHTh, key_BGTh and value_BGTh with G dividing H: query head i reads key head
   * floor(i / (H / G)). Returns [B, H, T, h]. The engine skips the blocks of the score matrix that lie in the future.
   */
  causalAttention(query: Tensor, key: Tensor, value: Tensor, scale: number): Tensor;
  /** Loss in nats for each row: logSumExp(logits_NV) - logits_NV[target]; shape [N]. */
  crossEntropy(logits: Tensor, targets: Tensor): Tensor;
}
