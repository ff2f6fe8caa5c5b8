/**
 * The language model of an architecture document: its parameters by stored name, and its forward pass. Written once
 * against `Ops`; the engine runs it eagerly or records it into a graph.
 *
 * Axes: B batch, T position, N = B*T tokens, d width, V vocabulary.
 */
import { type Architecture, expandLayers } from '../architecture/document.ts';
import { attentionMethod } from './attention/index.ts';
import { ffnMethod } from './ffn/index.ts';
import type {
  BufferSpec,
  DisabledTop1,
  ForwardContext,
  Initialiser,
  LayerShape,
  ParameterSpec,
  Parameters,
  Tap,
} from './method.ts';
import type { Ops, Tensor } from './ops.ts';
import { positionMethod } from './position/index.ts';
import { sharingMethod } from './sharing/index.ts';
import type { SharedState } from './sharing/sharing.ts';

/** Dimensions that every part of the model sees; `context` defaults to the document's. */
export function layerShape(architecture: Architecture, context = architecture.context): LayerShape {
  const layers = architecture.blocks.reduce((sum, block) => sum + block.repeat, 0);
  return { width: architecture.width, layers, context, vocabulary: architecture.vocabulary };
}

/**
 * Every parameter of the model with its full name, in the order in which checkpoints list them. All matrices are
 * [in, out], so that x @ W. `docs/checkpoint.md` lists the names.
 */
export function parameterSpecs(architecture: Architecture): ParameterSpec[] {
  const { vocabulary: V, width: d } = architecture;
  const shape = layerShape(architecture);
  const specs: ParameterSpec[] = [
    { name: 'embedding.weight', shape: [V, d], initialiser: { kind: 'normal' }, decay: true },
  ];
  for (const layer of expandLayers(architecture)) {
    const attention = attentionMethod(layer.attention.kind).parameters(layer.attention, shape, layer.role);
    specs.push(...attention.map((spec) => withPrefix(spec, `blocks.${layer.index}.attention.`)));
    const ffn = ffnMethod(layer.ffn.kind).parameters(layer.ffn, shape);
    specs.push(...ffn.map((spec) => withPrefix(spec, `blocks.${layer.index}.ffn.`)));
  }
  specs.push({ name: 'norm.gain', shape: [d], initialiser: { kind: 'ones' }, decay: false });
  if (!architecture.tieEmbeddings) {
    specs.push({ name: 'head.weight', shape: [d, V], initialiser: { kind: 'normal' }, decay: true });
  }
  return specs;
}

/** Every buffer of the model with its full name (see FfnMethod.buffers). */
export function bufferSpecs(architecture: Architecture): Array<BufferSpec & { readonly layer: number }> {
  const shape = layerShape(architecture);
  return expandLayers(architecture).flatMap((layer) =>
    (ffnMethod(layer.ffn.kind).buffers?.(layer.ffn, shape) ?? []).map((spec) => ({
      ...spec,
      name: `blocks.${layer.index}.ffn.${spec.name}`,
      layer: layer.index,
    })),
  );
}

/** Values of every buffer by full name. `counts`: occurrences of each token id in the training split, [V]. */
export function bufferValues(
  architecture: Architecture,
  counts: ArrayLike<number>,
): Map<string, Float32Array> {
  return new Map(
    bufferSpecs(architecture).map(({ name, layer, values }) => [name, values({ counts, layer })]),
  );
}

function withPrefix(spec: ParameterSpec, prefix: string): ParameterSpec {
  const named = { ...spec, name: prefix + spec.name };
  return spec.cut === undefined ? named : { ...named, cut: { ...spec.cut, name: prefix + spec.cut.name } };
}

/** Standard deviation of an initialiser's normal draw under this document; null where the start is a constant. */
export function initialDeviation(architecture: Architecture, initialiser: Initialiser): number | null {
  const { std, residual } = architecture.initialisation;
  if (initialiser.kind === 'normal') return initialiser.std ?? std;
  if (initialiser.kind === 'residual') {
    return residual === 'depth' ? std / Math.sqrt(2 * layerShape(architecture).layers) : std;
  }
  return null;
}

export interface ForwardOptions {
  readonly batch: number; // B
  readonly context: number; // T
  readonly training: boolean;
  /** Receives `blocks.{i}.attention.map` and `blocks.{i}.ffn.{tap}` of every layer. Absent: values that only a probe needs are not computed. */
  readonly tap?: Tap | null;
  /** A tensor for every buffer of `bufferSpecs`, by full name. May be left out where the model has none. */
  readonly buffers?: (name: string) => Tensor;
  /** See ForwardContext.uniform. May be left out where no method draws numbers. */
  readonly uniform?: (shape: readonly number[]) => Tensor;
  readonly disableTop1?: DisabledTop1;
}

