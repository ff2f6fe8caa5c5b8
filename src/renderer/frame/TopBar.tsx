import CircleIcon from '@mui/icons-material/Circle';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import SearchOutlined from '@mui/icons-material/SearchOutlined';
import ButtonBase from '@mui/material/ButtonBase';
import Skeleton from '@mui/material/Skeleton';
import Tooltip from '@mui/material/Tooltip';
import { formatSI } from '../../shared/format.ts';
import { ActionButton, Keys } from '../actions/ActionButton.tsx';
import { openOverlay } from '../state/dialogs.ts';
import { useView } from '../state/view.ts';
import { loadDoctor, useWorkspace } from '../state/workspace.ts';
import { JobsChip } from './JobsChip.tsx';

export function TopBar() {
  const info = useWorkspace((workspace) => workspace.info);
  const folder = info.value?.workspace ?? '';
  const page = useView((view) => view.page);
  useView((view) => view.designTab);
  return (
    <header className="topbar">
      <Tooltip title={folder === '' ? 'Workspace' : `Workspace folder: ${folder}`}>
        <span className="workspace-name">
          {folder === '' ? <Skeleton width={90} /> : (folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder)}
        </span>
      </Tooltip>
      <ButtonBase
        className="search-button"
        onClick={() => openOverlay('palette')}
        aria-keyshortcuts="Control+K"
      >
        <SearchOutlined fontSize="small" />
        <span>Search or run a command</span>
        <Keys shortcut="Ctrl+K" />
      </ButtonBase>
      <JobsChip />
      <DeviceChip />
      <ActionButton
        name="train.start"
        label="Train"
        variant="contained"
        icon={<PlayArrowOutlined fontSize="small" />}
        showKeys={page === 'design'}
      />
    </header>
  );
}

/** The device that a run started now would use, with the newest measured speed of a live run if there is one. */
function DeviceChip() {
  const doctor = useWorkspace((workspace) => workspace.doctor);
  const live = useWorkspace((workspace) =>
    workspace.runs.value?.find((run) => run.state === 'running' && run.tokensPerSecond !== null),
  );
  const open = () => {
    openOverlay('doctor');
    void loadDoctor();
  };
  const chosen = doctor.value?.chosen;
  const failed = doctor.status === 'error';
  return (
    <Tooltip title={failed ? doctor.error.message : (chosen?.reason ?? 'Looking for devices')}>
      <ButtonBase
        className="chip"
        onClick={open}
        aria-label={`Device ${chosen?.name ?? 'unknown'}: what runs here`}
      >
        <CircleIcon
          className={failed ? 'dot dot-failed' : chosen === undefined ? 'dot' : 'dot dot-ok'}
          aria-hidden="true"
        />
        {chosen === undefined ? failed ? 'no device' : <Skeleton width={40} /> : chosen.name}
        {live !== undefined && (
          <span className="number chip-rate">{formatSI(live.tokensPerSecond, 'tokens/s')}</span>
        )}
      </ButtonBase>
    </Tooltip>
  );
}
