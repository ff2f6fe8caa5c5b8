/** One study: its candidates as they are ranked, what was decided, what it cost, and how good the choice was. */
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import StopOutlined from '@mui/icons-material/StopOutlined';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useMemo } from 'react';
import { formatInteger, formatNumber, formatShare, formatSI } from '../../../shared/format.ts';
import type { StudyCandidate, StudyRow } from '../../../shared/rpc/contract.ts';
import { describeValues } from '../../../shared/run/sweep.ts';
import { useScheme } from '../../charts/look.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { progressColours } from '../../logic/lawsLooks.ts';
import type { Shares } from '../../logic/simplex.ts';
import { decisionOf, orderedCandidates, sharesOf } from '../../logic/studyRows.ts';
import { setLaws } from '../../state/laws.ts';
import { sayError } from '../../state/messages.ts';
import { continueStudy, stopStudy } from '../../state/studies.ts';
import { setView } from '../../state/view.ts';
import { surfaces } from '../../theme.ts';
import { type Curve, Curves } from './Curves.tsx';
import { LawCard } from './LawCard.tsx';
import { Simplex } from './Simplex.tsx';

/** A figure names at most so many runs; the study is drawn whole. */
const mostNamed = 50;

export function StudyView({ row }: { row: StudyRow }) {
  const ordered = useMemo(() => orderedCandidates(row), [row]);
  const predicted = ordered.filter(({ ranked }) => ranked?.predicted != null);
  const source =
    predicted.length === 0
      ? null
      : {
          kind: 'law-candidates' as const,
          runs: row.candidates.slice(0, mostNamed).map(({ run }) => run),
          options: { study: row.study },
        };
  return (
    <>
      <StudyHead row={row} />
      <div className="laws-two">
        <LawCard
          title="Candidates"
          note={`ranked by predicted loss at step ${formatInteger(row.steps)}`}
          className="law-scroll-x"
          source={source}
          table={() => ({
            columns: ['candidate', 'step', 'predicted', 'low 95 %', 'high 95 %', 'chance', 'final'],
            rows: ordered.map(({ values, step, ranked, final }) => [
              describeValues(values),
              step,
              ranked?.predicted?.loss ?? '',
              ranked?.predicted?.low95 ?? '',
              ranked?.predicted?.high95 ?? '',
              ranked?.chance ?? '',
              final ?? '',
            ]),
          })}
        >
          <CandidateTable row={row} ordered={ordered} />
        </LawCard>
        <div className="law-fits">
          {predicted.length > 0 && <PredictedCard ordered={predicted} source={source} />}
          <MixtureCard row={row} ordered={ordered} />
          <ReportCard row={row} />
        </div>
      </div>
    </>
  );
}

function StudyHead({ row }: { row: StudyRow }) {
  const act = (work: Promise<void>) => void work.catch(sayError);
  return (
    <div className="study-bar">
      <StateMark
        state={row.state === 'running' ? 'running' : row.state === 'done' ? 'finished' : 'stopped'}
      />
      <span className="small muted">
        prefix step <span className="number">{formatInteger(row.plan.prefix)}</span> of{' '}
        <span className="number">{formatInteger(row.steps)}</span>, policy:{' '}
        {policyWords[row.plan.policy.kind]}, target: {row.plan.target.map(({ set }) => set).join(', ')}
      </span>
      {row.reason !== null && <span className="small">{row.reason}</span>}
      <span className="grow" />
      {row.state === 'running' ? (
        <Button
          variant="outlined"
          startIcon={<StopOutlined fontSize="small" />}
          onClick={() => act(stopStudy(row.study))}
        >
          Stop study
        </Button>
      ) : (
        row.candidates.some(({ due, step }) => due !== null && step < due) && (
          <Button
            variant="outlined"
            startIcon={<PlayArrowOutlined fontSize="small" />}
            onClick={() => act(continueStudy(row.study))}
          >
            Continue study
          </Button>
        )
      )}
    </div>
  );
}

const policyWords = {
  report: 'only rank',
  best: 'continue the best',
  halving: 'successive halving',
  all: 'continue all',
} as const;

