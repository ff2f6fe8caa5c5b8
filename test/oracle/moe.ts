/** What the tests of routed FFN kinds share: random small layers, and a plain loop over experts in double precision. */
import fc from 'fast-check';
import type { Ffn } from '../../src/shared/methods/ffn/index.ts';
import {
  type Arrays,
  type BlockRequest,
  type BlockRun,
  blockParameters,
  expertOutput,
  normalised,
  numbers,
  runBlock,
} from './block.ts';

export const width = 5; // d

/** Sizes of a random layer, with everything that any kind reads; `only` picks what one kind takes. */
export const layers = fc
  .record({
    tokens: fc.integer({ min: 1, max: 9 }), // N
    nExperts: fc.integer({ min: 1, max: 5 }), // E
    chosen: fc.integer({ min: 0, max: 4 }),
    expertWidth: fc.integer({ min: 1, max: 3 }),
    sharedWidth: fc.integer({ min: 0, max: 2 }),
    renormalise: fc.boolean(),
    topP: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    hashDraw: fc.constantFrom('random' as const, 'balanced' as const),
    rescale: fc.constantFrom('none' as const, 'nOverK' as const, 'n' as const),
    seed: fc.nat({ max: 1000 }),
  })
  .map(({ chosen, ...rest }) => ({ ...rest, topK: 1 + (chosen % rest.nExperts) }));
export type Layer = typeof layers extends fc.Arbitrary<infer Value> ? Value : never;

export const routedKinds = ['moe', 'topp', 'hash', 'random', 'llamamoe'] as const;
export type RoutedKind = (typeof routedKinds)[number];
type Routed = Extract<Ffn, { kind: RoutedKind }>;

export interface Settings {
  readonly dispatch?: 'dense' | 'capacity';
  readonly capacityFactor?: number;
  readonly jitter?: number;
  readonly balanceAlpha?: number;
  readonly routerZ?: number;
}

/** The FFN of one kind with the sizes of a layer. Capacity dispatch has room for every choice unless told otherwise. */
export function ffnOf(kind: RoutedKind, layer: Layer, settings: Settings = {}): Routed {
  const { nExperts, topK, expertWidth, sharedWidth, renormalise } = layer;
  const { jitter = 0, balanceAlpha = 0, routerZ = 0, dispatch = 'dense' } = settings;
  const router = { renormalise, jitter, balanceAlpha, routerZ };
  const most = kind === 'topp' ? nExperts : topK;
  const common = { dispatch, capacityFactor: settings.capacityFactor ?? nExperts / most };
  const sizes = { nExperts, expertWidth, sharedWidth, ...common };
  switch (kind) {
    case 'moe':
      return { kind, ...sizes, topK, ...router };
    case 'topp':
      return { kind, ...sizes, topP: layer.topP, maxExperts: nExperts, ...router };
    case 'hash':
      return { kind, ...sizes, topK, hashDraw: layer.hashDraw, hashPerLayer: true, hashSeed: layer.seed };
    case 'random':
      return { kind, ...sizes, topK };
    case 'llamamoe':
      return {
        kind,
        width: nExperts * expertWidth,
        nExperts,
        topK,
        rescale: layer.rescale,
        ...router,
        ...common,
      };
  }
}

export interface Case {
  readonly ffn: Routed;
  readonly parameters: Arrays;
  readonly stream: Float32Array;
  readonly run: (rest?: Partial<BlockRequest>) => BlockRun;
}

export function caseOf(kind: RoutedKind, layer: Layer, settings: Settings = {}): Case {
  const ffn = ffnOf(kind, layer, settings);
  const parameters = blockParameters(ffn, width, `${kind} ${layer.seed}`);
  const stream = numbers(`stream ${layer.seed}`, layer.tokens * width);
  const inputs = Int32Array.from(numbers(`ids ${layer.seed}`, layer.tokens), (value) => (value + 1) * 6);
  const base = { ffn, width, parameters, stream, inputs, vocabulary: 12 };
  return { ffn, parameters, stream, run: (rest = {}) => runBlock({ ...base, ...rest }) };
}

/** Rows of a tap. */
export function rowsOf(tap: { shape: number[]; values: Float32Array }): number[][] {
  const columns = tap.shape[1]!;
  return Array.from({ length: tap.shape[0]! }, (_, row) => [
    ...tap.values.subarray(row * columns, (row + 1) * columns),
  ]);
}

/** (factor * u) R for every token, in double precision; `factors` [N * d] where the router's input is jittered. */
export function routerLogits({ ffn, parameters, stream }: Case, factors?: ArrayLike<number>): number[][] {
  const router = parameters.get('router.weight')!;
  const E = (ffn as { nExperts: number }).nExperts;
  return normalised(stream, parameters.get('norm.gain')!).map((u, row) =>
    Array.from({ length: E }, (_, e) =>
      u.reduce((sum, x, i) => sum + x * (factors?.[row * width + i] ?? 1) * router[i * E + e]!, 0),
    ),
  );
}

/** log sum exp of a row. */
export function logSumExp(logits: readonly number[]): number {
  return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
}

/** The softmax of `routerLogits`. */
export function probabilities(one: Case, factors?: ArrayLike<number>): number[][] {
  return routerLogits(one, factors).map((row) => row.map((logit) => Math.exp(logit - logSumExp(row))));
}

/** Experts of a token in descending probability, lower index first in a tie. */
export function descending(p: readonly number[]): number[] {
  return p.map((_, e) => e).sort((a, b) => p[b]! - p[a]! || a - b);
}

/** Whether two probabilities of a token are so close that rounding may swap their places. */
export function ambiguous(rows: readonly (readonly number[])[]): boolean {
  return rows.some((p) => {
    const sorted = [...p].sort((a, b) => a - b);
    return sorted.some((value, i) => i > 0 && value - sorted[i - 1]! < 1e-5);
  });
}

/** h + S(u) + factor * sum_e weight_e E_e(u): every expert of weight 0 left out, in double precision. */
export function loopOverExperts(
  { ffn, parameters, stream }: Case,
  weights: readonly (readonly number[])[],
  factor = 1,
): number[] {
  const stacks = ['gate', 'up', 'down'].map((name) => parameters.get(`experts.${name}`)!);
  const shared = ['gate', 'up', 'down'].map((name) => parameters.get(`shared.${name}`));
  const size = stacks[0]!.length / (ffn as { nExperts: number }).nExperts;
  return normalised(stream, parameters.get('norm.gain')!).flatMap((u, row) => {
    const y = [...stream.subarray(row * width, (row + 1) * width)];
    const add = (matrices: (Float32Array | undefined)[], weight: number) => {
      const [gate, up, down] = matrices as [Float32Array, Float32Array, Float32Array];
      expertOutput(u, gate, up, down, 0, 1).forEach((value, j) => {
        y[j]! += weight * value;
      });
    };
    if (shared[0] !== undefined) add(shared, 1);
    weights[row]!.forEach((weight, e) => {
      if (weight !== 0)
        add(
          stacks.map((stack) => stack.subarray(e * size, (e + 1) * size)),
          factor * weight,
        );
    });
    return y;
  });
}

/** Factor on the output that the kind applies after its weights. */
export function factorOf(ffn: Routed): number {
  if (ffn.kind !== 'llamamoe') return 1;
  return { none: 1, nOverK: ffn.nExperts / ffn.topK, n: ffn.nExperts }[ffn.rescale];
}

/** What expert `expert` holds of a gradient of a stack [E, ...]. */
export function ofExpert(values: Float32Array, expert: number, count: number): Float32Array {
  const size = values.length / count;
  return values.subarray(expert * size, (expert + 1) * size);
}
