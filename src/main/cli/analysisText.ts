/** Results of analyses as text for people: a sentence on what was read, then a table. Layers and experts from 1. */
import { formatCount, formatNumber, formatShare } from '../../shared/format.ts';
import type {
  AnalysisResult,
  AnalysisResults,
  AnalysisRun,
  AnalysisSubject,
} from '../../shared/run/analysis.ts';
import { type Column, pairs, table } from './table.ts';

type Result<Kind extends AnalysisResult['kind']> = AnalysisResults[Kind];

export function analysisText(result: AnalysisResult): string {
  switch (result.kind) {
    case 'routing':
      return routingText(result);
    case 'saturation':
      return saturationText(result);
    case 'buckets':
      return bucketText(result);
    case 'robustness':
      return robustnessText(result);
    case 'similarity':
      return similarityText(result);
    case 'active-experts':
      return activeExpertsText(result);
    case 'softmax-time':
      return softmaxTimeText(result);
    case 'positions':
      return positionText(result);
  }
}

function runAt({ run, name, reconstruction, step }: AnalysisRun): string {
  return `${run} (${name}${reconstruction ? ', reconstruction' : ''}) at step ${step}`;
}

function heading(subject: AnalysisSubject): string {
  return `${runAt(subject)}: ${subject.tokens} tokens of ${subject.source}.`;
}

const right = <Row>(title: string, text: (row: Row) => string): Column<Row> => ({
  title,
  text,
  align: 'right',
});

function routingText(result: Result<'routing'>): string {
  const rows = result.positions.map((position, at) => ({ ...position, at }));
  const list = (experts: readonly number[]) => experts.map((expert) => expert + 1).join(' ');
  const columns: Column<(typeof rows)[number]>[] = [
    right('position', ({ position }) => String(position)),
    { title: 'token', text: ({ token }) => JSON.stringify(token) },
    ...result.layers.map(
      ({ layer, chosen }): Column<(typeof rows)[number]> => ({
        title: `layer ${layer + 1}`,
        text: ({ at }) => list(chosen[at]!),
      }),
    ),
  ];
  const distinct = result.layers
    .filter(({ distinctPerType }) => distinctPerType !== null)
    .map(({ layer, distinctPerType }) => `layer ${layer + 1}: ${formatNumber(distinctPerType)}`);
  return [
    heading(result),
    'Experts that ran for each token, the most probable first; probabilities with --json or --out.',
    table(rows, columns, 'No tokens.'),
    ...(distinct.length === 0 ? [] : [`Distinct experts of a repeated token type: ${distinct.join(', ')}.`]),
  ].join('\n');
}

function saturationText(result: Result<'saturation'>): string {
  const rows = result.steps.map((step, at) => ({ step, at }));
  const columns: Column<(typeof rows)[number]>[] = [
    right('step', ({ step }) => String(step)),
    right('saturation', ({ at }) => formatShare(result.mean.saturation[at])),
    right('fluctuation', ({ at }) => formatShare(result.mean.fluctuation[at])),
    ...result.layers.map(({ layer, saturation }) =>
      right<(typeof rows)[number]>(`layer ${layer + 1}`, ({ at }) => formatShare(saturation[at])),
    ),
  ];
  return [
    heading(result),
    'Saturation: share of the experts that the final step chooses too. Fluctuation: share of other first choices.',
    table(rows, columns, 'No steps.'),
  ].join('\n');
}

function bucketText(result: Result<'buckets'>): string {
  const rows = (['byTarget', 'byInput'] as const).flatMap((by) =>
    result[by].map((row) => ({ ...row, by: by === 'byTarget' ? 'target' : 'input' })),
  );
  return [
    heading(result),
    `Loss ${formatNumber(result.loss, 5)} nats/token. Buckets by counts of ${result.countedTokens} training tokens: ` +
      'frequent 0-80 %, middle 80-95 %, rare 95-100 % and unseen.',
    table(
      rows,
      [
        { title: 'token', text: ({ by }) => by },
        { title: 'bucket', text: ({ bucket }) => bucket },
        right('types', ({ types }) => String(types)),
        right('tokens', ({ tokens }) => String(tokens)),
        right('nats/token', ({ loss }) => formatNumber(loss, 5)),
      ],
      'No tokens.',
    ),
  ].join('\n');
}