function CandidateTable({ row, ordered }: { row: StudyRow; ordered: readonly StudyCandidate[] }) {
  return (
    <table className="table law-table">
      <thead>
        <tr>
          <th scope="col">candidate</th>
          <th scope="col" className="right">
            step
          </th>
          <th scope="col" className="right">
            predicted
          </th>
          <th scope="col" className="right">
            95 % interval
          </th>
          <th scope="col" className="right">
            best
          </th>
          <th scope="col" className="right">
            final
          </th>
          <th scope="col">decision</th>
        </tr>
      </thead>
      <tbody>
        {ordered.map((candidate) => {
          const { run, values, step, ranked, final, state } = candidate;
          const guess = ranked?.predicted;
          const decision = decisionOf(row, candidate);
          return (
            <tr key={run} className={decision === 'kept' ? 'law-own' : undefined}>
              <th scope="row">
                <button
                  type="button"
                  className="text-button"
                  onClick={() => {
                    setLaws({ tab: 'prediction' });
                    setView({ lawsRun: run });
                  }}
                  title="Open its prediction"
                >
                  {describeValues(values)}
                </button>
              </th>
              <td className="right number">{formatInteger(step)}</td>
              <td className="right number" title={ranked?.trust.sentence}>
                {formatNumber(guess?.loss)}
              </td>
              <td className="right number">
                {guess?.low95 === undefined || guess.high95 === undefined
                  ? '–'
                  : `${formatNumber(guess.low95)}–${formatNumber(guess.high95)}`}
              </td>
              <td className="right number">{formatShare(ranked?.chance)}</td>
              <td className="right number">{formatNumber(final)}</td>
              <td>
                {state === null ? (
                  <span className="muted">in the trash</span>
                ) : decision === 'stopped' && row.state !== 'running' ? (
                  <button
                    type="button"
                    className="text-button"
                    onClick={() => void continueStudy(row.study, [run]).catch(sayError)}
                  >
                    stopped: train to the end
                  </button>
                ) : (
                  decision
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function PredictedCard({
  ordered,
  source,
}: {
  ordered: readonly StudyCandidate[];
  source: Parameters<typeof LawCard>[0]['source'];
}) {
  const scheme = useScheme();
  const curves = useMemo((): Curve[] => {
    const { accent, mute } = surfaces[scheme];
    const rows = ordered.map(({ values, ranked, final }, at) => ({
      x: at + 1,
      text: describeValues(values),
      guess: ranked!.predicted!,
      final,
    }));
    const ends = rows.filter(({ final }) => final !== null);
    return [
      {
        name: 'predicted',
        x: rows.map(({ x }) => x),
        y: rows.map(({ guess }) => guess.loss),
        text: rows.map(({ text }) => text),
        colour: accent,
        kind: 'dots',
        error: {
          up: rows.map(({ guess }) => (guess.high95 ?? guess.loss) - guess.loss),
          down: rows.map(({ guess }) => guess.loss - (guess.low95 ?? guess.loss)),
        },
      },
      {
        name: 'measured at the end',
        x: ends.map(({ x }) => x),
        y: ends.map(({ final }) => final),
        text: ends.map(({ text }) => text),
        colour: mute,
        kind: 'hollow',
      },
    ];
  }, [ordered, scheme]);
  return (
    <LawCard title="Predicted final loss" note="95 % intervals; hollow: measured" source={source ?? null}>
      <Curves
        curves={curves}
        xTitle="candidate, best first"
        yTitle="final loss (nats/token)"
        height={220}
        label={`Predicted final loss of ${ordered.length} candidates, best first.`}
      />
    </LawCard>
  );
}

function MixtureCard({ row, ordered }: { row: StudyRow; ordered: readonly StudyCandidate[] }) {
  const scheme = useScheme();
  const names = row.plan.mixtures?.data ?? [];
  if (names.length !== 3) return null;
  // Best first: the accent for the best, paler towards the worst.
  const colours = progressColours(ordered.length, scheme).reverse();
  const points = ordered.map(({ values, ranked, final }, at) => {
    const loss = final ?? ranked?.predicted?.loss ?? null;
    return {
      shares: sharesOf(values, names) as unknown as Shares,
      text: `${describeValues(values)}: ${loss === null ? 'not predicted yet' : `${formatNumber(loss)} nats/token`}`,
      colour: colours[at]!,
      ringed: at === 0 && loss !== null,
    };
  });
  return (
    <section className="card law-card" aria-label="Mixtures">
      <div className="view-head">
        <h2>Mixtures</h2>
        <span className="small muted">dark: lower predicted loss; ringed: the best</span>
      </div>
      <Simplex names={names} points={points} label={`Mixtures of ${names.join(', ')}.`} />
    </section>
  );
}

function ReportCard({ row }: { row: StudyRow }) {
  const { report } = row;
  return (
    <section className="card law-card" aria-label="Report">
      <div className="view-head">
        <h2>Report</h2>
      </div>
      {report === null ? (
        <p className="muted small">The candidates have not been ranked yet.</p>
      ) : (
        <>
          <Alert severity="info" variant="outlined">
            <ul className="study-sentences">
              {report.sentences.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </Alert>
          <dl className="law-parameters">
            <div>
              <dt>compute spent</dt>
              <dd className="number">{formatSI(report.compute.spent, 'FLOP')}</dd>
            </div>
            <div>
              <dt>of full training</dt>
              <dd className="number">{formatShare(report.compute.spent / report.compute.full)}</dd>
            </div>
            <div>
              <dt>regret</dt>
              <dd
                className="number"
                title="Final loss of the chosen less that of the best; known once all have ended."
              >
                {formatNumber(report.chosen?.regret)}
              </dd>
            </div>
            <div>
              <dt>rank correlation</dt>
              <dd className="number">{formatNumber(report.chosen?.rankCorrelation)}</dd>
            </div>
          </dl>
        </>
      )}
    </section>
  );
}
