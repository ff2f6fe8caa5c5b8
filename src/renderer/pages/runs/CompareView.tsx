/** Several runs: their losses on one chart, and only what they differ in. */
import Typography from '@mui/material/Typography';
import { useEffect, useMemo } from 'react';
import { formatInteger, formatNumber, formatSI } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { ActionButton } from '../../actions/ActionButton.tsx';
import { LossChart } from '../../charts/LossChart.tsx';
import { reconstructionText } from '../../components/MethodBadge.tsx';
import { differences } from '../../logic/flatten.ts';
import { curveKey } from '../../state/runData.ts';
import { useView } from '../../state/view.ts';
import { loadCurve, loadDetail, useWorkspace } from '../../state/workspace.ts';
import { ChartCard, LossControls } from './ChartsTab.tsx';

export function CompareView({ runs }: { runs: readonly RunSummary[] }) {
  const axis = useView((view) => view.axis);
  const curves = useWorkspace((workspace) => workspace.curves);
  const details = useWorkspace((workspace) => workspace.details);
  const ids = runs.map((run) => run.run).join(' ');
  useEffect(() => {
    const now = useWorkspace.getState();
    for (const run of ids.split(' ')) {
      if (now.details[run] === undefined) void loadDetail(run);
      for (const metric of ['train/loss', 'validation/loss']) {
        if (now.curves[curveKey(run, metric, axis)] === undefined) void loadCurve(run, metric, axis);
      }
    }
  }, [ids, axis]);
  const series = useMemo(
    () =>
      runs.map((run) => ({
        run,
        train: curves[curveKey(run.run, 'train/loss', axis)]?.value,
        validation: curves[curveKey(run.run, 'validation/loss', axis)]?.value,
      })),
    [runs, curves, axis],
  );
  const rows = useMemo(
    () =>
      differences(
        runs.map((run) => {
          const detail = details[run.run]?.value;
          return detail === undefined
            ? {}
            : { architecture: detail.architecture, training: detail.configuration };
        }),
      ),
    [runs, details],
  );
  const reconstruction = reconstructionText(runs.flatMap((run) => run.methods));
  return (
    <div className="run-body">
      <div className="run-title">
        <Typography variant="h1" component="h2">
          {runs.length} runs
        </Typography>
        <span className="grow" />
        <ActionButton name="runs.figure" label="Export figure" />
      </div>
      {reconstruction !== null && (
        <p className="run-banner" role="note">
          {reconstruction}
        </p>
      )}
      <div className="charts">
        <ChartCard title="Loss" live={false} wide controls={<LossControls />}>
          <LossChart series={series} height={340} />
        </ChartCard>
        <section className="card chart-card chart-wide compare-card" aria-label="Differences">
          <Typography variant="h3">What they differ in</Typography>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
          <div className="compare-scroll" tabIndex={0}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Field</th>
                  {runs.map((run) => (
                    <th key={run.run} scope="col">
                      <span className="run-name" data-kind={run.methods[0]}>
                        <i aria-hidden="true" />
                        {run.name}
                      </span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                <Row
                  label="validation loss"
                  values={runs.map((run) => formatNumber(run.validationLoss, 4))}
                />
                <Row label="loss" values={runs.map((run) => formatNumber(run.loss, 4))} />
                <Row label="parameters" values={runs.map((run) => formatInteger(run.parameters))} />
                <Row label="tokens/s" values={runs.map((run) => formatSI(run.tokensPerSecond))} />
                {rows.map((row) => (
                  <Row key={row.path} label={row.path} values={row.values.map((value) => value ?? '–')} />
                ))}
              </tbody>
            </table>
          </div>
        </section>
      </div>
    </div>
  );
}

function Row({ label, values }: { label: string; values: readonly string[] }) {
  return (
    <tr>
      <th scope="row">{label}</th>
      {values.map((value, index) => (
        // Columns have no identity but their place.
        <td key={`column ${index}`} className="number">
          {value}
        </td>
      ))}
    </tr>
  );
}
