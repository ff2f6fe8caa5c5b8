/** The numbers of analyses as tables, one row each, layers and experts from 1 as people count them. */
import type { AnalysisKind, AnalysisResults, AnalysisRun } from '../run/analysis.ts';
import type { Cell, Table, TableColumn } from './table.ts';

type Result<Kind extends AnalysisKind> = AnalysisResults[Kind];

const runColumns: TableColumn[] = [
  { name: 'run' },
  { name: 'name' },
  { name: 'reconstruction' },
  { name: 'step' },
];
const layerColumns: TableColumn[] = [{ name: 'layer', unit: 'from 1' }, { name: 'ffn' }];

function runCells({ run, name, reconstruction, step }: AnalysisRun): Cell[] {
  return [run, name, reconstruction ? 'yes' : 'no', step];
}

const builders: { [Kind in AnalysisKind]: (results: readonly Result<Kind>[]) => Table } = {
  routing: routingTable,
  saturation: saturationTable,
  buckets: bucketTable,
  robustness: robustnessTable,
  similarity: similarityTable,
  'active-experts': activeExpertsTable,
  'softmax-time': softmaxTimeTable,
  positions: positionTable,
};

/** Results of one kind as one table. */
export function analysisTable<Kind extends AnalysisKind>(
  kind: Kind,
  results: readonly Result<Kind>[],
): Table {
  return builders[kind](results);
}

function routingTable(results: readonly Result<'routing'>[]): Table {
  const rows = results.flatMap((result) =>
    result.layers.flatMap((layer) =>
      result.positions.flatMap(({ position, id, token }, at) => {
        const chosen = layer.chosen[at]!;
        const probabilities = layer.probabilities?.[at];
        return Array.from({ length: layer.experts }, (_, expert) => {
          const place = chosen.indexOf(expert);
          return [
            ...runCells(result),
            layer.layer + 1,
            layer.kind,
            position,
            id,
            token,
            expert + 1,
            probabilities?.[expert] ?? null,
            place < 0 ? 'no' : 'yes',
            place < 0 ? 0 : layer.weights[at]![place]!,
          ];
        });
      }),
    ),
  );
  return {
    columns: [
      ...runColumns,
      ...layerColumns,
      { name: 'position', unit: 'from 0' },
      { name: 'token id' },
      { name: 'token' },
      { name: 'expert', unit: 'from 1' },
      { name: 'router probability' },
      { name: 'ran' },
      { name: 'gate' },
    ],
    rows,
  };
}

export function saturationTable(results: readonly Result<'saturation'>[]): Table {
  const rows = results.flatMap((result) =>
    result.layers.flatMap((layer) =>
      result.steps.map((step, at) => [
        ...runCells(result),
        layer.layer + 1,
        layer.kind,
        step,
        layer.saturation[at]!,
        layer.fluctuation[at]!,
        result.tokens,
      ]),
    ),
  );
  return {
    columns: [
      ...runColumns,
      ...layerColumns,
      { name: 'checkpoint', unit: 'step' },
      { name: 'router saturation', unit: 'share of its experts that the final step chooses too' },
      { name: 'routing fluctuation', unit: 'share of tokens with another first choice' },
      { name: 'tokens' },
    ],
    rows,
  };
}

export function bucketTable(results: readonly Result<'buckets'>[]): Table {
  const rows = results.flatMap((result) =>
    (['byTarget', 'byInput'] as const).flatMap((by) =>
      result[by].map(({ bucket, types, tokens, loss }) => [
        ...runCells(result),
        by === 'byTarget' ? 'target' : 'input',
        bucket,
        types,
        tokens,
        loss,
        result.loss,
      ]),
    ),
  );
  return {
    columns: [
      ...runColumns,
      { name: 'token' },
      { name: 'bucket', unit: 'cumulative coverage 0-80, 80-95, 95-100 %' },
      { name: 'types' },
      { name: 'tokens' },
      { name: 'loss', unit: 'nats/token' },
      { name: 'loss of all tokens', unit: 'nats/token' },
    ],
    rows,
  };
}

export function robustnessTable(results: readonly Result<'robustness'>[]): Table {
  const rows = results.flatMap((result) => [
    [...runCells(result), 'none', result.loss, result.perplexity, 0, 0, result.tokens],
    ...result.disabled.map((row) => [
      ...runCells(result),
      row.routers,
      row.loss,
      row.perplexity,
      row.lossIncrease,
      row.perplexityIncrease,
      result.tokens,
    ]),
  ]);
  return {
    columns: [
      ...runColumns,
      { name: 'top-1 disabled in' },
      { name: 'loss', unit: 'nats/token' },
      { name: 'perplexity' },
      { name: 'increase', unit: 'nats/token' },
      { name: 'increase of perplexity' },
      { name: 'tokens' },
    ],
    rows,
  };
}

export function similarityTable(results: readonly Result<'similarity'>[]): Table {
  const rows = results.flatMap((result) =>
    result.values.flatMap((row, i) =>
      row.map((value, j) => [...runCells(result), i + 1, j + 1, value, result.context, result.tokens]),
    ),
  );
  return {
    columns: [
      ...runColumns,
      { name: 'layer', unit: 'from 1' },
      { name: 'other layer', unit: 'from 1' },
      { name: 'similarity', unit: 'our definition: mean cosine of attention-map rows' },
      { name: 'context', unit: 'tokens' },
      { name: 'tokens' },
    ],
    rows,
  };
}

export function activeExpertsTable(results: readonly Result<'active-experts'>[]): Table {
  const rows = results.flatMap((result) =>
    result.sources.flatMap(({ source, tokens, active, mean }) =>
      result.layers.map(({ layer, kind, experts }, at) => [
        ...runCells(result),
        layer + 1,
        kind,
        source,
        active[at]!,
        experts,
        mean,
        tokens,
      ]),
    ),
  );
  return {
    columns: [
      ...runColumns,
      ...layerColumns,
      { name: 'text' },
      { name: 'active experts', unit: 'mean over tokens' },
      { name: 'experts' },
      { name: 'mean over layers' },
      { name: 'tokens' },
    ],
    rows,
  };
}

export function softmaxTimeTable(results: readonly Result<'softmax-time'>[]): Table {
  const rows = results.flatMap((result) => {
    const setting = [result.device, result.threads, result.batch, result.context, result.repeats];
    const parts = [
      ['softmax', result.softmax],
      ['of it attention', result.attentionSoftmax],
      ['matrix products', result.matrixProducts],
      ['other', result.other],
      ...result.operators.map((row) => [`operator ${row.operator}`, row] as const),
    ] as const;
    return parts.map(([part, { milliseconds, share }]) => [
      ...runCells(result),
      part,
      milliseconds,
      share,
      ...setting,
    ]);
  });
  return {
    columns: [
      ...runColumns,
      { name: 'part' },
      { name: 'time', unit: 'ms per forward pass' },
      { name: 'share' },
      { name: 'device' },
      { name: 'threads' },
      { name: 'batch' },
      { name: 'context', unit: 'tokens' },
      { name: 'repeats' },
    ],
    rows,
  };
}

export function positionTable(results: readonly Result<'positions'>[]): Table {
  const rows = results.flatMap((result) =>
    result.byPosition.map((loss, position) => [
      ...runCells(result),
      position,
      loss,
      result.windows[position]!,
      result.context,
    ]),
  );
  return {
    columns: [
      ...runColumns,
      { name: 'position', unit: 'from 0' },
      { name: 'loss', unit: 'nats/token' },
      { name: 'windows' },
      { name: 'context', unit: 'tokens' },
    ],
    rows,
  };
}
