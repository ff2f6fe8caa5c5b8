/** Final losses across finished runs, and the scaling laws fitted to them; says why where there are too few. */
import Alert from '@mui/material/Alert';
import Skeleton from '@mui/material/Skeleton';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { type ReactNode, useMemo, useState } from 'react';
import { formatCount, formatNumber, formatSI } from '../../../shared/format.ts';
import { chinchillaLoss, computeOptimum, kaplanLoss } from '../../../shared/laws/scaling/index.ts';
import type { FinishedRun, LawsScaling } from '../../../shared/rpc/contract.ts';
import { useScheme } from '../../charts/look.ts';
import { Failure } from '../../components/Failure.tsx';
import { progressColours } from '../../logic/lawsLooks.ts';
import { surfaces } from '../../theme.ts';
import { type Curve, Curves } from './Curves.tsx';
import { LawCard } from './LawCard.tsx';
import { useFinished } from './QualityTab.tsx';
import { SetChoice, useMeasuredSet } from './SetChoice.tsx';
import { useAsked } from './useAsked.ts';

type Counted = 'all' | 'active';

export function ScalingTab() {
  const finished = useFinished();
  const set = useMeasuredSet();
  const [counted, setCounted] = useState<Counted>('all');
  const stamp = finished.map(({ run, endedAt }) => `${run} ${endedAt}`).join(' ');
  const { answer, retry } = useAsked('laws.scaling', { set, parameters: counted }, stamp);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled area must be reachable by keyboard
    <section className="laws-scroll" aria-label="Scaling across runs" tabIndex={0}>
      <div className="study-bar">
        <SetChoice />
        <ToggleButtonGroup
          exclusive
          size="small"
          value={counted}
          aria-label="Parameters counted"
          onChange={(_, value: Counted | null) => value !== null && setCounted(value)}
        >
          <ToggleButton value="all">All parameters</ToggleButton>
          <ToggleButton value="active">Active parameters</ToggleButton>
        </ToggleButtonGroup>
        {answer.value !== undefined && (
          <span className="small muted">
            {formatCount(answer.value.runs.length, 'finished run')} measured at the end
          </span>
        )}
      </div>
      {answer.status === 'error' && (
        <Failure error={answer.error} what="The scaling fits failed." retry={retry} />
      )}
      {answer.value === undefined && answer.status === 'loading' && (
        <Skeleton variant="rounded" height={340} />
      )}
      {answer.value !== undefined && <Scaling scaling={answer.value} counted={counted} />}
    </section>
  );
}

function Scaling({ scaling, counted }: { scaling: LawsScaling; counted: Counted }) {
  const { chinchilla, kaplan, stepLaw } = scaling;
  return (
    <div className="laws-two">
      <RunsCard scaling={scaling} counted={counted} />
      <div className="law-fits">
        <FitCard title="Chinchilla" equation="L(N, D) = E + A / N^α + B / D^β" fitted={chinchilla}>
          {(fit) => (
            <>
              <Values values={{ ...fit.parameters }} r2={fit.r2} runs={fit.runs} />
              <Optimum fit={fit.parameters} used={fit.used} />
            </>
          )}
        </FitCard>
        <FitCard title="Kaplan" equation="L(N, D) = [(Nc / N)^(αN/αD) + Dc / D]^αD" fitted={kaplan}>
          {(fit) => <Values values={{ ...fit.parameters }} r2={fit.r2} runs={fit.runs} />}
        </FitCard>
        <FitCard title="Step Law" equation="rate = c N^α D^β, batch = d D^γ" fitted={stepLaw}>
          {(fit) => (
            <>
              <PowerLine name="learning rate" fit={fit.learningRate} symbols={['α (N)', 'β (D)']} />
              <PowerLine name="batch in tokens" fit={fit.batchTokens} symbols={['γ (D)']} />
              <p className="small muted">{formatCount(fit.optima.length, 'best setting')} found in sweeps.</p>
            </>
          )}
        </FitCard>
      </div>
    </div>
  );
}

