/** Below the prediction: loss by position with its fits, the three parameters over training, uniform learning. */
import { useMemo } from 'react';
import { parameterTitles } from '../../../shared/figures/builders/laws.ts';
import { formatNumber, formatSI } from '../../../shared/format.ts';
import { positionLoss } from '../../../shared/laws/position.ts';
import type { LawReading, ParameterTrack } from '../../../shared/laws/reading.ts';
import type { ParameterSeries, Trajectory } from '../../../shared/laws/types.ts';
import { uniformityStretches } from '../../../shared/laws/uniformity.ts';
import { useScheme } from '../../charts/look.ts';
import { parameterWindow } from '../../logic/lawsCharts.ts';
import { progressColours } from '../../logic/lawsLooks.ts';
import { spreadOver } from '../../logic/lawsPrefix.ts';
import type { FigureSource } from '../../state/figures.ts';
import { surfaces } from '../../theme.ts';
import { type Curve, Curves } from './Curves.tsx';
import { LawCard } from './LawCard.tsx';

const height = 200;
/** Checkpoints whose losses by position are drawn. */
const drawnCheckpoints = 5;

interface Props {
  readonly reading: LawReading;
  readonly trajectory: Trajectory;
  readonly series: ParameterSeries;
  readonly colour: string;
  readonly source: (kind: FigureSource['kind']) => FigureSource;
}

export function DetailCards({ reading, trajectory, series, colour, source }: Props) {
  return (
    <div className="laws-details">
      <PositionCard
        reading={reading}
        trajectory={trajectory}
        series={series}
        source={source('law-position')}
      />
      {reading.parameters.map((track) => (
        <ParameterCard
          key={track.name}
          track={track}
          reading={reading}
          colour={colour}
          source={source('law-parameters')}
        />
      ))}
      <UniformityCard trajectory={trajectory} source={source('law-uniformity')} />
    </div>
  );
}

function PositionCard({
  reading,
  trajectory,
  series,
  source,
}: Pick<Props, 'reading' | 'trajectory' | 'series'> & { source: FigureSource }) {
  const scheme = useScheme();
  const used = reading.prefix.checkpoints;
  const { curves, shown } = useMemo(() => {
    const rows = trajectory.points.slice(0, used).map((point, k) => ({ point, fit: series.fits[k]! }));
    const chosen = spreadOver(rows, drawnCheckpoints);
    const colours = progressColours(chosen.length, scheme);
    const positions = Array.from({ length: series.positions }, (_, i) => i + 1);
    return {
      shown: chosen,
      curves: chosen.flatMap(({ point, fit }, at): Curve[] => {
        const name = formatSI(point.tokens, 'tokens');
        const common = { name, x: positions, colour: colours[at]! } as const;
        return [
          { ...common, y: point.loss, kind: 'line', width: 1, opacity: 0.5 },
          {
            ...common,
            name: `${name}, law`,
            y: positions.map((i) => positionLoss(fit, i)),
            kind: 'line',
            width: 2,
          },
        ];
      }),
    };
  }, [trajectory, series, used, scheme]);
  const last = shown.at(-1);
  return (
    <LawCard
      title="Loss by position"
      note={last === undefined ? undefined : `R² ${formatNumber(last.fit.r2)}`}
      className="law-position"
      source={source}
      table={() => ({
        columns: ['step', 'tokens', 'position', 'loss', 'law'],
        rows: shown.flatMap(({ point, fit }) =>
          point.loss.map((value, i) => [point.step, point.tokens, i + 1, value, positionLoss(fit, i + 1)]),
        ),
      })}
    >
      <Curves
        curves={curves}
        xTitle="position i"
        yTitle="loss (nats/token)"
        logX
        height={height}
        pause={60}
        label={`Loss by position at ${shown.length} checkpoints, measured and fitted.`}
      />
    </LawCard>
  );
}

function ParameterCard({
  track,
  reading,
  colour,
  source,
}: {
  track: ParameterTrack;
  reading: LawReading;
  colour: string;
  source: FigureSource;
}) {
  const scheme = useScheme();
  const { prefix, horizon, separation } = reading;
  const view = useMemo(() => parameterWindow(track, horizon), [track, horizon]);
  const curves = useMemo((): Curve[] => {
    const dots = (used: boolean) => {
      const points = track.points.filter((point) => point.used === used);
      return { x: points.map(({ tokens }) => tokens), y: points.map(({ value }) => value), colour };
    };
    return [
      { ...dots(true), name: 'fit of a checkpoint', kind: 'dots' },
      { ...dots(false), name: 'not used', kind: 'hollow' },
      {
        name: 'temporal law',
        x: track.curve.map(({ tokens }) => tokens),
        y: track.curve.map(({ value }) => value),
        colour: surfaces[scheme].accent,
        kind: 'line',
        width: 1.8,
      },
    ];
  }, [track, colour, scheme]);
  const at = separation !== null && 'tokens' in separation ? separation.tokens : null;
  const down = useMemo(
    () => (at === null ? [] : [{ at, name: track.name === 'a2' ? 'Nsep' : '' }]),
    [at, track.name],
  );
  const title = parameterTitles[track.name];
  return (
    <LawCard
      title={title}
      className="law-parameter"
      source={source}
      table={() => ({
        columns: ['tokens', track.name, 'used'],
        rows: track.points.map(({ tokens, value, used }) => [tokens, value, used ? 'yes' : 'no']),
      })}
    >
      <Curves
        curves={curves}
        xTitle="tokens"
        yTitle={track.name === 'a1' ? 'a1' : `${track.name} (nats/token)`}
        logX
        xRange={view.x}
        yRange={view.y}
        shadedTo={prefix.tokens}
        down={down}
        height={height}
        pause={60}
        label={`${title} of ${track.points.length} checkpoints against tokens${track.form === null ? '' : `, form ${track.form}`}.`}
      />
    </LawCard>
  );
}

function UniformityCard({ trajectory, source }: { trajectory: Trajectory; source: FigureSource }) {
  const scheme = useScheme();
  const stretches = useMemo(() => uniformityStretches(trajectory.points), [trajectory]);
  const curves = useMemo((): Curve[] => {
    const colours = progressColours(stretches.length, scheme);
    return stretches.map(({ from, to, slope }, at) => ({
      name: `${formatSI(from, '', 2)}–${formatSI(to, '', 2)} tokens`,
      x: slope.map((_, i) => i + 1),
      y: slope,
      colour: colours[at]!,
      kind: 'line',
      width: 1.4,
    }));
  }, [stretches, scheme]);
  const last = stretches.at(-1);
  return (
    <LawCard
      title="Uniform learning"
      note={
        last === undefined || last.unevenness === null ? undefined : (
          <>
            how fast the loss falls at each position; standard deviation over mean in the second half of what
            was measured: <span className="number">{formatNumber(last.unevenness)}</span> (statistic ours,
            sampling noise included)
          </>
        )
      }
      className="law-uniformity"
      source={source}
      table={() => ({
        columns: ['from', 'to', 'position', 'slope'],
        rows: stretches.flatMap(({ from, to, slope }) => slope.map((value, i) => [from, to, i + 1, value])),
      })}
    >
      {stretches.length === 0 ? (
        <p className="muted small">Two checkpoints in the second half of what was measured are needed.</p>
      ) : (
        <Curves
          curves={curves}
          xTitle="position i"
          yTitle="dLᵢ/dN (nats per 1 M tokens)"
          logX
          legend
          height={height + 30}
          label={`Change of the loss by position over ${stretches.length} stretches of training.`}
        />
      )}
    </LawCard>
  );
}
