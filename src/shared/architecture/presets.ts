/**
 * Architectures to start from: every method at every size, each matched with the dense model of that size in total or in
 * active parameters, so that a comparison is fair by construction. `bench-*` are the models of the benchmark;
 * `paperModels.ts` has the papers' own.
 *
 * The layout of the routed FFNs, D the dense width and W = D / 3: nine full-size experts' worth of parameters (9 W), of
 * which a token uses three (3 W = D). So all of them have the same total, and the active parameters of `dense-SIZE`.
 * Finedeep and DSMoE cut the dense FFN itself and match its total. Models that save attention weights get them back as
 * FFN width.
 */
import { type Ffn, type FfnKind, ffnMethod, ffnMethods } from '../methods/ffn/index.ts';
import { type Position, positionMethods } from '../methods/position/index.ts';
import { type Sharing, sharingMethods } from '../methods/sharing/index.ts';
import { countArchitecture } from './counts.ts';
import { type Architecture, architectureFormat, architectureVersion } from './document.ts';
import { paperModels } from './paperModels.ts';
import { parseArchitecture } from './parse.ts';
import { lazyPreset, type Match, type Preset, type PresetGroup } from './preset.ts';
import { benchmarkSize, type Size, sizes } from './presetSizes.ts';

export type { Match, Preset, PresetGroup, Published } from './preset.ts';
export { sizes } from './presetSizes.ts';

/**
 * How far a preset may be from the model it is matched with, as a share of that model's parameters. Routers (d for each
 * routed expert and layer) and the norm gains of second sub-layers are what differs, and widths rounded to multiples of 4
 * where attention is varied: at most 1.9 % at 0.3m, where d is only 64, 0.9 % at 1m, and 0.3 % from 30m on.
 */
export const matchTolerance = 0.02;

/** Where a token runs fewer experts than the layout allows, as rare types of MaskMoE do, active parameters are fewer. */
export const matchShortfall = 0.05;

/** The parts in which a model of a size departs from the dense one. */
interface Parts {
  readonly ffn?: Ffn;
  readonly kvHeads?: number;
  readonly position?: Position;
  readonly sharing?: Sharing;
}

interface Recipe {
  readonly method: string;
  readonly label: string;
  readonly group: PresetGroup;
  readonly kind: FfnKind;
  /** A sentence for the document's notes. */
  readonly notes: string;
  readonly parts: (size: Size) => Parts;
}

const dense = (width: number): Ffn => ({ kind: 'dense', width });

/** A stack of equal blocks of one size. */
function build(name: string, notes: string, size: Size, parts: Parts): unknown {
  return {
    format: architectureFormat,
    version: architectureVersion,
    name,
    notes,
    vocabulary: size.vocabulary,
    width: size.width,
    context: size.context,
    tieEmbeddings: size.tied,
    ...(parts.sharing === undefined ? {} : { sharing: parts.sharing }),
    blocks: [
      {
        repeat: size.layers,
        attention: {
          kind: 'softmax',
          heads: size.heads,
          kvHeads: parts.kvHeads ?? size.kvHeads,
          headSize: size.width / size.heads,
          position: parts.position ?? { kind: 'rope' },
        },
        ffn: parts.ffn ?? dense(size.ffnWidth),
      },
    ],
  };
}

/** FFN width (a multiple of 4) at which these parts have as many parameters as the dense model of the size. */
function widthAtEqualParameters(size: Size, parts: Parts): number {
  const total = (changes: Parts) =>
    countArchitecture(parseArchitecture(build('dense', '', size, changes))).parameters.total;
  const saved = total({}) - total(parts);
  return size.ffnWidth + 4 * Math.round(saved / (3 * size.width * size.layers) / 4);
}

/** Which of its sizes an FFN kind keeps from the dense FFN of width D, judged by its defaults. */
function matchedBy(ffn: Ffn, size: Size): Match['by'] {
  const shape = {
    width: size.width,
    layers: size.layers,
    context: size.context,
    vocabulary: size.vocabulary,
  };
  const parameters = (options: Ffn) => ffnMethod(options.kind).counts(options, shape).parameters;
  return parameters(ffn) < 1.5 * parameters(dense(size.ffnWidth)) ? 'parameters' : 'activeParameters';
}

/** A kind is one preset of its defaults, or one for each of its named layouts. */
const ffnRecipes: readonly Recipe[] = ffnMethods.flatMap((method) => {
  const layouts = Object.entries(
    method.variants ?? {
      [method.kind]: { label: method.label, summary: method.summary, options: method.defaults },
    },
  );
  return layouts.map(
    ([name, { label, summary, options }]): Recipe => ({
      method: name,
      label,
      group: 'ffn',
      kind: method.kind,
      notes: summary,
      parts: (size) => ({ ffn: options(size.ffnWidth) }),
    }),
  );
});

/** Finedeep and CartesianMoE add depth; a gain of theirs may be that of depth alone. */
const controlRecipes: readonly Recipe[] = [
  {
    method: 'stacked',
    label: 'Two dense sub-layers',
    group: 'control',
    kind: 'finedeep',
    notes: 'Depth control: the dense FFN cut into two sub-layers in sequence, without experts or gates.',
    parts: ({ ffnWidth }) => ({
      ffn: {
        ...(ffnMethod('finedeep').defaults(ffnWidth) as Extract<Ffn, { kind: 'finedeep' }>),
        subLayers: 2,
        expertsPerSubLayer: 1,
        gate: 'none',
      },
    }),
  },
];

