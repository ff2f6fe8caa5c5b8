/**
 * HARPE (arXiv 2412.07171): a rotary base of its own for every attention head, so that heads cover different wave
 * patterns: theta_{g,i} = b_g^(-2i/h) (eq. 6). Under grouped-query attention one base for each key/value head, shared
 * by its query heads.
 */
import { z } from 'zod';
import { mendsTo, type Problem } from '../../errors.ts';
import {
  algorithm1Bases,
  type BaseSearch,
  candidateCount,
  coverageBases,
  publishedBases,
  shuffled,
  uniformBases,
} from './bases.ts';
import { type HeadLayout, type PositionMethod, rotaryFrequencies } from './position.ts';

const schema = z.strictObject({
  kind: z.literal('harpe'),
  baseScheme: z
    .enum([
      'published32',
      'uniformAscending',
      'uniformDescending',
      'coverage',
      'algorithm1',
      'single',
      'custom',
    ])
    .default('uniformAscending'),
  baseMin: z.number().positive().default(1e6),
  baseMax: z.number().positive().default(5e6),
  baseStep: z.number().positive().default(30_000), // s of the searches
  bases: z.array(z.number().positive()).max(1024).default([]), // of scheme `custom`
  headOrder: z.enum(['ascending', 'descending', 'shuffled']).default('ascending'),
  shuffleSeed: z.int().nonnegative().default(0),
  gqaBases: z.literal('perKvGroup').default('perKvGroup'),
  sameBasesInAllLayers: z.boolean().default(true),
  extremaFrom: z.int().positive().default(1000),
  extremaTo: z.int().positive().default(4090),
  extremaMajorOnly: z.boolean().default(true),
  extremaCount: z.int().positive().default(6),
  extremaWindow: z.int().positive().default(500),
  extremaSeparation: z.int().positive().default(50),
  extremaTolerance: z.number().nonnegative().default(3),
  extremaPairing: z.enum(['nearest', 'order']).default('nearest'),
});
export type HarpePosition = z.infer<typeof schema>;

/** Cosines that a search may compute: about ten seconds. */
const mostCosines = 5e8;

const searches = (options: HarpePosition) =>
  options.baseScheme === 'coverage' || options.baseScheme === 'algorithm1';

function check(options: HarpePosition, { kvHeads, headSize }: HeadLayout): Problem[] {
  const { baseScheme, baseMin, baseMax, baseStep, bases, extremaFrom, extremaTo } = options;
  if (baseScheme === 'published32' && kvHeads !== publishedBases.length) {
    return [
      {
        path: 'baseScheme',
        message: `the published bases are for 32 heads, and here there are ${kvHeads} key/value heads: set base scheme to uniformAscending, or key/value heads to 32`,
        mends: mendsTo('baseScheme', 'base scheme', ['uniformAscending']),
      },
    ];
  }
  if (baseScheme === 'custom' && bases.length !== kvHeads) {
    return [
      {
        path: 'bases',
        message: `${bases.length} bases for ${kvHeads} key/value heads: give ${kvHeads} bases, one for each`,
      },
    ];
  }
  if (baseScheme === 'published32' || baseScheme === 'custom' || baseScheme === 'single') return [];
  if (baseMax <= baseMin) {
    return [
      {
        path: 'baseMax',
        message: `base max ${baseMax} is not above base min ${baseMin}: set base max above ${baseMin}, or base scheme to single`,
        mends: mendsTo('baseScheme', 'base scheme', ['single']),
      },
    ];
  }
  if (!searches(options)) return [];
  const candidates = candidateCount(baseMin, baseMax, baseStep);
  if (kvHeads > candidates + 1) {
    return [
      {
        path: 'baseStep',
        message: `a step of ${baseStep} gives ${candidates} candidates between ${baseMin} and ${baseMax}, too few for ${kvHeads} key/value heads: set base step to at most ${(baseMax - baseMin) / (kvHeads - 1)}`,
        mends: mendsTo('baseStep', 'base step', [(baseMax - baseMin) / (kvHeads - 1)]),
      },
    ];
  }
  if (extremaTo <= extremaFrom) {
    return [
      {
        path: 'extremaTo',
        message: `the search looks at distances ${extremaFrom} to ${extremaTo}, which is none: set the last distance above ${extremaFrom}`,
      },
    ];
  }
  const cosines = ((candidates + 1) * (extremaTo - extremaFrom) * headSize) / 2;
  if (cosines > mostCosines) {
    return [
      {
        path: 'baseStep',
        message: `the search would compute ${cosines.toExponential(1)} cosines, more than ${mostCosines.toExponential(0)}: set base step above ${baseStep}, or a shorter range of distances`,
      },
    ];
  }
  return [];
}

