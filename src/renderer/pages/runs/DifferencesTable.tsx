/** What several runs differ in: results, counts, fields; nothing that is the same in all. */
import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { useMemo } from 'react';
import { formatInteger, formatNumber, formatSI, unknownValue } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { Failure } from '../../components/Failure.tsx';
import {
  type CompareRow,
  changeText,
  compareCsv,
  countRows,
  deviating,
  fieldRows,
  isMixed,
} from '../../logic/compareRows.ts';
import type { GroupMember } from '../../logic/runGroups.ts';
import { loadDetail, useWorkspace } from '../../state/workspace.ts';
import { copyText } from './copyText.ts';

export function DifferencesTable({
  runs,
  members,
}: {
  runs: readonly RunSummary[];
  members: readonly GroupMember[];
}) {
  const failed = useWorkspace((workspace) =>
    members.map(({ run }) => workspace.details[run]).find((entry) => entry?.status === 'error'),
  );
  const documents = useMemo(
    () => ({
      counts: countRows(members.map((member) => member.documents?.architecture ?? null)),
      fields: fieldRows(
        members.map(({ documents: own }) =>
          own === null ? {} : { architecture: own.architecture, training: own.configuration },
        ),
      ),
    }),
    [members],
  );
  const results = resultRows(runs);
  const rows = [...results, ...documents.counts, ...documents.fields];
  if (failed?.status === 'error') {
    const retry = () => {
      for (const { run, documents: own } of members) if (own === null) void loadDetail(run);
    };
    return <Failure error={failed.error} what="The documents of a run could not be read." retry={retry} />;
  }
  if (members.some((member) => member.documents === null)) return <Skeleton variant="rounded" height={260} />;
  return (
    <section className="card compare-card" aria-label="Differences">
      <div className="chart-head">
        <h3>What they differ in</h3>
        <span className="muted">marked: unlike most of the others; counts against the first run</span>
        <span className="grow" />
        <Button
          size="small"
          startIcon={<ContentCopyOutlined />}
          onClick={() => void copyText(compareCsv(runs, rows), 'Differences')}
        >
          Copy as CSV
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <div className="compare-scroll" tabIndex={0}>
        <table className="table compare-table">
          <thead>
            <tr>
              <th scope="col">Field</th>
              {runs.map((run) => (
                <th key={run.run} scope="col" data-run={run.run}>
                  <span className="run-name" data-kind={run.methods[0]}>
                    <i aria-hidden="true" />
                    {run.name}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <Rows title="Results" rows={results} />
          <Rows title="Counts" rows={documents.counts} />
          <Rows title="Fields" rows={documents.fields} />
        </table>
        {rows.length === 0 && <p className="muted">They differ in nothing.</p>}
      </div>
    </section>
  );
}

function Rows({ title, rows }: { title: string; rows: readonly CompareRow[] }) {
  if (rows.length === 0) return null;
  return (
    <tbody>
      <tr className="compare-group">
        <th scope="rowgroup" colSpan={1 + rows[0]!.values.length}>
          {title}
        </th>
      </tr>
      {rows.map((row) => {
        // Results differ in every digit: to mark them all would mark nothing.
        const marks = row.group === 'result' ? [] : deviating(row.values);
        return (
          <tr key={row.label}>
            <th scope="row">{row.label}</th>
            {row.values.map((value, index) => (
              // Columns have no identity but their place.
              <td
                key={`column ${index}`}
                className={marks[index] === true ? 'number differs' : 'number'}
                title={value === undefined ? 'This run does not have it.' : String(value)}
              >
                {written(row, value)}
                {row.group === 'count' && index > 0 && (
                  <span className="compare-change">{changeText(row.values[0], value)}</span>
                )}
              </td>
            ))}
          </tr>
        );
      })}
    </tbody>
  );
}

function written(row: CompareRow, value: string | number | undefined): string {
  if (value === undefined) return unknownValue;
  if (typeof value === 'string') return value;
  if (row.group === 'count') return formatSI(value);
  return row.label === 'step'
    ? formatInteger(value)
    : row.label === 'tokens/s'
      ? formatSI(value)
      : formatNumber(value, 4);
}

function resultRows(runs: readonly RunSummary[]): CompareRow[] {
  const rows: [string, (run: RunSummary) => number | string | null][] = [
    ['state', (run) => run.state],
    ['step', (run) => run.step],
    ['validation loss', (run) => run.validationLoss],
    ['loss', (run) => run.loss],
    ['tokens/s', (run) => run.tokensPerSecond],
    ['device', (run) => run.device],
  ];
  return rows
    .map(
      ([label, pick]): CompareRow => ({
        label,
        group: 'result',
        values: runs.map((run) => pick(run) ?? undefined),
      }),
    )
    .filter((row) => isMixed(row.values));
}
