/** The tables of docs/laws.md as Markdown. */
import { methodTitles } from '../../src/main/cli/commands/fit.ts';
import { formatSI } from '../../src/shared/format.ts';
import type { HindcastRow } from '../../src/shared/laws/hindcast.ts';
import { summariseHindcasts } from '../../src/shared/laws/hindcastSummary.ts';
import type { StudyRow } from '../../src/shared/rpc/contract.ts';
import { describeValues } from '../../src/shared/run/sweep.ts';

export interface MeasuredRun {
  readonly run: string;
  readonly name: string;
  readonly parameters: number;
  readonly schedule: string;
  readonly tokens: number;
  /** Measured at the end on the own validation text, nats per token. */
  readonly final: number;
  /** Whether choices of the law were made by looking at it. */
  readonly development: boolean;
  /** Hindcasts on the own validation text. */
  readonly own: readonly HindcastRow[];
  /** Hindcasts on text of other domains. */
  readonly out: readonly HindcastRow[];
}

/** Median error of the final loss by method and prefix; coverage of our intervals under it. */
export function methodTable(runs: readonly MeasuredRun[], which: 'own' | 'out' = 'own'): string {
  const rows = runs.flatMap((run) => run[which]);
  if (rows.length === 0) return 'None yet.';
  const summary = summariseHindcasts(rows);
  const fractions = [...new Set(summary.map(({ fraction }) => fraction))];
  const methods = [...new Set(summary.map(({ method }) => method))];
  const cell = (method: string, fraction: number): string => {
    const found = summary.find((row) => row.method === method && row.fraction === fraction);
    if (found === undefined || found.medianError === null) return '';
    const few = found.runs < found.of ? ` (${found.runs} of ${found.of})` : '';
    return `${(100 * found.medianError).toFixed(1)} %${few}`;
  };
  const coverage = (field: 'coverage50' | 'coverage95', fraction: number): string => {
    const known = rows.flatMap(({ method, fraction: own, quality }) =>
      method === 'temporal' && own === fraction && quality?.[field] != null ? [quality[field]] : [],
    );
    return known.length === 0 ? '' : `${((100 * total(known)) / known.length).toFixed(0)} %`;
  };
  return markdown(
    ['median error of the final loss, from the first', ...fractions.map((fraction) => `${100 * fraction} %`)],
    [
      ...methods.map((method) => [
        method === 'temporal' ? '**temporal law (ours)**' : methodTitles[method],
        ...fractions.map((fraction) => cell(method, fraction)),
      ]),
      [
        'later checkpoints in its 50 % interval',
        ...fractions.map((fraction) => coverage('coverage50', fraction)),
      ],
      [
        'later checkpoints in its 95 % interval',
        ...fractions.map((fraction) => coverage('coverage95', fraction)),
      ],
    ],
  );
}

export function runTable(runs: readonly MeasuredRun[]): string {
  const fractions = [...new Set(runs.flatMap(({ own }) => own.map(({ fraction }) => fraction)))];
  const error = (run: MeasuredRun, fraction: number): string => {
    const found = run.own.find((row) => row.method === 'temporal' && row.fraction === fraction);
    if (found?.quality == null) return 'none';
    const { finalRelativeError: off } = found.quality;
    return `${off < 0 ? '' : '+'}${(100 * off).toFixed(1)} %`;
  };
  return markdown(
    [
      'run',
      'parameters',
      'schedule',
      'tokens',
      'final loss',
      ...fractions.map((share) => `${100 * share} %`),
    ],
    runs.map((run) => [
      `${shortName(run.name)}${run.development ? ' (looked at)' : ''}`,
      formatSI(run.parameters),
      run.schedule,
      formatSI(run.tokens),
      run.final.toFixed(4),
      ...fractions.map((fraction) => error(run, fraction)),
    ]),
  );
}

export function studyText({ candidates, decisions, report, plan, steps, state }: StudyRow): string {
  const decision = decisions[0];
  if (decision === undefined || report === null) return `It is ${state} and not ranked yet.`;
  const number = (value: number | null | undefined): string =>
    value == null ? '' : value < 100 ? value.toFixed(3) : 'over 100';
  const rows = decision.ranking.map(({ run, rank, observed, predicted, chance }) => {
    const candidate = candidates.find((found) => found.run === run);
    return [
      String(rank),
      describeValues(candidate?.values ?? {}).replaceAll('data.', ''),
      number(observed),
      number(predicted?.loss),
      predicted?.low95 === undefined ? '' : `${number(predicted.low95)} to ${number(predicted.high95)}`,
      chance === null ? '' : `${(100 * chance).toFixed(0)} %`,
      number(candidate?.final),
    ];
  });
  const target = plan.target.map(({ set }) => set).join(', ');
  return [
    `${candidates.length} mixtures on a lattice, ranked after ${decision.step} of ${steps} steps by the predicted mean loss over ${target}.`,
    ...report.sentences.map((sentence) =>
      sentence.replaceAll(/\by[0-9a-z]{5}\b|\br[0-9a-z]{5}\b/g, (run) => nameOf(run)),
    ),
    '',
    markdown(
      ['rank', 'mixture', 'loss at the prefix', 'predicted', '95 %', 'chance to be best', 'final loss'],
      rows,
    ),
  ].join('\n');

  function nameOf(run: string): string {
    const found = candidates.find((candidate) => candidate.run === run);
    return found === undefined ? run : `The mixture ${describeValues(found.values).replaceAll('data.', '')}`;
  }
}

/** Names of a study's runs hold its own name and the prefixes of fields. */
const shortName = (name: string): string =>
  name.replace(/^mixtures of three domains: /, 'study: ').replaceAll('data.', '');

function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0);
