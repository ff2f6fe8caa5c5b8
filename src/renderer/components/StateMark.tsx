/** A run's state: always an icon and a word, never colour alone. */
import Autorenew from '@mui/icons-material/Autorenew';
import CheckCircleOutlineOutlined from '@mui/icons-material/CheckCircleOutlineOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import HourglassEmpty from '@mui/icons-material/HourglassEmpty';
import PauseCircleOutlineOutlined from '@mui/icons-material/PauseCircleOutlineOutlined';
import PlayCircleOutlineOutlined from '@mui/icons-material/PlayCircleOutlineOutlined';
import ReportProblemOutlined from '@mui/icons-material/ReportProblemOutlined';
import StopCircleOutlined from '@mui/icons-material/StopCircleOutlined';
import type { ReactNode } from 'react';
import type { RunState } from '../../shared/run/state.ts';

const looks: Record<RunState, { readonly icon: ReactNode; readonly tone: string }> = {
  queued: { icon: <HourglassEmpty />, tone: 'grey' },
  preparing: { icon: <Autorenew />, tone: 'blue' },
  running: { icon: <PlayCircleOutlineOutlined />, tone: 'blue' },
  pausing: { icon: <PauseCircleOutlineOutlined />, tone: 'blue' },
  paused: { icon: <PauseCircleOutlineOutlined />, tone: 'grey' },
  stopping: { icon: <StopCircleOutlined />, tone: 'blue' },
  stopped: { icon: <StopCircleOutlined />, tone: 'grey' },
  finished: { icon: <CheckCircleOutlineOutlined />, tone: 'green' },
  interrupted: { icon: <ReportProblemOutlined />, tone: 'amber' },
  failed: { icon: <ErrorOutlineOutlined />, tone: 'red' },
};

export function StateMark({ state }: { state: RunState }) {
  const { icon, tone } = looks[state];
  return (
    <span className={`state state-${tone}`}>
      {icon}
      {state}
    </span>
  );
}
