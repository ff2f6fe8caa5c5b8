/** Sends a chart to the figures page by pointer or keyboard, where E over the chart is not at hand. */
import AddPhotoAlternateOutlined from '@mui/icons-material/AddPhotoAlternateOutlined';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { type FigureSource, sendToFigures } from '../../state/figures.ts';
import { sayError } from '../../state/messages.ts';

/** `sources`: one panel each. */
export function SendButton({ title, sources }: { title: string; sources: readonly FigureSource[] }) {
  const send = async () => {
    for (const source of sources) await sendToFigures(source);
  };
  return (
    <Tooltip title="Send to figures">
      <IconButton onClick={() => void send().catch(sayError)} aria-label={`Send ${title} to figures`}>
        <AddPhotoAlternateOutlined fontSize="small" />
      </IconButton>
    </Tooltip>
  );
}
