/**
 * Every preset of the smallest size, and variants beyond them, trained 200 steps on the State of the Union through the
 * host: losses are finite and fall, and what the probes say of routing and attention holds for every token.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trainSound } from '../../scripts/presets/soundRun.ts';
import type { Architecture } from '../../src/shared/architecture/document.ts';
import { parseArchitecture } from '../../src/shared/architecture/parse.ts';
import { findPreset, presets } from '../../src/shared/architecture/presets.ts';
import { ffnMethods, ffnSchema } from '../../src/shared/methods/ffn/index.ts';
import { positionKinds } from '../../src/shared/methods/position/index.ts';
import { sharingKinds } from '../../src/shared/methods/sharing/index.ts';
import type { RunConfigurationInput } from '../../src/shared/run/configuration.ts';
import { settings, speeches, type Workspace, workspace } from './tinyRun.ts';

const size = '0.3m';

const preset = (method: string): Architecture => findPreset(`${method}-${size}`)!.architecture;

/** A preset with fields of its FFN, its attention or the whole document changed. */
function changed(
  method: string,
  changes: { ffn?: object; attention?: object; model?: object },
): Architecture {
  const base = preset(method);
  return parseArchitecture({
    ...base,
    blocks: base.blocks.map((block) => ({
      ...block,
      attention: { ...block.attention, ...changes.attention },
      ffn: { ...block.ffn, ...changes.ffn },
    })),
    ...changes.model,
  });
}

/** Presets named after kinds; `moe` goes by the name of its first variant. */
const presetOfKind = (kind: string): string => (kind === 'moe' ? 'smoe-share' : kind);

/** All options of routing that cost nothing when off, switched on, where a kind has them. */
const everything = { dispatch: 'capacity', jitter: 0.1, routerZ: 1e-3, renormalise: true };
const crowded = ffnMethods
  .filter(({ fields }) => 'dispatch' in fields)
  .map(({ kind, fields }): [string, Architecture] => {
    const options = Object.fromEntries(Object.entries(everything).filter(([name]) => name in fields));
    return [`${kind}, ${Object.keys(options).join(', ')}`, changed(presetOfKind(kind), { ffn: options })];
  });

const grouped = { kvHeads: 2 };
const variants: [string, Architecture, Partial<RunConfigurationInput>?][] = [
  ...presets
    .filter((row) => row.size === size)
    .map(({ method }): [string, Architecture] => [method, preset(method)]),
  ...crowded,
  ['cartesianmoe, outer residual', changed('cartesianmoe', { ffn: { residual: 'outerOnly' } })],
  ['cartesianmoe without shared experts', changed('cartesianmoe', { ffn: { sharedExpert: 'none' } })],
  [
    'maskmoe, most frequent types, balanced',
    changed('maskmoe', {
      ffn: { topK: 2, frequentRule: 'topN', freqTopN: 20, maskDraw: 'balanced', maskPerLayer: false },
    }),
  ],
  ['moe, top-1, no shared expert', changed('smoe-share', { ffn: { topK: 1, sharedWidth: 0 } })],
  ['hash, balanced', changed('hash', { ffn: { hashDraw: 'balanced', topK: 1 } })],
  [
    'harpe, searched bases',
    changed('harpe', { attention: { position: { kind: 'harpe', baseScheme: 'coverage' } } }),
  ],
  [
    'harpe, descending, grouped queries',
    changed('harpe', {
      attention: { ...grouped, position: { kind: 'harpe', baseScheme: 'uniformDescending' } },
    }),
  ],
  [
    'harpe in superblocks, cartesianmoe in every second block',
    parseArchitecture({
      ...preset('harpe'),
      blocks: [0, 1, 2, 3].map((layer) => ({
        attention: preset('harpe').blocks[0]!.attention,
        ffn: preset(layer % 2 === 1 ? 'cartesianmoe' : 'dense').blocks[0]!.ffn,
      })),
      sharing: { kind: 'uniattn', groupSize: 2, begin: 0, end: 4, compensation: 'zero' },
    }),
  ],
  [
    'cross-layer keys and values under grouped queries',
    changed('crosslayerkv', { attention: grouped, model: { tieEmbeddings: false } }),
  ],
  [
    'dense, TaiLr, label smoothing, z-loss',
    preset('dense'),
    {
      objective: { loss: 'tailr', labelSmoothing: 0.05, zLoss: 1e-4 },
    },
  ],
];

let space: Workspace;

beforeAll(async () => {
  space = await workspace(2);
});
afterAll(() => space.remove());

it('covers every kind there is', () => {
  const documents = variants.map(([, architecture]) => architecture);
  const ffns = new Set(documents.flatMap(({ blocks }) => blocks.map(({ ffn }) => ffn.kind)));
  const positions = new Set(
    documents.flatMap(({ blocks }) => blocks.map(({ attention }) => attention.position.kind)),
  );
  const sharings = new Set(documents.map(({ sharing }) => sharing.kind));
  expect([...ffns].sort()).toEqual(ffnSchema.options.map(({ shape }) => shape.kind.value).sort());
  expect([...positions].sort()).toEqual([...positionKinds].sort());
  expect([...sharings].sort()).toEqual([...sharingKinds].sort());
});

it.concurrent.each(variants)('%s', async (name, architecture, changes = {}) => {
  const configuration = settings({
    steps: 200,
    batch: 4,
    context: 64,
    evaluateEvery: 0,
    checkpointEvery: 0,
    probeEvery: 100,
    ...changes,
  });
  const sound = await trainSound(space.host, architecture, configuration, speeches(4000));
  expect(sound.problems, name).toEqual([]);
  // Bytes alone, without context, cost about 3 nats.
  expect(sound.lastLoss).toBeLessThan(3.2);
});
