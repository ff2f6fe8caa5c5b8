/** One run: header with state and actions, then charts, checkpoints and text, configuration, log. */
import ArchiveOutlined from '@mui/icons-material/ArchiveOutlined';
import CallSplitOutlined from '@mui/icons-material/CallSplitOutlined';
import DeleteOutlineOutlined from '@mui/icons-material/DeleteOutlineOutlined';
import FirstPageOutlined from '@mui/icons-material/FirstPageOutlined';
import LastPageOutlined from '@mui/icons-material/LastPageOutlined';
import PauseOutlined from '@mui/icons-material/PauseOutlined';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import StopOutlined from '@mui/icons-material/StopOutlined';
import TroubleshootOutlined from '@mui/icons-material/TroubleshootOutlined';
import UnarchiveOutlined from '@mui/icons-material/UnarchiveOutlined';
import Alert from '@mui/material/Alert';
import IconButton from '@mui/material/IconButton';
import LinearProgress from '@mui/material/LinearProgress';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import Tooltip from '@mui/material/Tooltip';
import { formatDuration, formatInteger, formatNumber, formatSI } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { ActionButton, ActionIcon } from '../../actions/ActionButton.tsx';
import { MethodBadge, ReconstructionBadge, reconstructionText } from '../../components/MethodBadge.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { isLive } from '../../state/runData.ts';
import { type RunTab, setView, useView } from '../../state/view.ts';
import { ChartsTab } from './ChartsTab.tsx';
import { CheckpointsTab } from './CheckpointsTab.tsx';
import { ConfigurationTab } from './ConfigurationTab.tsx';
import { LogTab } from './LogTab.tsx';
import { RunAbout } from './RunAbout.tsx';
import { RunName } from './RunName.tsx';

const tabs: readonly { value: RunTab; label: string }[] = [
  { value: 'charts', label: 'Charts' },
  { value: 'checkpoints', label: 'Checkpoints and text' },
  { value: 'configuration', label: 'Configuration' },
  { value: 'log', label: 'Log' },
];

export function RunView({ summary }: { summary: RunSummary }) {
  const tab = useView((view) => view.runTab);
  return (
    <>
      <RunHeader run={summary} />
      <Tabs
        value={tab}
        onChange={(_, value) => setView({ runTab: value })}
        aria-label="Views of the run"
        className="run-tabs"
      >
        {tabs.map((entry) => (
          <Tab
            key={entry.value}
            value={entry.value}
            label={entry.label}
            id={`run-tab-${entry.value}`}
            aria-controls={`run-panel-${entry.value}`}
          />
        ))}
      </Tabs>
      <div
        className="run-body"
        role="tabpanel"
        id={`run-panel-${tab}`}
        aria-labelledby={`run-tab-${tab}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        tabIndex={0}
      >
        {tab === 'charts' && <ChartsTab run={summary} />}
        {tab === 'checkpoints' && <CheckpointsTab run={summary} />}
        {tab === 'configuration' && <ConfigurationTab run={summary.run} />}
        {tab === 'log' && <LogTab run={summary.run} />}
      </div>
    </>
  );
}

function RunHeader({ run }: { run: RunSummary }) {
  const open = useView((view) => view.runsOpen);
  const live = isLive(run);
  const reconstruction = reconstructionText(run.methods);
  return (
    <header className="run-header">
      <div className="run-title">
        <Tooltip title={open ? 'Hide the run list' : 'Show the run list'}>
          <IconButton
            aria-label={open ? 'Hide the run list' : 'Show the run list'}
            aria-expanded={open}
            onClick={() => setView({ runsOpen: !open })}
          >
            {open ? <FirstPageOutlined /> : <LastPageOutlined />}
          </IconButton>
        </Tooltip>
        <RunName run={run} />
        <StateMark state={run.state} />
        {run.methods.map((kind) => (
          <span key={kind} className="badges">
            <MethodBadge kind={kind} />
            <ReconstructionBadge kind={kind} />
          </span>
        ))}
        <span className="run-actions">
          {live ? (
            <>
              <ActionIcon name="runs.pause" icon={<PauseOutlined />} />
              <ActionIcon name="runs.stop" icon={<StopOutlined />} />
            </>
          ) : (
            <>
              {run.resumable && run.state !== 'finished' && (
                <ActionIcon name="runs.resume" icon={<PlayArrowOutlined />} />
              )}
              {run.archived ? (
                <ActionIcon name="runs.unarchive" icon={<UnarchiveOutlined />} />
              ) : (
                <ActionIcon name="runs.archive" icon={<ArchiveOutlined />} />
              )}
              <ActionIcon name="runs.delete" icon={<DeleteOutlineOutlined />} />
            </>
          )}
          <ActionIcon name="runs.fork" icon={<CallSplitOutlined />} />
          <ActionIcon name="runs.inspect" icon={<TroubleshootOutlined />} />
          <ActionButton name="runs.figure" label="Export figure" />
        </span>
      </div>
      {live && (
        <LinearProgress
          variant={run.state === 'preparing' ? 'indeterminate' : 'determinate'}
          value={(100 * run.step) / Math.max(1, run.steps)}
          aria-label={`Progress of ${run.name}`}
        />
      )}
      <dl className="facts">
        <Fact label="step" value={`${formatInteger(run.step)} / ${formatInteger(run.steps)}`} />
        <Fact label="loss" value={formatNumber(run.loss)} exact={run.loss} />
        <Fact label="validation loss" value={formatNumber(run.validationLoss)} exact={run.validationLoss} />
        <Fact label="tokens/s" value={formatSI(run.tokensPerSecond)} exact={run.tokensPerSecond} />
        {live && <Fact label="time left" value={formatDuration(run.secondsLeft)} />}
        <Fact label="parameters" value={formatSI(run.parameters)} exact={run.parameters} />
        <Fact label="device" value={run.device ?? '–'} why={run.deviceReason ?? 'Not placed yet.'} />
      </dl>
      <RunAbout key={run.run} run={run} />
      {run.reason !== null && (run.state === 'failed' || run.state === 'interrupted') && (
        <Alert
          severity={run.state === 'failed' ? 'error' : 'warning'}
          variant="outlined"
          className="run-alert"
        >
          {run.reason}
        </Alert>
      )}
      {reconstruction !== null && (
        <p className="run-banner" role="note">
          {reconstruction}
        </p>
      )}
    </header>
  );
}

function Fact({
  label,
  value,
  exact,
  why,
}: {
  label: string;
  value: string;
  exact?: number | null;
  why?: string;
}) {
  return (
    <Tooltip title={why ?? (exact === undefined || exact === null ? '' : String(exact))}>
      <div>
        <dt>{label}</dt>
        <dd className="number">{value}</dd>
      </div>
    </Tooltip>
  );
}