function robustnessText(result: Result<'robustness'>): string {
  const rows = [
    { routers: 'none', loss: result.loss, perplexity: result.perplexity, lossIncrease: 0 },
    ...result.disabled,
  ];
  const kept = result.layers.filter((layer) => layer.kept > 0);
  return [
    heading(result),
    'Loss with the most probable expert of every token disabled, in which routers:',
    table(
      rows,
      [
        { title: 'disabled', text: ({ routers }) => routers },
        right('nats/token', ({ loss }) => formatNumber(loss, 5)),
        right('increase', ({ lossIncrease }) => formatNumber(lossIncrease, 4)),
        right('perplexity', ({ perplexity }) => formatNumber(perplexity, 5)),
      ],
      'No routers.',
    ),
    ...kept.map(
      (layer) => `Layer ${layer.layer + 1}: ${formatShare(layer.kept)} of tokens see no other expert.`,
    ),
  ].join('\n');
}

function similarityText(result: Result<'similarity'>): string {
  const rows = result.values.map((values, layer) => ({ layer, values }));
  const columns: Column<(typeof rows)[number]>[] = [
    right('layer', ({ layer }) => String(layer + 1)),
    ...rows.map(({ layer }) =>
      right<(typeof rows)[number]>(String(layer + 1), ({ values }) => formatNumber(values[layer])),
    ),
  ];
  return [heading(result), result.definition, table(rows, columns, 'No layers.')].join('\n');
}

function activeExpertsText(result: Result<'active-experts'>): string {
  const { layers, sources } = result;
  const columns: Column<(typeof sources)[number]>[] = [
    { title: 'text', text: ({ source }) => source },
    right('tokens', ({ tokens }) => String(tokens)),
    right('mean', ({ mean }) => formatNumber(mean)),
    ...layers.map(({ layer, experts }, at) =>
      right<(typeof sources)[number]>(`layer ${layer + 1} (of ${experts})`, ({ active }) =>
        formatNumber(active[at]),
      ),
    ),
  ];
  return [`${runAt(result)}: experts that ran, mean over tokens.`, table(sources, columns, '')].join('\n');
}

function softmaxTimeText(result: Result<'softmax-time'>): string {
  const row = (name: string, { milliseconds, share }: Result<'softmax-time'>['softmax']) =>
    [name, `${formatShare(share)}  ${formatNumber(milliseconds)} ms`] as const;
  return [
    `${runAt(result)}: ${result.batch} x ${result.context} tokens on ` +
      `${result.device}, ${formatCount(result.threads, 'thread')}, median of ${formatCount(result.repeats, 'run')}.`,
    pairs([
      row('softmax', result.softmax),
      row('  of it attention', result.attentionSoftmax),
      row('matrix products', result.matrixProducts),
      row('other', result.other),
    ]),
    result.method,
  ].join('\n');
}

/** Powers of two show where the curve bends; all positions are in the JSON and the CSV. */
function positionText(result: Result<'positions'>): string {
  const last = result.byPosition.length - 1;
  const shown = [0, ...Array.from({ length: 24 }, (_, power) => 2 ** power)].filter(
    (position) => position < last,
  );
  const rows = [...shown, last].map((position) => ({
    position,
    loss: result.byPosition[position]!,
    windows: result.windows[position]!,
  }));
  return [
    heading(result),
    `Loss ${formatNumber(result.loss, 5)} nats/token; by position of the window of ${result.context}:`,
    table(
      rows,
      [
        right('position', ({ position }) => String(position)),
        right('nats/token', ({ loss }) => formatNumber(loss, 5)),
        right('windows', ({ windows }) => String(windows)),
      ],
      'No positions.',
    ),
  ].join('\n');
}
