/** How much work is running or waiting; opens the queue with progress, rate, time left, pause and stop. */
import PauseOutlined from '@mui/icons-material/PauseOutlined';
import StopOutlined from '@mui/icons-material/StopOutlined';
import ButtonBase from '@mui/material/ButtonBase';
import IconButton from '@mui/material/IconButton';
import LinearProgress from '@mui/material/LinearProgress';
import Link from '@mui/material/Link';
import Popover from '@mui/material/Popover';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useEffect, useRef, useState } from 'react';
import { formatDuration, formatInteger, formatShare, formatSI } from '../../shared/format.ts';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import { StateMark } from '../components/StateMark.tsx';
import { sayError } from '../state/messages.ts';
import { pauseRun, stopRun } from '../state/runCommands.ts';
import { isLive } from '../state/runData.ts';
import { openRun } from '../state/view.ts';
import { useWorkspace } from '../state/workspace.ts';

const noRuns: readonly RunSummary[] = [];

export function JobsChip() {
  const runs = useWorkspace((workspace) => workspace.runs.value ?? noRuns);
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  // The button with the focus goes away when its run ends; Escape must still close, so it is heard on the document.
  useEffect(() => {
    if (!open) return;
    const closeOnEscape = (press: KeyboardEvent) => press.key === 'Escape' && setOpen(false);
    document.addEventListener('keydown', closeOnEscape);
    return () => document.removeEventListener('keydown', closeOnEscape);
  }, [open]);
  const jobs = runs.filter(isLive);
  const running = jobs.filter((run) => run.state !== 'queued');
  const progress = overallProgress(jobs);
  const left = Math.max(-1, ...running.map((run) => run.secondsLeft ?? -1));
  const words =
    jobs.length === 0
      ? 'No jobs'
      : [
          running.length > 0 ? `${running.length} running` : '',
          jobs.length > running.length ? `${jobs.length - running.length} queued` : '',
        ]
          .filter((part) => part !== '')
          .join(', ');
  return (
    <>
      <ButtonBase
        ref={anchor}
        className="chip"
        onClick={() => setOpen(true)}
        aria-haspopup="dialog"
        aria-expanded={open}
      >
        {words}
        {jobs.length > 0 && (
          <LinearProgress
            className="chip-bar"
            variant="determinate"
            value={progress * 100}
            aria-label={`Progress of all jobs: ${formatShare(progress)}`}
          />
        )}
        {left >= 0 && <span className="number chip-rate">{formatDuration(left)}</span>}
      </ButtonBase>
      <Popover
        open={open}
        anchorEl={() => anchor.current as HTMLElement}
        onClose={() => setOpen(false)}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }}
        transformOrigin={{ vertical: 'top', horizontal: 'right' }}
        slotProps={{ paper: { className: 'jobs-popover', role: 'dialog', 'aria-label': 'Jobs' } }}
      >
        <Typography variant="h3" component="h2">
          Jobs
        </Typography>
        {jobs.length === 0 && (
          <Typography className="muted">Nothing is running. Training runs appear here.</Typography>
        )}
        {jobs.map((run) => (
          <div key={run.run} className="job">
            <div className="job-head">
              <Link
                component="button"
                type="button"
                onClick={() => {
                  openRun(run.run);
                  setOpen(false);
                }}
              >
                {run.name}
              </Link>
              <StateMark state={run.state} />
              <span className="grow" />
              <Tooltip title="Pause after this step">
                <span>
                  <IconButton
                    aria-label={`Pause ${run.name}`}
                    disabled={run.state !== 'running'}
                    onClick={() => void pauseRun(run.run).catch(sayError)}
                  >
                    <PauseOutlined fontSize="small" />
                  </IconButton>
                </span>
              </Tooltip>
              <Tooltip title="Stop; a checkpoint is written first">
                <span>
                  <IconButton
                    aria-label={`Stop ${run.name}`}
                    disabled={run.state === 'stopping'}
                    onClick={() => void stopRun(run.run).catch(sayError)}
                  >
                    <StopOutlined fontSize="small" />
                  </IconButton>
                </span>
              </Tooltip>
            </div>
            <LinearProgress
              variant="determinate"
              value={(100 * run.step) / Math.max(1, run.steps)}
              aria-label={`Progress of ${run.name}`}
            />
            <div className="job-foot number">
              <span>
                {formatInteger(run.step)} / {formatInteger(run.steps)} steps
              </span>
              <span>{formatSI(run.tokensPerSecond, 'tokens/s')}</span>
              <span>{formatDuration(run.secondsLeft)} left</span>
            </div>
          </div>
        ))}
      </Popover>
    </>
  );
}

function overallProgress(jobs: readonly RunSummary[]): number {
  const steps = jobs.reduce((sum, run) => sum + run.steps, 0);
  return steps === 0 ? 0 : jobs.reduce((sum, run) => sum + run.step, 0) / steps;
}
