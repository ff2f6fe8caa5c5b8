/** Whether predictions held: hindcasts of every finished run, and how often intervals kept what they promise. */
import ShowChartOutlined from '@mui/icons-material/ShowChartOutlined';
import Alert from '@mui/material/Alert';
import LinearProgress from '@mui/material/LinearProgress';
import Skeleton from '@mui/material/Skeleton';
import { useMemo } from 'react';
import { methodLabels } from '../../../shared/figures/builders/laws.ts';
import { formatCount, formatInteger, formatShare } from '../../../shared/format.ts';
import { type HindcastSummary, summariseHindcasts } from '../../../shared/laws/hindcastSummary.ts';
import type { LawsQuality, RunSummary } from '../../../shared/rpc/contract.ts';
import { useScheme } from '../../charts/look.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { methodLook } from '../../logic/lawsLooks.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { surfaces } from '../../theme.ts';
import { type Curve, Curves } from './Curves.tsx';
import { LawCard } from './LawCard.tsx';
import { SetChoice, useMeasuredSet } from './SetChoice.tsx';
import { useAsked } from './useAsked.ts';

const noRuns: readonly RunSummary[] = [];
const percent = (share: number | null) => (share === null ? null : 100 * share);
/** A figure names at most so many runs. */
const mostNamed = 50;

export function useFinished(): readonly RunSummary[] {
  const runs = useWorkspace((workspace) => workspace.runs.value ?? noRuns);
  return useMemo(() => runs.filter(({ state }) => state === 'finished'), [runs]);
}

export function QualityTab() {
  const finished = useFinished();
  const set = useMeasuredSet();
  const stamp = finished.map(({ run, endedAt }) => `${run} ${endedAt}`).join(' ');
  const { answer, retry } = useAsked('laws.quality', { set }, stamp);
  const { value } = answer;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled area must be reachable by keyboard
    <section className="laws-scroll" aria-label="Prediction quality" tabIndex={0}>
      <div className="study-bar">
        <SetChoice />
        {value !== undefined && (
          <span className="small muted">
            hindcasts of {formatCount(value.runs.length, 'finished run')}, each from its first 5, 10, 20 and
            40 %{value.without.length > 0 && `; ${formatInteger(value.without.length)} left out`}
          </span>
        )}
        {answer.status === 'loading' && value !== undefined && (
          <LinearProgress className="chip-bar" aria-label="Hindcasting again" />
        )}
      </div>
      {answer.status === 'error' && (
        <Failure error={answer.error} what="The hindcasts failed." retry={retry} />
      )}
      {value === undefined && answer.status === 'loading' && (
        <>
          <p className="muted small">The host is hindcasting the finished runs.</p>
          <Skeleton variant="rounded" height={340} />
        </>
      )}
      {value !== undefined &&
        (value.runs.length === 0 ? (
          <Empty
            icon={<ShowChartOutlined />}
            text={`No finished run was measured on ${set} yet: once one is, its beginning is used to predict its end, and the errors show here.`}
          />
        ) : (
          <Quality quality={value} />
        ))}
    </section>
  );
}

