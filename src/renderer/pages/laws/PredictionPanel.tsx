/** What each law says about the end, how it did where the end is known, and whether to believe it. */
import Alert from '@mui/material/Alert';
import Checkbox from '@mui/material/Checkbox';
import Tooltip from '@mui/material/Tooltip';
import { lawsStanding, methodLabels } from '../../../shared/figures/builders/laws.ts';
import { formatNumber, formatShare, formatSI } from '../../../shared/format.ts';
import type { LawReading } from '../../../shared/laws/reading.ts';
import { type LawOptions, predictionMethods } from '../../../shared/laws/types.ts';
import { useScheme } from '../../charts/look.ts';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { SwitchField } from '../../components/fields/SwitchField.tsx';
import { scorePrediction, signedShare } from '../../logic/lawsCharts.ts';
import { dropFirstHelp, lawFields } from '../../logic/lawsFields.ts';
import { methodLook } from '../../logic/lawsLooks.ts';
import { setLawOption, toggleMethod, useLaws } from '../../state/laws.ts';
import { surfaces } from '../../theme.ts';
import type { Subject } from './useReading.ts';

export function PredictionPanel({ subject, reading }: { subject: Subject; reading: LawReading }) {
  const own = reading.predictions.find(({ method }) => method === 'temporal') ?? null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled area must be reachable by keyboard
    <aside className="laws-panel" aria-label="Prediction" tabIndex={0}>
      <h2>
        Predicted final loss{' '}
        <Tooltip title={lawsStanding}>
          <span className="tag tag-amber">reconstruction</span>
        </Tooltip>
      </h2>
      <p className="muted">
        at <span className="number">{formatSI(reading.horizon, 'tokens')}</span>, from the first{' '}
        <span className="number">{formatShare(reading.prefix.tokens / reading.horizon)}</span>
      </p>
      <PredictionTable reading={reading} settling={subject.settled === null} />
      {reading.problem !== null && (
        <Alert severity="warning" variant="outlined" className="law-trust">
          <b>The temporal law was not fitted.</b> {reading.problem.message} {reading.problem.hint}
        </Alert>
      )}
      {own !== null && (
        <Alert
          severity={own.trust.level === 'good' ? 'info' : 'warning'}
          variant="outlined"
          className="law-trust"
          data-testid="trust"
        >
          <b>{trustWords[own.trust.level]}</b> {own.trust.sentence}
        </Alert>
      )}
      <h3>Forms</h3>
      <LawFields />
      {own?.parameters !== undefined && <Parameters reading={reading} values={own.parameters} />}
      <p className="small muted law-standing">{lawsStanding}</p>
    </aside>
  );
}

const trustWords = {
  good: 'Sound.',
  doubtful: 'Read with care.',
  none: 'Not to be trusted.',
} as const;

const noScore = { relativeError: null, covered: null, r2: null, mape: null } as const;
const noPrediction = 'Not possible from so few checkpoints, or computed once the handle rests.';