/** The scheme's bases in its own order; search results by their request, since a search takes up to seconds. */
const known = new Map<string, readonly number[]>();

function schemeBases(
  options: HarpePosition,
  layout: Pick<HeadLayout, 'kvHeads' | 'headSize'>,
): readonly number[] {
  const { baseScheme, baseMin: min, baseMax: max, baseStep: step } = options;
  const count = layout.kvHeads;
  if (baseScheme === 'published32') return publishedBases;
  if (baseScheme === 'custom') return options.bases;
  if (baseScheme === 'single') return [max];
  if (baseScheme === 'uniformAscending') return uniformBases(count, min, max);
  if (baseScheme === 'uniformDescending') return uniformBases(count, min, max).reverse();
  const rule = {
    from: options.extremaFrom,
    to: options.extremaTo,
    majorOnly: options.extremaMajorOnly,
    count: options.extremaCount,
    window: options.extremaWindow,
    separation: options.extremaSeparation,
  };
  const request: BaseSearch = { count, min, max, step, headSize: layout.headSize, rule };
  const details = baseScheme === 'coverage' ? options.extremaTolerance : options.extremaPairing;
  const key = JSON.stringify([baseScheme, request, details]);
  const found =
    known.get(key) ??
    (baseScheme === 'coverage'
      ? coverageBases(request, options.extremaTolerance)
      : algorithm1Bases(request, options.extremaPairing));
  if (known.size > 100) known.clear();
  known.set(key, found);
  return found;
}

/**
 * The base of every key/value head, [G]; a single one for all heads under scheme `single`. Uniform and custom lists have
 * an order of their own, which only `shuffled` changes; sets are put in the order asked for.
 */
export function harpeBases(options: HarpePosition, layout: Omit<HeadLayout, 'heads'>): readonly number[] {
  const own = schemeBases(options, layout);
  const set = options.baseScheme === 'published32' || searches(options);
  let ordered = own;
  if (options.headOrder === 'shuffled') ordered = shuffled(own, options.shuffleSeed);
  else if (options.headOrder === 'descending' && set) ordered = own.toReversed();
  if (options.sameBasesInAllLayers) return ordered;
  return ordered.map((_, head) => ordered[(head + layout.layer) % ordered.length]!);
}

