/** Masks never leak: a later token changes no logit before it, bit for bit, compiled and eagerly, for every FFN kind and sharing. */
import { describe, expect, test } from 'vitest';
import { createEngine, initialParameters } from '../../src/main/engine/index.ts';
import { architectureFormat, architectureVersion } from '../../src/shared/architecture/document.ts';
import { parseArchitecture } from '../../src/shared/architecture/parse.ts';
import { ffnMethods } from '../../src/shared/methods/ffn/index.ts';
import { bufferValues } from '../../src/shared/methods/languageModel.ts';
import { deviceHere } from './engine.ts';
import { tokens } from './recipe.ts';

const engine = createEngine();
const vocabulary = 40;

function architectureOf(ffn: unknown, context: number, sharing: unknown) {
  return parseArchitecture({
    format: architectureFormat,
    version: architectureVersion,
    name: 'causal',
    vocabulary,
    width: 16,
    context,
    // The largest weights that keep float32 honest, so that a leak would show.
    initialisation: { std: 0.3, residual: 'none' },
    blocks: [{ repeat: 2, attention: { kind: 'softmax', heads: 4, kvHeads: 2, headSize: 4 }, ffn }],
    sharing,
  });
}

const none = { kind: 'none' };
const dense = { kind: 'dense', width: 48 };
const parts = [
  ...ffnMethods.map((method) => ({ label: method.label, ffn: method.defaults(48), sharing: none })),
  ...['uniattn', 'crossLayerKv'].map((kind) => ({
    label: kind,
    ffn: dense,
    sharing: { kind, groupSize: 2, begin: 0, end: 2 },
  })),
];

// 256 positions make the engine cut attention into blocks of queries.
const cases = parts.flatMap(({ label, ...rest }) =>
  [8, 256].map((context) => ({ name: `${label}, ${context} positions`, ...rest, context })),
);

const devices = await Promise.all(
  (['cpu', 'eager'] as const).map(async (device) => ({ device, ...(await deviceHere(device)) })),
);

describe.each(devices)('$device: $reason', ({ device, available }) => {
  test.skipIf(!available).each(cases)('$name', async ({ ffn, sharing, context }) => {
    const architecture = architectureOf(ffn, context, sharing);
    const parameters = initialParameters(architecture, 1);
    const buffers = bufferValues(architecture, new Float64Array(vocabulary).fill(1));
    const request = { architecture, shape: { batch: 1, context }, buffers, device, threads: 1 };
    const model = await engine.model(request, parameters);
    const ids = tokens('causality', context, vocabulary);
    const before = await model.logits(ids);
    for (const changed of [1, Math.floor(context / 2), context - 1]) {
      const other = Int32Array.from(ids, (id, i) => (i === changed ? (id + 1) % vocabulary : id));
      const after = await model.logits(other);
      const same = changed * vocabulary;
      expect(after.subarray(0, same)).toEqual(before.subarray(0, same));
      expect(after.subarray(same)).not.toEqual(before.subarray(same));
    }
    await model.dispose();
  });
});
