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
  /** log sum_v exp(x_Nv) over the last axis, shape [N]; stable for large values. */
  logSumExp(x: Tensor): Tensor;

  /**
   * The place of every value in its row of scores_NE in descending order, as float32: 0 for the largest. Of equal values
   * the one of lower index comes first, so that the E places of a row are always distinct. No gradient.
   */
  ranks(scores: Tensor): Tensor;
  /**
   * Assigns every choice of chosen_NE (1: token n goes to expert e, else 0; at most `most` per token) one slot of its
   * expert, in order of tokens, `capacity` (C) slots each. Choices beyond an expert's capacity get none. No gradient.
   */
  dispatch(chosen: Tensor, most: number, capacity: number): Dispatch;
  /** Rows of x_Nd in the slots of a dispatch: [E, C, d], 0 in empty slots. The gradient gathers, it does not scatter. */
  toSlots(x: Tensor, dispatch: Dispatch): Tensor;
  /** weight_NE of the choice in each slot: [E, C, 1], 0 in empty slots. */
  weightsToSlots(weight: Tensor, dispatch: Dispatch): Tensor;
  /** For every token the sum of its slots of y_ECd: [N, d]. The adjoint of `toSlots`. */
  fromSlots(y: Tensor, dispatch: Dispatch): Tensor;

  /** softmax(scale * q k^T, keys in the future masked), shapes as in causalAttention, for use with `applyAttention`. */
  attentionMap(query: Tensor, key: Tensor, scale: number): AttentionMap;
  /** map v: [B, H, T, h]. The gradients of all uses of a map add up. */
  applyAttention(map: AttentionMap, value: Tensor): Tensor;
  /** A map written out, [B, H, T, T] (0 for keys in the future). For probes: no gradient. */
  attentionMatrix(map: AttentionMap): Tensor;
}

/** Which token is in which slot (capacity dispatch). N tokens, E experts, C slots an expert, K choices a token at most. */
export interface Dispatch {
  readonly tokens: number; // N
  readonly experts: number; // E
  readonly capacity: number; // C
  readonly most: number; // K
  /** int32 [E*C]: the token of a slot; N where the slot is empty. */
  readonly tokenOfSlot: Tensor;
  /** int32 [N*K]: the slots of a token's choices; E*C where there are fewer than K, or the choice found no slot. */
  readonly slotOfChoice: Tensor;
  /** float32 [N, E]: 1 where a choice got a slot. */
  readonly kept: Tensor;
  /** float32 []: choices that found no slot. */
  readonly dropped: Tensor;
}

/** Attention weights as the engine keeps them (one part for each block of queries). */
export interface AttentionMap {
  readonly batch: number; // B
  readonly heads: number; // H
  readonly context: number; // T
  readonly parts: readonly Tensor[];
}
