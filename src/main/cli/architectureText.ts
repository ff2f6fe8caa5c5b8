/** Presets and counts of architectures as tables for people. */
import type { Counts } from '../../shared/architecture/counts.ts';
import { countArchitecture } from '../../shared/architecture/counts.ts';
import {
  type MatchedCounts,
  type Preset,
  type PresetGroup,
  type Published,
  sizes,
} from '../../shared/architecture/presets.ts';
import { formatBytes, formatInteger, formatSI } from '../../shared/format.ts';
import { pairs, table } from './table.ts';

/** A preset as `arch presets --json` gives it. */
export function presetRow({
  name,
  method,
  label,
  group,
  kind,
  size,
  device,
  match,
  published,
  architecture,
}: Preset) {
  const { parameters } = countArchitecture(
    architecture,
    published?.activeExperts ? { activeExperts: published.activeExperts } : {},
  );
  const { vocabulary, width, context } = architecture;
  return {
    name,
    method,
    label,
    group,
    kind,
    size,
    device,
    match,
    published,
    parameters: parameters.total,
    activeParameters: parameters.active,
    vocabulary,
    width,
    context,
  };
}
export type PresetRow = ReturnType<typeof presetRow>;

const groupTitles: Readonly<Record<PresetGroup, string>> = {
  ffn: 'FFN',
  control: 'control',
  attention: 'attention',
  position: 'position',
  sharing: 'sharing',
  benchmark: 'benchmark',
  paper: 'paper',
};

/** All presets: the sizes, then a line for each method with its parameters at every size, then those that stand alone. */
export function describePresets(rows: readonly PresetRow[]): string {
  const inGrid = rows.filter(({ size }) => sizes.some(({ name }) => name === size));
  const rest = rows.filter((row) => !inGrid.includes(row));
  const methods = [...new Set(inGrid.map(({ method }) => method))];
  const cell = (method: string, size: string) =>
    inGrid.find((row) => row.method === method && row.size === size)!;
  const grid = table(
    methods,
    [
      { title: 'method', text: (method) => method },
      { title: 'varies', text: (method) => groupTitles[cell(method, sizes[0]!.name).group] },
      { title: 'as dense in', text: (method) => matchWord(cell(method, sizes[0]!.name)) },
      ...sizes.map(({ name }) => ({
        title: name,
        text: (method: string) => formatSI(cell(method, name).parameters),
        align: 'right' as const,
      })),
    ],
    '',
  );
  const sizeTable = table(
    sizes,
    [
      { title: 'size', text: (size) => size.name },
      { title: 'for', text: (size) => size.device },
      { title: 'vocabulary', text: (size) => formatInteger(size.vocabulary), align: 'right' },
      { title: 'context', text: (size) => formatInteger(size.context), align: 'right' },
      { title: 'width', text: (size) => formatInteger(size.width), align: 'right' },
      { title: 'layers', text: (size) => String(size.layers), align: 'right' },
      { title: 'heads', text: (size) => headsText(size), align: 'right' },
      { title: 'FFN width', text: (size) => formatInteger(size.ffnWidth), align: 'right' },
    ],
    '',
  );
  return [
    'Presets are named METHOD-SIZE, for example smoe-share-2m. Each has as many parameters, or as many active ones',
    'for a token, as dense-SIZE; "arch presets --size SIZE" gives the counts.',
    '',
    sizeTable,
    '',
    'Parameters in total:',
    grid,
    '',
    describeSize(rest),
  ].join('\n');
}

function headsText({ heads, kvHeads }: { heads: number; kvHeads: number }): string {
  return heads === kvHeads ? String(heads) : `${heads}/${kvHeads}`;
}

function matchWord({ match }: Pick<PresetRow, 'match'>): string {
  if (match === null) return '';
  return match.by === 'parameters' ? 'total' : 'active';
}