function PredictionTable({ reading, settling }: { reading: LawReading; settling: boolean }) {
  const drawn = useLaws((laws) => laws.methods);
  const scheme = useScheme();
  const known = reading.truth !== null;
  return (
    <table className="table law-table" aria-busy={settling}>
      <thead>
        <tr>
          <th scope="col">law</th>
          <th scope="col" className="right">
            predicted
          </th>
          <th scope="col" className="right">
            95 % interval
          </th>
          <th scope="col" className="right">
            error
          </th>
        </tr>
      </thead>
      <tbody>
        {predictionMethods.map((method) => {
          const prediction = reading.predictions.find((found) => found.method === method);
          const end = prediction?.at.at(-1);
          const score = prediction === undefined ? noScore : scorePrediction(reading, prediction);
          const look = methodLook(method, scheme);
          const name = methodLabels[method];
          return (
            <tr key={method} className={method === 'temporal' ? 'law-own' : undefined}>
              <th scope="row">
                <span className="law-toggle">
                  <Checkbox
                    size="small"
                    checked={drawn.includes(method)}
                    onChange={() => toggleMethod(method)}
                    slotProps={{ input: { 'aria-label': `Draw the ${name}` } }}
                    sx={{ padding: 0, color: look.colour, '&.Mui-checked': { color: look.colour } }}
                  />
                  <span>{name}</span>
                </span>
              </th>
              <td
                className="right number"
                title={end === undefined ? noPrediction : `${end.loss} nats/token`}
              >
                {formatNumber(end?.loss)}
              </td>
              <td className="right number">
                {end?.low95 === undefined || end.high95 === undefined ? (
                  <span title="No interval is computed for this law, or not yet for this prefix.">–</span>
                ) : (
                  `${formatNumber(end.low95)}–${formatNumber(end.high95)}`
                )}
              </td>
              <td
                className="right number"
                title={
                  known
                    ? `R² ${formatNumber(score.r2)}, MAPE ${score.mape === null ? '–' : formatShare(score.mape)} over the checkpoints behind the prefix`
                    : 'The run has not reached its end.'
                }
              >
                {signedShare(score.relativeError)}
              </td>
            </tr>
          );
        })}
      </tbody>
      <caption className="small">
        {known ? (
          <>
            measured at the end: <span className="number">{formatNumber(reading.truth, 4)}</span> nats/token
            <TruthScore reading={reading} />
          </>
        ) : (
          <span style={{ color: surfaces[scheme].mute }}>
            {reading.prefix.tokens >= reading.horizon * (1 - 1e-9)
              ? 'The whole run is in the prefix: drag the handle left to test the law.'
              : 'The run has not reached its end: no error yet.'}
          </span>
        )}
      </caption>
    </table>
  );
}

function TruthScore({ reading }: { reading: LawReading }) {
  const own = reading.predictions.find(({ method }) => method === 'temporal');
  if (own === undefined) return null;
  const { r2, mape, covered } = scorePrediction(reading, own);
  return (
    <>
      {' · temporal law behind the prefix: R² '}
      <span className="number">{formatNumber(r2)}</span>, MAPE{' '}
      <span className="number">{mape === null ? '–' : formatShare(mape)}</span>
      {covered !== null && (covered ? ', end within its 95 % interval' : ', end outside its 95 % interval')}
    </>
  );
}

function LawFields() {
  const law = useLaws((laws) => laws.law);
  return (
    <div className="law-fields">
      {lawFields.map(({ key, help, fallback, choices }) => (
        <ChoiceField
          key={key}
          help={help}
          wide
          value={String(law[key] ?? fallback)}
          choices={choices}
          onChange={(value) =>
            setLawOption(key, value === fallback ? undefined : (value as LawOptions[typeof key]))
          }
        />
      ))}
      <SwitchField
        help={dropFirstHelp}
        value={law.dropFirstPosition ?? false}
        onChange={(on) => setLawOption('dropFirstPosition', on ? true : undefined)}
      />
    </div>
  );
}

function Parameters({ reading, values }: { reading: LawReading; values: Readonly<Record<string, number>> }) {
  const { separation } = reading;
  return (
    <>
      <h3>Parameters</h3>
      <dl className="law-parameters">
        {Object.entries(values).map(([name, value]) => (
          <div key={name}>
            <dt>{greekName(name)}</dt>
            <dd className="number" title={String(value)}>
              {formatNumber(value, 4)}
            </dd>
          </div>
        ))}
        {separation !== null && (
          <div>
            <dt>
              <i>N</i>
              <sub>sep</sub>
            </dt>
            <dd className="number">
              {'tokens' in separation ? formatSI(separation.tokens, 'tokens') : 'not identifiable'}
            </dd>
          </div>
        )}
      </dl>
      {separation !== null && 'notIdentifiable' in separation && (
        <p className="small muted">{separation.notIdentifiable}</p>
      )}
    </>
  );
}

const letters: Readonly<Record<string, string>> = { alpha: 'α', beta: 'β', gamma: 'γ', phi: 'φ' };

/** alpha0 as α₀. */
function greekName(name: string) {
  const found = /^([a-z]+)(\d*)$/i.exec(name);
  const base = found?.[1] ?? name;
  return (
    <i>
      {letters[base] ?? base}
      {found?.[2] !== undefined && found[2] !== '' && <sub>{found[2]}</sub>}
    </i>
  );
}
