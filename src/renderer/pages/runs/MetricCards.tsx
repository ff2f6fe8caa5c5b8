/** The chosen metrics of one or several runs, a card each. */
import MoreVert from '@mui/icons-material/MoreVert';
import PushPin from '@mui/icons-material/PushPin';
import PushPinOutlined from '@mui/icons-material/PushPinOutlined';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Skeleton from '@mui/material/Skeleton';
import ToggleButton from '@mui/material/ToggleButton';
import Tooltip from '@mui/material/Tooltip';
import { type MouseEvent, useMemo, useState } from 'react';
import { toCsv } from '../../../shared/figures/table.ts';
import { formatNumber } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { axisLabels, useScheme } from '../../charts/look.ts';
import { MetricChart } from '../../charts/MetricChart.tsx';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { type ChartLine, chartLines, linesTable } from '../../logic/chartLines.ts';
import { widened } from '../../logic/chartRange.ts';
import { toggled } from '../../logic/chartSettings.ts';
import { type MetricCard, shownCards } from '../../logic/metricCards.ts';
import type { RunGroup } from '../../logic/runGroups.ts';
import { setChartSettings, useChartSettings, useCharts } from '../../state/charts.ts';
import { type FigureSource, sendToFigures } from '../../state/figures.ts';
import { sayError } from '../../state/messages.ts';
import { isLive } from '../../state/runData.ts';
import { useView } from '../../state/view.ts';
import { Sendable } from '../figures/Sendable.tsx';
import { ChartCard, waitingText } from './ChartCard.tsx';
import { copyText } from './copyText.ts';
import { looksOf } from './seriesLooks.ts';
import { useCurves } from './useCurves.ts';

/** Runs that a panel of a figure takes. */
const mostRuns = 50;

interface Props {
  readonly runs: readonly RunSummary[];
  readonly groups: readonly RunGroup[];
  /** Ids of the cards that these runs can fill. */
  readonly existing: readonly string[];
}

export function MetricCards({ runs, groups, existing }: Props) {
  const { cards, pinned } = useChartSettings();
  const shown = shownCards(existing, cards, pinned);
  return shown.map((card) => (
    <MetricCardView key={card.id} card={card} runs={runs} groups={groups} wide={card.id === 'loss'} />
  ));
}

function MetricCardView({
  card,
  runs,
  groups,
  wide,
}: {
  card: MetricCard;
  runs: readonly RunSummary[];
  groups: readonly RunGroup[];
  wide: boolean;
}) {
  const { logX, logY, pinned, ignoreOutliers, band, singles } = useChartSettings();
  const axis = useView((view) => view.axis);
  const smoothing = useView((view) => view.smoothing);
  const zoom = useCharts((charts) => charts.zoom);
  const scheme = useScheme();
  const [menu, setMenu] = useState<{ x: number; y: number } | null>(null);
  const ids = useMemo(() => runs.map((run) => run.run).join(' '), [runs]);
  const wanted = useMemo(() => ids.split(' '), [ids]);
  const window = useMemo(() => ({ logX, range: zoom === null ? null : widened(zoom) }), [logX, zoom]);
  const curves = useCurves(wanted, card.metrics, axis, window);
  const methods = runs.map((run) => `${run.run} ${run.methods[0] ?? ''}`).join(',');
  const looks = useMemo(() => {
    const kinds = new Map(methods.split(',').map((entry) => entry.split(' ') as [string, string]));
    return looksOf(groups, (run) => kinds.get(run) ?? 'dense', scheme);
  }, [groups, methods, scheme]);
  const lines = useMemo(
    () =>
      card.metrics.flatMap((metric) =>
        chartLines(
          groups,
          metric,
          (run) => curves.of(run, metric),
          (group) => looks[group]!,
          (group) => nameOf(group, metric, card),
          { smoothing, range: zoom, band, singles },
        ),
      ),
    [card, groups, curves.of, looks, smoothing, zoom, band, singles],
  );
  const log = logY.includes(card.id);
  const floors = useFloors(card, runs);
  const source = useMemo<FigureSource>(
    () =>
      card.id === 'loss'
        ? { kind: 'loss', runs: wanted.slice(0, mostRuns) }
        : {
            kind: 'metric',
            runs: wanted.slice(0, mostRuns),
            options: { metric: card.id, axis, logX, logY: log },
          },
    [card.id, wanted, axis, logX, log],
  );
  const height = wide ? 280 : 230;
  const live = runs.some(isLive);
  const first = runs[0];
  const isPinned = pinned.includes(card.id);
  const open = (event: MouseEvent) => {
    event.preventDefault();
    setMenu({ x: event.clientX, y: event.clientY });
  };
  return (
    <ChartCard
      title={card.title}
      live={live}
      wide={wide}
      onContextMenu={open}
      controls={
        <>
          {card.id === 'loss' && <LossKey smoothed={smoothing > 0} />}
          <ToggleButton
            size="small"
            value="log"
            className="log-toggle"
            selected={log}
            onChange={() => setChartSettings({ logY: toggled(logY, card.id) })}
            aria-label={`Logarithmic ${card.title.toLowerCase()}`}
          >
            log
          </ToggleButton>
          <Tooltip title={isPinned ? 'Unpin' : 'Pin: it stands first, for every run'}>
            <IconButton
              size="small"
              aria-label={`Pin ${card.title}`}
              aria-pressed={isPinned}
              onClick={() => setChartSettings({ pinned: toggled(pinned, card.id) })}
            >
              {isPinned ? <PushPin fontSize="small" /> : <PushPinOutlined fontSize="small" />}
            </IconButton>
          </Tooltip>
          <IconButton size="small" aria-label={`More for ${card.title}`} aria-haspopup="menu" onClick={open}>
            <MoreVert fontSize="small" />
          </IconButton>
        </>
      }
    >
      {curves.error !== null && lines.length === 0 ? (
        <Failure error={curves.error} retry={curves.retry} />
      ) : lines.length === 0 && curves.loading ? (
        <Skeleton variant="rounded" height={height} />
      ) : lines.length === 0 ? (
        <div className="chart-empty" style={{ height }}>
          <Empty
            text={
              zoom !== null
                ? 'Nothing was logged in this range.'
                : runs.length === 1 && first !== undefined
                  ? waitingText(first)
                  : 'None of these runs has logged it yet.'
            }
          />
        </div>
      ) : (
        <Sendable source={source}>
          <MetricChart
            card={card}
            lines={lines}
            axis={axis}
            logX={logX}
            logY={log}
            ignoreOutliers={ignoreOutliers}
            zoom={zoom}
            floors={floors}
            label={labelOf(card, lines, axisLabels[axis])}
            height={height}
          />
        </Sendable>
      )}
      <Menu
        open={menu !== null}
        onClose={() => setMenu(null)}
        anchorReference="anchorPosition"
        {...(menu === null ? {} : { anchorPosition: { left: menu.x, top: menu.y } })}
      >
        <MenuItem
          disabled={lines.length === 0}
          onClick={() => {
            setMenu(null);
            void copyText(
              toCsv(linesTable(lines, axisLabels[axis], card.axis)),
              `Data of ${card.title.toLowerCase()}`,
            );
          }}
        >
          Copy data as CSV
        </MenuItem>
        <MenuItem
          disabled={lines.length === 0}
          onClick={() => {
            setMenu(null);
            void sendToFigures(source).catch(sayError);
          }}
        >
          Send to figures
        </MenuItem>
        <MenuItem
          onClick={() => {
            setMenu(null);
            setChartSettings({ pinned: toggled(pinned, card.id) });
          }}
        >
          {isPinned ? 'Unpin' : 'Pin'}
        </MenuItem>
        <HideItem card={card} close={() => setMenu(null)} />
      </Menu>
    </ChartCard>
  );
}