function Quality({ quality }: { quality: LawsQuality }) {
  const { calibration, runs, without, set } = quality;
  const summary = useMemo(() => summariseHindcasts(runs.flatMap(({ rows }) => [...rows])), [runs]);
  const source = {
    kind: 'law-calibration' as const,
    runs: runs.slice(0, mostNamed).map(({ run }) => run),
    options: { set },
  };
  return (
    <>
      <Alert
        severity={calibration.trustworthy.level === 'good' ? 'info' : 'warning'}
        variant="outlined"
        data-testid="calibration"
      >
        {calibration.trustworthy.sentence} Rests on {formatCount(calibration.runs, 'run')} and{' '}
        {formatCount(calibration.points, 'later checkpoint')}.
      </Alert>
      <div className="laws-two">
        <CalibrationCard calibration={calibration} source={source} />
        <ErrorCard summary={summary} source={source} />
      </div>
      <SummaryTable summary={summary} />
      <RunsTable runs={runs} />
      {without.length > 0 && (
        <details className="small muted">
          <summary>Runs left out</summary>
          <ul className="study-sentences">
            {without.map(({ run, name, reason }) => (
              <li key={run}>
                {name}: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

type Source = Parameters<typeof LawCard>[0]['source'];

function CalibrationCard({
  calibration,
  source,
}: {
  calibration: LawsQuality['calibration'];
  source: Source;
}) {
  const scheme = useScheme();
  const { levels, runs } = calibration;
  const curves = useMemo((): Curve[] => {
    const { accent, mute } = surfaces[scheme];
    return [
      { name: 'as promised', x: [0, 1], y: [0, 1], colour: mute, kind: 'line', dash: 'dash', width: 1 },
      {
        name: 'observed',
        x: levels.map(({ nominal }) => nominal),
        y: levels.map(({ observed }) => observed),
        colour: accent,
        kind: 'lineDots',
      },
    ];
  }, [levels, scheme]);
  return (
    <LawCard
      title="Calibration"
      note={`intervals of the temporal law over ${formatCount(runs, 'run')}`}
      source={source ?? null}
      table={() => ({
        columns: ['promised', 'observed'],
        rows: levels.map(({ nominal, observed }) => [nominal, observed]),
      })}
    >
      <Curves
        curves={curves}
        xTitle="promised share"
        yTitle="share within the interval"
        xRange={unit}
        yRange={unit}
        height={260}
        label={`Calibration over ${runs} runs: ${levels.map(({ nominal, observed }) => `${formatShare(nominal)} promised, ${formatShare(observed)} within`).join('; ')}.`}
      />
    </LawCard>
  );
}

const unit = [-0.02, 1.03] as const;

function ErrorCard({ summary, source }: { summary: readonly HindcastSummary[]; source: Source }) {
  const scheme = useScheme();
  const curves = useMemo(
    () =>
      [...new Set(summary.map(({ method }) => method))].map((method): Curve => {
        const rows = summary.filter((row) => row.method === method && row.medianError !== null);
        const look = methodLook(method, scheme);
        return {
          name: methodLabels[method],
          x: rows.map(({ fraction }) => 100 * fraction),
          y: rows.map(({ medianError }) => percent(medianError)),
          colour: look.colour,
          dash: look.dash,
          width: look.width,
          kind: 'lineDots',
        };
      }),
    [summary, scheme],
  );
  return (
    <LawCard
      title="Error of the final loss"
      note="median over runs, without sign"
      source={source ?? null}
      table={() => ({
        columns: ['method', 'share read', 'median error', 'median MAPE', 'coverage of 95 %', 'runs'],
        rows: summary.map((row) => [
          methodLabels[row.method],
          row.fraction,
          row.medianError ?? '',
          row.medianMape ?? '',
          row.coverage95 ?? '',
          row.runs,
        ]),
      })}
    >
      <Curves
        curves={curves}
        xTitle="share of the run that was read (%)"
        yTitle="error (%)"
        legend
        height={260}
        label="Median error of the predicted final loss by share of the run that was read, a line for each method."
      />
    </LawCard>
  );
}

function SummaryTable({ summary }: { summary: readonly HindcastSummary[] }) {
  const methods = [...new Set(summary.map(({ method }) => method))];
  const fractions = [...new Set(summary.map(({ fraction }) => fraction))];
  const at = (method: string, fraction: number) =>
    summary.find((row) => row.method === method && row.fraction === fraction);
  return (
    <section className="card law-card law-scroll-x" aria-label="Errors by method and prefix">
      <div className="view-head">
        <h2>Errors by method and prefix</h2>
        <span className="small muted">
          median error of the final loss · coverage of the 95 % interval · runs with a prediction
        </span>
      </div>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">method</th>
            {fractions.map((fraction) => (
              <th scope="col" className="right" key={fraction}>
                first {Math.round(100 * fraction)} %
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {methods.map((method) => (
            <tr key={method}>
              <th scope="row">{methodLabels[method]}</th>
              {fractions.map((fraction) => {
                const row = at(method, fraction);
                return (
                  <td key={fraction} className="right number">
                    {formatShare(row?.medianError)}
                    {row?.coverage95 == null ? '' : ` · ${formatShare(row.coverage95)}`}
                    <span className="muted">
                      {' '}
                      · {row?.runs ?? 0}/{row?.of ?? 0}
                    </span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function RunsTable({ runs }: { runs: LawsQuality['runs'] }) {
  return (
    <section className="card law-card law-scroll-x" aria-label="Hindcasts by run">
      <div className="view-head">
        <h2>Hindcasts by run</h2>
        <span className="small muted">temporal law: error of the final loss</span>
      </div>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">run</th>
            {runs[0]?.rows
              .filter(({ method }) => method === 'temporal')
              .map(({ fraction }) => (
                <th scope="col" className="right" key={fraction}>
                  first {Math.round(100 * fraction)} %
                </th>
              ))}
          </tr>
        </thead>
        <tbody>
          {runs.map(({ run, name, rows }) => (
            <tr key={run}>
              <th scope="row">{name}</th>
              {rows
                .filter(({ method }) => method === 'temporal')
                .map(({ fraction, quality, reason }) => (
                  <td key={fraction} className="right number" title={reason ?? undefined}>
                    {quality === null ? '–' : formatShare(Math.abs(quality.finalRelativeError))}
                  </td>
                ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