/** Presets one a line, with their counts. */
export function describeSize(rows: readonly PresetRow[]): string {
  const matched = rows.some(({ match }) => match !== null);
  const printed = rows.some(({ published }) => published !== null);
  return table(
    rows,
    [
      { title: 'preset', text: (row) => row.name },
      { title: 'varies', text: (row) => groupTitles[row.group] },
      { title: 'FFN', text: (row) => row.kind },
      { title: 'parameters', text: (row) => formatSI(row.parameters), align: 'right' },
      { title: 'active', text: (row) => formatSI(row.activeParameters), align: 'right' },
      ...(matched
        ? [
            {
              title: 'matched in',
              text: (row: PresetRow) =>
                row.match === null ? '' : `${matchWord(row)} with ${row.match.with}`,
            },
          ]
        : []),
      ...(printed ? [{ title: 'published', text: (row: PresetRow) => publishedText(row.published) }] : []),
    ],
    '',
  );
}

function publishedText(published: Published | null): string {
  if (published === null) return '';
  const { parameters, activeParameters } = published;
  return parameters === activeParameters
    ? formatSI(parameters)
    : `${formatSI(parameters)}, ${formatSI(activeParameters)} active`;
}

export interface CountAssumed {
  readonly context: number;
  /** Experts that a token runs where that varies; null: the expectation at the start of training. */
  readonly activeExperts: number | null;
}

export function describeCounts(
  counts: Counts,
  assumed: CountAssumed,
  match: MatchedCounts | null,
  published: Published | null,
): string {
  const { parameters, flopsPerToken, kvCacheBytesPerToken } = counts;
  const summary = pairs([
    ['parameters', formatInteger(parameters.total)],
    ['active', formatInteger(parameters.active)],
    ...matchLines(match),
    ...publishedLines(counts, published),
    ...(assumed.activeExperts === null
      ? []
      : [['active experts', `${assumed.activeExperts} a layer where their number varies`] as const]),
    ['embedding', formatInteger(parameters.embedding)],
    ['head', parameters.head === 0 ? 'tied' : formatInteger(parameters.head)],
    ['norm gains', formatInteger(parameters.norms)],
    ['routers', formatInteger(parameters.routers)],
    [
      'forward',
      `${formatSI(flopsPerToken.forward, 'FLOP')}/token at context ${formatInteger(assumed.context)}`,
    ],
    ['forward, active', `${formatSI(flopsPerToken.activeForward, 'FLOP')}/token`],
    ['training', `${formatSI(flopsPerToken.training, 'FLOP')}/token`],
    ['KV cache', `${formatBytes(kvCacheBytesPerToken)}/token`],
  ]);
  const blocks = table(
    parameters.byBlock,
    [
      { title: 'block', text: (row) => String(row.block) },
      { title: 'layers', text: (row) => String(row.repeat), align: 'right' },
      { title: 'FFN', text: (row) => row.kind },
      { title: 'parameters', text: (row) => formatInteger(row.parameters), align: 'right' },
      { title: 'active', text: (row) => formatInteger(row.active), align: 'right' },
      { title: 'attention', text: (row) => formatInteger(row.attention), align: 'right' },
      { title: 'in FFN', text: (row) => formatInteger(row.ffn), align: 'right' },
    ],
    '',
  );
  return `${summary}\n\n${blocks}`;
}

type Line = readonly [name: string, value: string];

function matchLines(match: MatchedCounts | null): Line[] {
  if (match === null) return [];
  const what = match.by === 'parameters' ? 'parameters' : 'active parameters';
  const difference = 100 * (match.own / match.reference - 1);
  const sign = difference < 0 ? '−' : '+';
  const share = difference === 0 ? 'equal' : `${sign}${Math.abs(difference).toFixed(2)} %`;
  return [
    [
      'match',
      `${what} of ${match.with}: ${formatInteger(match.own)} against ${formatInteger(match.reference)} (${share})`,
    ],
  ];
}

/** The printed sizes, and ours to as many digits: the papers' figures leave norm gains and routers out. */
function publishedLines({ parameters }: Counts, published: Published | null): Line[] {
  if (published === null) return [];
  const { total, active } = parameters;
  const aside = parameters.norms + parameters.routers;
  return [
    ['published', `${publishedText(published)} (${published.source})`],
    [
      'counted so',
      `${publishedText({ ...published, parameters: total - aside, activeParameters: active - aside })}, norm gains and routers aside`,
    ],
    ...(published.deviation === null ? [] : [['', published.deviation] as const]),
  ];
}
