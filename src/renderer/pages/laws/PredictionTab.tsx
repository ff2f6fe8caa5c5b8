/** One run's measurements, the law fitted to a prefix of them, and what it says about the rest. */
import ShowChartOutlined from '@mui/icons-material/ShowChartOutlined';
import Skeleton from '@mui/material/Skeleton';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useEffect } from 'react';
import { formatInteger } from '../../../shared/format.ts';
import { useScheme } from '../../charts/look.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { clampCount } from '../../logic/lawsPrefix.ts';
import { methodColour } from '../../logic/methodColours.ts';
import type { FigureSource } from '../../state/figures.ts';
import { loadMeasurements, setLaws, setPrefix, setPrefixMover, useLaws } from '../../state/laws.ts';
import { isLive } from '../../state/runData.ts';
import { loadDetail } from '../../state/workspace.ts';
import { DetailCards } from './DetailCards.tsx';
import { LawCard } from './LawCard.tsx';
import { LossChart } from './LossChart.tsx';
import { PredictionPanel } from './PredictionPanel.tsx';
import type { Subject } from './useReading.ts';

const chartHeight = 380;

export function PredictionTab({ subject }: { subject: Subject }) {
  const { run, detail, measurements, reading, settled, trajectory, series, problem } = subject;
  const failed = [detail, measurements].find(({ status }) => status === 'error');
  const retry = () => {
    void loadDetail(run.run);
    void loadMeasurements(run.run);
  };
  if (failed?.status === 'error' && failed.value === undefined)
    return <Failure error={failed.error} what="The measurements were not read." retry={retry} />;
  if (measurements.value === undefined || detail.value === undefined)
    return (
      <div className="laws-body">
        <div className="laws-main">
          <Skeleton variant="rounded" height={chartHeight + 50} />
          <Skeleton variant="rounded" height={240} />
        </div>
        <div className="laws-panel">
          <Skeleton variant="rounded" height={300} />
        </div>
      </div>
    );
  if (problem !== null)
    return <Failure error={problem} what="The law cannot be read from these measurements." />;
  if (trajectory === null || series === null || reading === null)
    return (
      <Empty
        icon={<ShowChartOutlined />}
        text={
          isLive(run)
            ? `Run ${run.name} has not measured its loss by position yet: the chart fills as it trains.`
            : `Run ${run.name} did not measure its loss by position. Train with measurement points above 0 (Train panel, loss by position).`
        }
      />
    );
  return <Reading subject={subject} reading={settled ?? reading} trajectory={trajectory} series={series} />;
}

function Reading({
  subject,
  reading,
  trajectory,
  series,
}: {
  subject: Subject;
  reading: NonNullable<Subject['reading']>;
  trajectory: NonNullable<Subject['trajectory']>;
  series: NonNullable<Subject['series']>;
}) {
  const { run, set, count, took } = subject;
  const methods = useLaws((laws) => laws.methods);
  const logX = useLaws((laws) => laws.logX);
  const law = useLaws((laws) => laws.law);
  const scheme = useScheme();
  const colour = methodColour(run.ffnKinds[0] ?? 'dense', scheme);
  const { points } = trajectory;
  // The newest step is stored once it is moved: a link to the page or a restart finds the handle where it was.
  const move = (next: number) => {
    const step = points[next - 1]?.step;
    if (step !== undefined) setPrefix(run.run, step);
  };
  useEffect(() => {
    setPrefixMover((by) => move(clampCount(points, count + by)));
    return () => setPrefixMover(null);
  });
  const source = (kind: FigureSource['kind']): FigureSource => ({
    kind,
    runs: [run.run],
    options: { set, until: reading.prefix.step, law, methods: [...methods], logX },
  });
  return (
    <div className="laws-body">
      <div className="laws-main">
        <LawCard
          title="Loss against tokens"
          note={
            <>
              {set === 'validation' ? 'in distribution' : `set ${set}`} · drag the handle to refit; hollow
              points were not used
              {took !== null && (
                <span className="number law-took" data-testid="refit">
                  {' '}
                  · {formatInteger(reading.prefix.checkpoints)} checkpoints refitted in{' '}
                  {formatInteger(Math.max(1, took))} ms
                </span>
              )}
            </>
          }
          controls={<AxisChoice logX={logX} />}
          source={source('law-loss')}
          table={() => ({
            columns: ['step', 'tokens', 'loss', 'used'],
            rows: reading.measured.map(({ step, tokens, loss, used }) => [
              step,
              tokens,
              loss,
              used ? 'yes' : 'no',
            ]),
          })}
        >
          <LossChart
            reading={reading}
            methods={methods}
            logX={logX}
            colour={colour}
            height={chartHeight}
            onPrefix={move}
          />
        </LawCard>
        <DetailCards
          reading={reading}
          trajectory={trajectory}
          series={series}
          colour={colour}
          source={source}
        />
      </div>
      <PredictionPanel subject={subject} reading={reading} />
    </div>
  );
}

function AxisChoice({ logX }: { logX: boolean }) {
  return (
    <ToggleButtonGroup
      exclusive
      size="small"
      value={logX ? 'log' : 'linear'}
      aria-label="Axis of tokens"
      onChange={(_, value: 'log' | 'linear' | null) => value !== null && setLaws({ logX: value === 'log' })}
    >
      <ToggleButton value="log">Log</ToggleButton>
      <ToggleButton value="linear">Linear</ToggleButton>
    </ToggleButtonGroup>
  );
}