function RunsCard({ scaling, counted }: { scaling: LawsScaling; counted: Counted }) {
  const scheme = useScheme();
  const { runs, chinchilla, kaplan } = scaling;
  const size = (run: FinishedRun) => (counted === 'all' ? run.parameters : run.activeParameters);
  const curves = useMemo((): Curve[] => {
    const sizes = [...new Set(runs.map(size))].sort((a, b) => a - b);
    const colours = progressColours(sizes.length, scheme);
    const tokens = runs.map((run) => run.tokens);
    const [from, to] = [Math.min(...tokens), Math.max(...tokens)];
    const grid = Array.from({ length: 40 }, (_, k) => from * 0.8 * ((to * 1.25) / (from * 0.8)) ** (k / 39));
    return sizes.flatMap((own, at): Curve[] => {
      const rows = runs.filter((run) => size(run) === own);
      const name = formatSI(own, 'parameters');
      const line = (what: string, dash: string, loss: (D: number) => number): Curve => ({
        name: `${name}, ${what}`,
        x: grid,
        y: grid.map(loss),
        colour: colours[at]!,
        kind: 'line',
        dash,
      });
      return [
        {
          name,
          x: rows.map((run) => run.tokens),
          y: rows.map((run) => run.loss),
          text: rows.map((run) => run.name),
          colour: colours[at]!,
          kind: 'dots',
        },
        ...('fit' in chinchilla
          ? [line('Chinchilla', 'solid', (D) => chinchillaLoss(chinchilla.fit.parameters, own, D))]
          : []),
        ...('fit' in kaplan ? [line('Kaplan', 'dot', (D) => kaplanLoss(kaplan.fit.parameters, own, D))] : []),
      ];
    });
  }, [runs, chinchilla, kaplan, counted, scheme]);
  return (
    <LawCard
      title="Final loss across runs"
      note="dark: more parameters; lines: fits, where these runs allow them"
      table={() => ({
        columns: ['run', 'parameters', 'tokens', 'learning rate', 'batch tokens', 'loss'],
        rows: runs.map((run) => [
          run.name,
          size(run),
          run.tokens,
          run.learningRate,
          run.batchTokens,
          run.loss,
        ]),
      })}
    >
      {runs.length === 0 ? (
        <p className="muted small">No finished run was measured on {scaling.set} at its last step yet.</p>
      ) : (
        <Curves
          curves={curves}
          xTitle="training tokens D"
          yTitle="final loss (nats/token)"
          logX
          height={360}
          label={`Final loss of ${runs.length} runs against training tokens.`}
        />
      )}
    </LawCard>
  );
}

function FitCard<Fit>({
  title,
  equation,
  fitted,
  children,
}: {
  title: string;
  equation: string;
  fitted: { readonly fit: Fit } | { readonly notPossible: string };
  children: (fit: Fit) => ReactNode;
}) {
  return (
    <section className="card law-card" aria-label={title}>
      <div className="view-head">
        <h2>{title}</h2>
        <span className="small muted number">{equation}</span>
      </div>
      {'fit' in fitted ? (
        children(fitted.fit)
      ) : (
        <Alert severity="info" variant="outlined">
          {fitted.notPossible}
        </Alert>
      )}
    </section>
  );
}

function Values({
  values,
  r2,
  runs,
}: {
  values: Readonly<Record<string, number>>;
  r2: number;
  runs: number;
}) {
  return (
    <>
      <dl className="law-parameters">
        {Object.entries(values).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number" title={String(value)}>
              {formatNumber(value, 4)}
            </dd>
          </div>
        ))}
      </dl>
      <p className="small muted">
        R² of the log loss <span className="number">{formatNumber(r2)}</span> over {formatCount(runs, 'run')}
      </p>
    </>
  );
}

/** The best size and token count for ten times the compute of the largest run: where the law points. */
function Optimum({
  fit,
  used,
}: {
  fit: Parameters<typeof computeOptimum>[0];
  used: readonly { readonly parameters: number; readonly tokens: number }[];
}) {
  const scheme = useScheme();
  const flops = Math.max(...used.map(({ parameters, tokens }) => 6 * parameters * tokens));
  return (
    <table className="table">
      <caption
        className="small"
        style={{ captionSide: 'top', textAlign: 'left', color: surfaces[scheme].mute }}
      >
        compute-optimal point at 6 N D FLOPs
      </caption>
      <thead>
        <tr>
          <th scope="col">compute</th>
          <th scope="col" className="right">
            N
          </th>
          <th scope="col" className="right">
            D
          </th>
          <th scope="col" className="right">
            loss
          </th>
        </tr>
      </thead>
      <tbody>
        {[1, 10].map((factor) => {
          const best = computeOptimum(fit, factor * flops);
          return (
            <tr key={factor}>
              <th scope="row" className="number">
                {formatSI(factor * flops, 'FLOP')}
              </th>
              <td className="right number">{formatSI(best.parameters)}</td>
              <td className="right number">{formatSI(best.tokens)}</td>
              <td className="right number">{formatNumber(best.loss)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function PowerLine({
  name,
  fit,
  symbols,
}: {
  name: string;
  fit:
    | { readonly constant: number; readonly exponents: readonly number[] }
    | { readonly notIdentifiable: string };
  symbols: readonly string[];
}) {
  return (
    <p className="small">
      <b>{name}</b>:{' '}
      {'notIdentifiable' in fit
        ? fit.notIdentifiable
        : `constant ${formatNumber(fit.constant)}, ${symbols.map((symbol, at) => `${symbol} ${formatNumber(fit.exponents[at])}`).join(', ')}`}
    </p>
  );
}
