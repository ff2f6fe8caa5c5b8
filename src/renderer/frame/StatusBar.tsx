import DarkModeOutlined from '@mui/icons-material/DarkModeOutlined';
import HelpOutlineOutlined from '@mui/icons-material/HelpOutlineOutlined';
import LightModeOutlined from '@mui/icons-material/LightModeOutlined';
import RedoOutlined from '@mui/icons-material/RedoOutlined';
import UndoOutlined from '@mui/icons-material/UndoOutlined';
import { useColorScheme } from '@mui/material/styles';
import { useEffect } from 'react';
import { ActionIcon } from '../actions/ActionButton.tsx';
import { provideScheme } from '../actions/scheme.ts';
import { useDesign } from '../state/design.ts';
import { useWorkspace } from '../state/workspace.ts';
import { MessageLog } from './MessageLog.tsx';

export function StatusBar() {
  const version = useWorkspace((workspace) => workspace.info.value?.version);
  const undoLabel = useDesign((design) => design.history.past.at(-1)?.label);
  const redoLabel = useDesign((design) => design.history.future[0]?.label);
  const { setMode, mode, systemMode } = useColorScheme();
  const dark = (mode === 'system' ? systemMode : mode) === 'dark';
  useEffect(() => {
    provideScheme(setMode);
    return () => provideScheme(null);
  }, [setMode]);
  return (
    <footer className="statusbar">
      <MessageLog />
      <span className="grow" />
      <ActionIcon
        name="design.undo"
        label={undoLabel === undefined ? 'Undo in the design' : `Undo in the design: ${undoLabel}`}
        icon={<UndoOutlined fontSize="small" />}
      />
      <ActionIcon
        name="design.redo"
        label={redoLabel === undefined ? 'Redo in the design' : `Redo in the design: ${redoLabel}`}
        icon={<RedoOutlined fontSize="small" />}
      />
      <ActionIcon
        name="view.scheme"
        label={dark ? 'Switch to light' : 'Switch to dark'}
        icon={dark ? <LightModeOutlined fontSize="small" /> : <DarkModeOutlined fontSize="small" />}
      />
      <ActionIcon name="view.help" icon={<HelpOutlineOutlined fontSize="small" />} />
      {version !== undefined && <span className="number version">{version}</span>}
    </footer>
  );
}
