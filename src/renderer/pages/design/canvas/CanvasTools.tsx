/** Buttons for what can be done with the chosen blocks; all of them are actions of the registry. */
import CallMerge from '@mui/icons-material/CallMerge';
import CallSplit from '@mui/icons-material/CallSplit';
import ContentCopy from '@mui/icons-material/ContentCopy';
import ContentCut from '@mui/icons-material/ContentCut';
import ContentPaste from '@mui/icons-material/ContentPaste';
import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import HistoryOutlined from '@mui/icons-material/HistoryOutlined';
import LibraryAddOutlined from '@mui/icons-material/LibraryAddOutlined';
import NoteAddOutlined from '@mui/icons-material/NoteAddOutlined';
import SaveOutlined from '@mui/icons-material/SaveOutlined';
import UnfoldMore from '@mui/icons-material/UnfoldMore';
import { memo } from 'react';
import { ActionIcon } from '../../../actions/ActionButton.tsx';
import { useCanvas } from '../../../state/canvas.ts';
import { useView } from '../../../state/view.ts';
import { useDocument } from '../useDocument.ts';

export const CanvasTools = memo(function CanvasTools() {
  // What is enabled depends on all three.
  useDocument();
  useView((view) => view.selection);
  useCanvas((canvas) => canvas.chosen);
  useCanvas((canvas) => canvas.clipboard);
  return (
    <div className="canvas-tools" role="toolbar" aria-label="Blocks">
      <ActionIcon name="design.new" icon={<NoteAddOutlined />} />
      <ActionIcon name="design.save" icon={<SaveOutlined />} />
      <ActionIcon name="design.versions" icon={<HistoryOutlined />} />
      <ActionIcon name="blocks.cut" icon={<ContentCut />} />
      <ActionIcon name="blocks.copy" icon={<ContentCopy />} />
      <ActionIcon name="blocks.paste" icon={<ContentPaste />} />
      <ActionIcon name="blocks.duplicate" icon={<LibraryAddOutlined />} />
      <ActionIcon name="blocks.delete" icon={<DeleteOutlined />} />
      <ActionIcon name="blocks.open" icon={<UnfoldMore />} />
      <ActionIcon name="blocks.split" icon={<CallSplit />} />
      <ActionIcon name="blocks.join" icon={<CallMerge />} />
    </div>
  );
});
