/** Passages as made-up models read them, for tests of figures; the numbers mean nothing. Never imported by the product. */
import type { RunSummary } from '../rpc/contract.ts';
import type { AttentionReading, TokenReading } from '../run/reading.ts';
import type { FieldRun } from './builders/runFields.ts';
import { testRun } from './testRuns.ts';

const words = [
  'The',
  ' quick',
  ' brown',
  ' fox',
  ' jumps',
  ' over',
  '\n',
  ' the',
  ' unfathomable',
  ' dog',
  '.',
];

export function testReading(layers: number, experts: number, groups: number): TokenReading {
  const tokens = words.map((token, id) => ({
    id,
    token,
    loss: id === 0 ? null : 3,
    predictions: [],
    entropy: null,
  }));
  const read = words.length - 1;
  const perGroup = experts / groups;
  return {
    step: 40,
    source: 'the given text',
    context: 64,
    window: 0,
    windows: 1,
    cut: false,
    loss: 3,
    bitsPerByte: 1,
    read,
    tokens,
    layers: Array.from({ length: layers }, (_, layer) => ({
      layer,
      kind: 'moe',
      nsar: { '0.1': Array.from({ length: read }, (__, at) => ((at * 7 + layer * 3) % 10) / 10) },
    })),
    statistics: testRun({ run: 'r', name: 'r', layers, experts, groups, routed: true }).probes[0]!.layers,
    routes: Array.from({ length: layers }, (_, layer) => ({
      layer,
      kind: 'moe',
      experts,
      groups,
      router: 'softmax' as const,
      probabilities: null,
      // The last token of every layer has no expert.
      chosen: Array.from({ length: read }, (__, at) =>
        at === read - 1
          ? []
          : Array.from(
              { length: groups },
              (___, group) => group * perGroup + ((at * (layer + 1)) % perGroup),
            ),
      ),
      weights: Array.from({ length: read }, () => Array.from({ length: groups }, () => 1)),
    })),
  };
}

export function testAttention(layers: number, heads: number): AttentionReading {
  const tokens = words.slice(0, 8);
  return {
    step: 40,
    source: 'the given text',
    tokens,
    layer: 1,
    head: 2,
    map: tokens.map((_, t) => Array.from({ length: t + 1 }, () => 1 / (t + 1))),
    distance: Array.from({ length: layers }, (_, layer) =>
      Array.from({ length: heads }, (__, head) => 1 + ((layer * 5 + head * 3) % 7)),
    ),
    entropy: Array.from({ length: layers }, () => Array.from({ length: heads }, () => 1)),
  };
}

/** Runs whose fields differ: `validationLoss` falls with the width, two kinds of FFN, the last without a loss. */
export function testFieldRuns(count: number): FieldRun[] {
  return Array.from({ length: count }, (_, at) => {
    const run = {
      run: `r${at}`,
      name: `run ${at}`,
      parameters: 1e6 * 2 ** at,
      validationLoss: at === count - 1 ? null : 4 - 0.3 * at + 0.05 * (at % 2),
      tokensPerSecond: 4000 / (at + 1),
    } as unknown as RunSummary;
    const kind = at % 2 === 0 ? 'dense' : 'finedeep';
    const fields = {
      width: [64 * (at + 1)],
      'ffn.kind': [kind],
      'attention.position.base': [10_000 * (at + 1)],
    };
    return { run: run.run, name: run.name, reconstruction: at % 2 === 1, record: { run, fields } };
  });
}