function HideItem({ card, close }: { card: MetricCard; close: () => void }) {
  const { cards, pinned } = useChartSettings();
  return (
    <MenuItem
      onClick={() => {
        close();
        setChartSettings({
          cards: cards.filter((id) => id !== card.id),
          pinned: pinned.filter((id) => id !== card.id),
        });
      }}
    >
      Hide
    </MenuItem>
  );
}

function LossKey({ smoothed }: { smoothed: boolean }) {
  return (
    <span className="loss-key">
      <span>
        <svg width="22" height="10" aria-hidden="true">
          <path d="M1 5H21" stroke="currentColor" strokeWidth="2" />
        </svg>
        training{smoothed ? ', smoothed' : ''}
      </span>
      <span>
        <svg width="22" height="10" aria-hidden="true">
          <path d="M1 5H21" stroke="currentColor" strokeDasharray="2 2" />
          <circle cx="11" cy="5" r="3" fill="var(--panel)" stroke="currentColor" />
        </svg>
        validation
      </span>
    </span>
  );
}

/** The loss of a model that knows no context: what training must fall below. */
function useFloors(card: MetricCard, runs: readonly RunSummary[]) {
  const values =
    card.id === 'loss' ? runs.map((run) => run.unigramEntropy).filter((value) => value !== null) : [];
  const key = [...new Set(values)].slice(0, 3).join(' ');
  return useMemo(
    () =>
      key === '' ? [] : key.split(' ').map((value) => ({ value: Number(value), text: 'unigram entropy' })),
    [key],
  );
}

function nameOf(group: RunGroup, metric: string, card: MetricCard): string {
  const name = group.runs.length > 1 ? `${group.label} (mean of ${group.runs.length})` : group.label;
  if (card.metrics.length === 1) return name;
  return `${name}, ${metric === 'validation/loss' ? 'validation' : 'training'}`;
}

function labelOf(card: MetricCard, lines: readonly ChartLine[], axis: string): string {
  const ends = lines
    .filter(({ role }) => role === 'line' || role === 'points')
    .map(
      ({ name, y, x }) =>
        `${name} ${card.id === 'loss' ? 'loss' : ''} ${formatNumber(y.at(-1))} at ${formatNumber(x.at(-1))}`,
    );
  return `${card.title} against ${axis}. ${ends.join('; ')}.`.replace(/ +/g, ' ');
}
