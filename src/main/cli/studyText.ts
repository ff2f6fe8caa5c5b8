/** Studies as text for people. */
import { formatNumber, formatShare } from '../../shared/format.ts';
import type { StudyRow } from '../../shared/rpc/contract.ts';
import type { RankedCandidate } from '../../shared/run/studyRanking.ts';
import { describeValues } from '../../shared/run/sweep.ts';
import { type Column, table } from './table.ts';

/** A ranking, best first, with what became of each candidate. */
export function rankingText({ candidates }: StudyRow, ranking: readonly RankedCandidate[]): string {
  const byRun = new Map(candidates.map((candidate) => [candidate.run, candidate]));
  const columns: readonly Column<RankedCandidate>[] = [
    { title: '', text: (row) => String(row.rank), align: 'right' },
    { title: 'run', text: (row) => row.run },
    { title: 'tries', text: (row) => describeValues(byRun.get(row.run)?.values ?? {}) },
    { title: 'loss', text: (row) => formatNumber(row.observed, 4), align: 'right' },
    { title: 'predicted', text: (row) => formatNumber(row.predicted?.loss, 4), align: 'right' },
    {
      title: '95 %',
      text: ({ predicted }) =>
        predicted?.low95 === undefined
          ? ''
          : `${formatNumber(predicted.low95, 4)} to ${formatNumber(predicted.high95, 4)}`,
    },
    { title: 'best', text: (row) => (row.chance === null ? '' : formatShare(row.chance)), align: 'right' },
    { title: 'final', text: (row) => formatNumber(byRun.get(row.run)?.final, 4), align: 'right' },
    { title: 'state', text: (row) => byRun.get(row.run)?.state ?? 'deleted' },
  ];
  return table(ranking, columns, 'No candidate was left to rank.');
}
