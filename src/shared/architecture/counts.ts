/**
 * Exact counts of a document: parameters, active parameters, FLOPs per token, KV cache, training memory.
 *
 * FLOPs are those of the matrix products and of the score products, 2 per multiply-add. Counted: all projections, every
 * expert, routers, attention scores and weighted sums at full context (T keys for every query, causality not taken
 * off), and the output matrix [d, V]. Not counted: embedding look-up, norms, rotary embedding, softmax, activations.
 * Training is three times forward (backward counts twice), so that per token it is about 6*P + 12*L*T*d.
 */
import { attentionMethod } from '../methods/attention/index.ts';
import { ffnMethod } from '../methods/ffn/index.ts';
import { layerShape, parameterSpecs } from '../methods/languageModel.ts';
import type { PartCounts } from '../methods/method.ts';
import { type Architecture, expandLayers, type Layer } from './document.ts';

const bytesPerNumber = 4; // weights, gradients, moments, activations and cache are float32

export interface CountOptions {
  /** Context T for attention scores; default: the document's. */
  readonly context?: number;
  /** Measured mean of active experts: one number for all layers, or one for each. Default: expected at initialisation. */
  readonly activeExperts?: number | readonly number[];
}

export interface BlockCount {
  /** Index into `architecture.blocks`; its repeats are summed. */
  readonly block: number;
  readonly repeat: number;
  readonly kind: string; // FFN kind
  readonly parameters: number;
  readonly active: number;
  readonly attention: number; // parameters of the attention halves, norms included
  readonly ffn: number; // parameters of the FFN halves, norms and routers included
  /** Forward FLOPs per token of all layers of the block. */
  readonly forwardFlops: number;
}

export interface Counts {
  readonly parameters: {
    readonly total: number;
    /** Used for one token at inference: all but the experts that are switched off. */
    readonly active: number;
    readonly byBlock: BlockCount[];
    readonly embedding: number; // V*d
    readonly head: number; // d*V, or 0 when tied
    readonly ffn: number; // all FFN halves
    /** Norm gains and router weights, all of them active: papers often leave them out. */
    readonly norms: number;
    readonly routers: number;
  };
  readonly flopsPerToken: {
    readonly forward: number;
    readonly training: number;
    readonly activeForward: number;
    /** The part of `forward` that grows with context: attention scores and weighted sums. */
    readonly attentionScores: number;
  };
  readonly kvCacheBytesPerToken: number;
}

/** Counts of the whole model. See the head of this file for what is counted. */
export function countArchitecture(architecture: Architecture, options: CountOptions = {}): Counts {
  const { vocabulary: V, width: d } = architecture;
  const shape = layerShape(architecture, options.context);
  const byBlock: BlockCount[] = [];
  let attentionScores = 0;
  let activeForward = 0;
  let kvCacheBytesPerToken = 0;

  for (const layer of expandLayers(architecture)) {
    const attention = attentionMethod(layer.attention.kind).counts(layer.attention, shape, layer.role);
    const ffn = countFfn(layer, architecture, options);
    attentionScores += attention.forwardFlops - attention.matrixFlops;
    activeForward += attention.activeForwardFlops + ffn.activeForwardFlops;
    kvCacheBytesPerToken +=
      bytesPerNumber *
      attentionMethod(layer.attention.kind).cachedNumbersPerToken(layer.attention, layer.role);
    const known = byBlock[layer.block];
    byBlock[layer.block] = {
      block: layer.block,
      repeat: architecture.blocks[layer.block]!.repeat,
      kind: layer.ffn.kind,
      parameters: (known?.parameters ?? 0) + attention.parameters + ffn.parameters,
      active: (known?.active ?? 0) + attention.activeParameters + ffn.activeParameters,
      attention: (known?.attention ?? 0) + attention.parameters,
      ffn: (known?.ffn ?? 0) + ffn.parameters,
      forwardFlops: (known?.forwardFlops ?? 0) + attention.forwardFlops + ffn.forwardFlops,
    };
  }

  const sum = (pick: (block: BlockCount) => number) =>
    byBlock.reduce((total, block) => total + pick(block), 0);
  const embedding = V * d;
  const head = architecture.tieEmbeddings ? 0 : d * V;
  const outside = embedding + head + d;
  const headFlops = 2 * d * V;
  const forward = sum((block) => block.forwardFlops) + headFlops;
  return {
    parameters: {
      total: sum((block) => block.parameters) + outside,
      active: sum((block) => block.active) + outside,
      byBlock,
      embedding,
      head,
      ffn: sum((block) => block.ffn),
      norms: parametersNamed(architecture, 'norm.gain'),
      routers: parametersNamed(architecture, 'router.weight'),
    },
    flopsPerToken: {
      forward,
      training: 3 * forward,
      activeForward: activeForward + headFlops,
      attentionScores,
    },
    kvCacheBytesPerToken,
  };
}

function parametersNamed(architecture: Architecture, ending: string): number {
  return parameterSpecs(architecture)
    .filter(({ name }) => name.endsWith(ending))
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

function countFfn(layer: Layer, architecture: Architecture, options: CountOptions): PartCounts {
  const { activeExperts } = options;
  const measured = typeof activeExperts === 'number' ? activeExperts : activeExperts?.[layer.index];
  return ffnMethod(layer.ffn.kind).counts(
    layer.ffn,
    layerShape(architecture, options.context),
    measured === undefined ? {} : { activeExperts: measured },
  );
}

/**
 * Estimated peak memory in bytes of a training process on the CPU, for showing before a run: an estimate, not a
 * measurement. Activations that the backward pass reads are counted per token and layer (norms, queries, keys, values,
 * mixed values, the score rows H*T, four tensors as wide as the FFN units that are computed: all of them under dense
 * dispatch, the slots under capacity dispatch), logits and their gradient once. Evaluation computes the experts that
 * capacity dispatch spares: 2.2 numbers for each of those units. The factors were fitted to measured peaks of models from
 * 2 M to 30 M parameters (that of 2.2 to `bench-moe` alone): the process itself; old and new weights and moments,
 * gradients and packed weights; the buffers that the backward pass adds to the activations.
 */
export function trainingMemoryBytes(
  architecture: Architecture,
  batch: number,
  context = architecture.context,
): number {
  const processBytes = 120e6;
  const bytesPerParameter = 32;
  const activationFactor = 2.5;
  const { total } = countArchitecture(architecture, { context }).parameters;
  let perToken = 2 * architecture.vocabulary;
  for (const layer of expandLayers(architecture)) {
    perToken += 4 * architecture.width + attentionNumbers(layer, context);
    // Three matrices of 2 FLOPs a weight: 6*d FLOPs for each unit that training computes.
    const trained = countFfn(layer, architecture, { context }).matrixFlops / (6 * architecture.width);
    const evaluated = Math.max(trained, ffnMethod(layer.ffn.kind).units(layer.ffn));
    perToken += 4 * trained + 2.2 * (evaluated - trained);
  }
  const activations = bytesPerNumber * batch * context * perToken;
  return processBytes + bytesPerParameter * total + activationFactor * activations;
}

/** Numbers that a layer's attention keeps per token for the backward pass: those it takes from a leader are kept there. */
function attentionNumbers({ attention, role }: Layer, context: number): number {
  const { heads, kvHeads, headSize } = attention;
  const [queries, keysOrValues, scores] = [heads * headSize, kvHeads * headSize, heads * context];
  const mixed = queries;
  if (role.kind !== 'follower') return queries + 2 * keysOrValues + scores + mixed;
  return role.shares === 'map' ? keysOrValues + mixed : queries + scores + mixed;
}