export interface ForwardResult {
  readonly logits: Tensor; // [N, V]
  /** Terms to add to the mean next-token loss, already weighted, summed over layers. */
  readonly auxiliary: ReadonlyMap<string, Tensor>;
  /** Scalars that layers report, by name: their mean over the layers that report them. */
  readonly reports: ReadonlyMap<string, Tensor>;
}

/**
 * Logits of every position. `parameters` holds each tensor of `parameterSpecs` by full name; `inputs` are int32 token
 * ids [N], row-major over [B, T], every sequence from position 0.
 */
export function forward(
  ops: Ops,
  architecture: Architecture,
  parameters: Parameters,
  inputs: Tensor,
  options: ForwardOptions,
): ForwardResult {
  const { batch, context, training, tap = null } = options;
  const auxiliary = new Map<string, Tensor>();
  const reported = new Map<string, Tensor[]>();
  const constants = new Map<string, Tensor>();
  const missing = (what: string) => (): never => {
    throw new Error(`The model needs ${what}, but the program gives none.`);
  };
  const bufferOf = options.buffers ?? missing('buffers');
  const shared: Omit<ForwardContext, 'tap' | 'buffer'> = {
    inputs,
    disableTop1: options.disableTop1 ?? 'none',
    uniform: options.uniform ?? missing('random numbers'),
    report: (name, value) => reported.set(name, [...(reported.get(name) ?? []), ops.reshape(value, [])]),
    ops,
    training,
    batch,
    context,
    normEpsilon: architecture.norm.epsilon,
    layers: layerShape(architecture).layers,
    once: (key, make) => {
      const known = constants.get(key) ?? make();
      constants.set(key, known);
      return known;
    },
    addLoss: (name, value) => {
      const sum = auxiliary.get(name);
      auxiliary.set(name, sum === undefined ? value : ops.add(sum, value));
    },
  };
  const tapUnder = (prefix: string): Tap | null => tap && ((name, make) => tap(prefix + name, make));

  /** What leaders leave for their followers, by index of the leader. */
  const left = new Map<number, SharedState>();
  let stream_Nd = ops.gatherRows(parameters['embedding.weight']!, inputs);
  for (const layer of expandLayers(architecture)) {
    const attentionPrefix = `blocks.${layer.index}.attention.`;
    const attended = attentionMethod(layer.attention.kind).forward(
      layer.attention,
      under(parameters, attentionPrefix),
      stream_Nd,
      {
        ...shared,
        tap: tapUnder(attentionPrefix),
        buffer: (name) => bufferOf(attentionPrefix + name),
      },
      layer.index,
      layer.role,
      layer.role.kind === 'follower' ? left.get(layer.role.leader)! : null,
    );
    stream_Nd = attended.stream;
    if (attended.shared !== null) left.set(layer.index, attended.shared);
    const ffnPrefix = `blocks.${layer.index}.ffn.`;
    stream_Nd = ffnMethod(layer.ffn.kind).forward(layer.ffn, under(parameters, ffnPrefix), stream_Nd, {
      ...shared,
      tap: tapUnder(ffnPrefix),
      buffer: (name) => bufferOf(ffnPrefix + name),
    });
  }
  const x_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, architecture.norm.epsilon);
  const logits = architecture.tieEmbeddings
    ? ops.matMul(x_Nd, parameters['embedding.weight']!, false, true)
    : ops.matMul(x_Nd, parameters['head.weight']!);
  const reports = new Map(
    [...reported].map(([name, values]) => [
      name,
      ops.scale(
        values.reduce((sum, value) => ops.add(sum, value)),
        1 / values.length,
      ),
    ]),
  );
  return { logits, auxiliary, reports };
}

/** The parameters below a prefix, by relative name. */
function under(parameters: Parameters, prefix: string): Parameters {
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/**
 * Options of a document that are our reconstruction rather than a paper's text, e.g. `finedeep.gate`. Any run with at
 * least one carries the badge "reconstruction" with this list.
 */
export function reconstructedOptions(architecture: Architecture): string[] {
  const found = new Set<string>();
  const add = (kind: string, standing: string, names: readonly string[]) => {
    if (standing === 'reconstruction') found.add(`${kind}.method`);
    for (const name of names) found.add(`${kind}.${name}`);
  };
  for (const { attention, ffn } of architecture.blocks) {
    const { position } = attention;
    const encoding = positionMethod(position.kind);
    add(position.kind, encoding.standing, encoding.reconstructed(position, { ...attention, layer: 0 }));
    const method = ffnMethod(ffn.kind);
    add(ffn.kind, method.standing, method.reconstructed(ffn));
  }
  const { sharing } = architecture;
  const way = sharingMethod(sharing.kind);
  add(sharing.kind, way.standing, way.reconstructed(sharing));
  return [...found];
}