/** A preset of the dense FFN that varies attention. */
function attentionRecipe(
  group: PresetGroup,
  method: string,
  label: string,
  notes: string,
  parts: Recipe['parts'],
): Recipe {
  return { method, label, group, kind: 'dense', notes, parts };
}

const attentionRecipes: readonly Recipe[] = [
  attentionRecipe(
    'attention',
    'gqa',
    'Grouped-query attention',
    'Half the key/value heads of the dense model (one where their number is odd).',
    ({ kvHeads }) => ({ kvHeads: kvHeads % 2 === 0 ? kvHeads / 2 : 1 }),
  ),
  attentionRecipe(
    'position',
    'abf',
    'RoPE with an adjusted base',
    'Adjusted base frequency: RoPE with base 500,000, the base of Llama 3; for other contexts it is our choice.',
    () => ({ position: { kind: 'rope', base: 500_000 } }),
  ),
  ...positionMethods
    .filter(({ kind }) => kind !== 'rope') // every other preset has it
    .map((position) =>
      attentionRecipe('position', position.kind, position.label, position.summary, (size) => ({
        position: position.defaults(
          { heads: size.heads, kvHeads: size.kvHeads, headSize: size.width / size.heads, layer: 0 },
          size.context,
        ),
      })),
    ),
  ...sharingMethods
    .filter(({ kind }) => kind !== 'none')
    .map((sharing) =>
      attentionRecipe('sharing', sharing.kind.toLowerCase(), sharing.label, sharing.summary, (size) => ({
        sharing: sharing.defaults(size.layers),
      })),
    ),
  ...(['none', 'random'] as const).map((compensation) =>
    attentionRecipe(
      'sharing',
      `uniattn-${compensation}`,
      `UniAttn, compensation ${compensation}`,
      `UniAttn's ablation: followers ${compensation === 'none' ? 'have no compensation matrix' : 'start from a random compensation matrix'}.`,
      (size) => ({ sharing: { ...uniattnDefaults(size.layers), compensation } }),
    ),
  ),
];

function uniattnDefaults(layers: number): Extract<Sharing, { kind: 'uniattn' }> {
  const method = sharingMethods.find(({ kind }) => kind === 'uniattn')!;
  return method.defaults(layers) as Extract<Sharing, { kind: 'uniattn' }>;
}

const recipes: readonly Recipe[] = [...ffnRecipes, ...controlRecipes, ...attentionRecipes];

function preset(recipe: Recipe, size: Size): Preset {
  const { method, label, group, kind } = recipe;
  const name = `${method}-${size.name}`;
  const reference = `dense-${size.name}`;
  const parts = recipe.parts(size);
  const matchOf = (): Match | null => {
    if (name === reference) return null;
    return { with: reference, by: parts.ffn === undefined ? 'parameters' : matchedBy(parts.ffn, size) };
  };
  return lazyPreset(
    { name, method, label, group, kind, size: size.name, device: size.device, published: null },
    () => {
      const match = matchOf();
      const matched =
        match === null
          ? ''
          : ` As many ${match.by === 'parameters' ? '' : 'active '}parameters as ${match.with}.`;
      const ffn = parts.ffn ?? dense(widthAtEqualParameters(size, parts));
      return build(name, `${recipe.notes}${matched} ${size.notes}`, size, { ...parts, ffn });
    },
    matchOf,
  );
}

/** `bench-moe` is the model of the speed target: 16 experts of width 384, top-2, no shared one, capacity dispatch. */
function benchmarkFfn(kind: FfnKind): Ffn {
  const ffn = ffnMethod(kind).defaults(benchmarkSize.ffnWidth);
  if (ffn.kind !== 'moe') return ffn;
  return { ...ffn, nExperts: 16, topK: 2, expertWidth: 384, sharedWidth: 0, dispatch: 'capacity' };
}

const benchmarks: readonly Preset[] = ffnMethods.map(({ kind, label }) =>
  lazyPreset(
    {
      name: `bench-${kind}`,
      method: kind,
      label,
      group: 'benchmark',
      kind,
      size: benchmarkSize.name,
      device: benchmarkSize.device,
      published: null,
    },
    () => build(`bench-${kind}`, benchmarkSize.notes, benchmarkSize, { ffn: benchmarkFfn(kind) }),
  ),
);

/** All presets: by size, then method; then the benchmark's models; then the papers'. */
export const presets: readonly Preset[] = [
  ...sizes.flatMap((size) => recipes.map((recipe) => preset(recipe, size))),
  ...benchmarks,
  ...paperModels,
];

/** The preset of this name, or undefined. */
export function findPreset(name: string): Preset | undefined {
  return presets.find((preset) => preset.name === name);
}

/** The first preset of an FFN kind at a size (or `bench`): what a change of kind leads to. */
export function presetOf(kind: FfnKind, size: string): Preset | undefined {
  return presets.find(
    (preset) =>
      preset.kind === kind &&
      preset.size === size &&
      (preset.group === 'ffn' || preset.group === 'benchmark'),
  );
}

export interface MatchedCounts extends Match {
  readonly own: number;
  readonly reference: number;
}

/** What a preset is matched in, of both models; null for one that stands for itself. */
export function matchedCounts({ match, architecture }: Preset): MatchedCounts | null {
  if (match === null) return null;
  const of = (matched: Architecture) => {
    const { total, active } = countArchitecture(matched).parameters;
    return match.by === 'parameters' ? total : active;
  };
  return { ...match, own: of(architecture), reference: of(findPreset(match.with)!.architecture) };
}