const ours = 'ours' as const;
export const harpe = {
  kind: 'harpe' as const,
  label: 'HARPE',
  summary: 'A rotary base of its own for every head, so that heads cover different distances.',
  standing: 'complete' as const,
  source: 'arXiv 2412.07171',
  notice:
    'The published bases are for 32 heads, and the search that gave them cannot be run from its description: other models take uniform bases, a rule of its predecessor, or our choice.',
  schema,
  defaults: ({ kvHeads }: HeadLayout): HarpePosition =>
    schema.parse({
      kind: 'harpe',
      baseScheme: kvHeads === publishedBases.length ? 'published32' : 'uniformAscending',
    }),
  fields: {
    baseScheme: {
      label: 'Base scheme',
      help: "Where the heads' bases come from: the published set (32 heads), evenly spaced, a search, the same for all (base max), or a list of yours. Reconstruction: algorithm1 does not reproduce the published bases.",
      standing: 'paper',
    },
    baseMin: {
      label: 'Base min',
      symbol: 'b_min',
      help: 'Smallest base of uniform sets and searches.',
      standing: 'paper',
    },
    baseMax: {
      label: 'Base max',
      symbol: 'b_max',
      help: 'Largest base of uniform sets and searches, and the base of scheme single.',
      standing: 'paper',
    },
    baseStep: {
      label: 'Base step',
      symbol: 's',
      help: 'Spacing of the candidates of a search; 30,000 was best of five in the paper.',
      standing: 'paper',
    },
    bases: {
      label: 'Bases',
      symbol: 'b_h',
      help: "One base for each key/value head, in their order, under scheme custom: our choice, not the paper's.",
      standing: ours,
    },
    headOrder: {
      label: 'Head order',
      help: 'Order in which a published or searched set goes to the heads; the paper prints it ascending and does not say the order in the model. Uniform and custom lists keep their own order unless shuffled.',
      standing: 'unknown',
    },
    shuffleSeed: {
      label: 'Shuffle seed',
      help: 'Names the order when head order is shuffled.',
      standing: ours,
    },
    gqaBases: {
      label: 'Grouped queries',
      help: 'Query heads that read one key/value head share its base: a rotation only means a distance when both sides turn alike.',
      standing: ours,
    },
    sameBasesInAllLayers: {
      label: 'Same bases in all layers',
      help: 'Off: from layer to layer the list moves on by one head.',
      standing: ours,
    },
    extremaFrom: {
      label: 'First distance',
      help: 'Searches look at waveforms from this distance in tokens.',
      standing: 'secondary',
    },
    extremaTo: {
      label: 'Last distance',
      help: 'Searches look at waveforms up to this distance in tokens.',
      standing: 'secondary',
    },
    extremaMajorOnly: {
      label: 'Major extrema only',
      help: 'Only the largest peaks and deepest valleys count; off: every local one.',
      standing: 'secondary',
    },
    extremaCount: {
      label: 'Major extrema',
      help: 'At most this many major peaks and valleys count for a base.',
      standing: 'secondary',
    },
    extremaWindow: {
      label: 'Window',
      help: 'Tokens after a major peak in which the next one is looked for.',
      standing: 'secondary',
    },
    extremaSeparation: {
      label: 'Separation',
      help: 'Tokens that major peaks, and major valleys, are at least apart; 50 and 60 in the source.',
      standing: 'secondary',
    },
    extremaTolerance: {
      label: 'Tolerance',
      help: 'Scheme coverage: a peak and a valley coincide when at most this many tokens apart.',
      standing: 'secondary',
    },
    extremaPairing: {
      label: 'Pairing',
      help: 'Scheme algorithm1: each peak is compared with the nearest valley of the set, or with the one of the same place in order.',
      standing: ours,
    },
  },
  check,
  rotation: (options: HarpePosition, layout) => ({
    frequencies: harpeBases(options, layout).map((base) => rotaryFrequencies(base, layout.headSize)),
    amplitude: 1,
  }),
  writtenOut: (options: HarpePosition, layout): HarpePosition => {
    // The shift from layer to layer stays an option of its own.
    const own = harpeBases({ ...options, sameBasesInAllLayers: true }, layout);
    const bases = Array.from({ length: layout.kvHeads }, (_, head) => own[head % own.length]!);
    return { ...options, baseScheme: 'custom', headOrder: 'ascending', bases };
  },
  reconstructed: (options: HarpePosition, { heads, kvHeads }) => {
    if (options.baseScheme === 'single') return [];
    const names: string[] = ['sameBasesInAllLayers'];
    if (kvHeads < heads) names.push('gqaBases');
    if (options.baseScheme === 'algorithm1') names.push('baseScheme', 'extremaPairing');
    if (options.baseScheme === 'custom') names.push('bases');
    if (options.headOrder !== 'ascending') names.push('headOrder');
    return names;
  },
} satisfies PositionMethod<HarpePosition>;
