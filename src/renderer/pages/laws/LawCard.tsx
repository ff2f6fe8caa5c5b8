/** A chart of the laws page: title, controls, its numbers to copy, and the way to the figures page. */
import AddPhotoAlternateOutlined from '@mui/icons-material/AddPhotoAlternateOutlined';
import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import type { ReactNode } from 'react';
import { type DataTable, tableText } from '../../logic/tableText.ts';
import { type FigureSource, sendToFigures } from '../../state/figures.ts';
import { say, sayError } from '../../state/messages.ts';
import { Sendable } from '../figures/Sendable.tsx';

interface Props {
  readonly title: string;
  readonly note?: ReactNode;
  readonly className?: string;
  readonly controls?: ReactNode;
  readonly source?: FigureSource | null;
  readonly table?: () => DataTable;
  readonly children: ReactNode;
}

export function LawCard({ title, note, className = '', controls, source = null, table, children }: Props) {
  const copy = () => {
    if (table === undefined) return;
    const data = table();
    navigator.clipboard
      .writeText(tableText(data))
      .then(() => say(`Copied ${title.toLowerCase()}: ${data.rows.length} rows.`), sayError);
  };
  const card = (
    <section className={`card law-card ${className}`} aria-label={title}>
      <div className="view-head">
        <h2>{title}</h2>
        {note !== undefined && <span className="small muted law-note">{note}</span>}
        <span className="grow" />
        {controls}
        {source !== null && (
          <Tooltip title="Send to figures">
            <IconButton
              onClick={() => void sendToFigures(source).catch(sayError)}
              aria-label={`Send ${title} to figures`}
            >
              <AddPhotoAlternateOutlined fontSize="small" />
            </IconButton>
          </Tooltip>
        )}
        {table !== undefined && (
          <Tooltip title="Copy data">
            <IconButton onClick={copy} aria-label={`Copy data of ${title}`}>
              <ContentCopyOutlined fontSize="small" />
            </IconButton>
          </Tooltip>
        )}
      </div>
      {children}
    </section>
  );
  return source === null ? card : <Sendable source={source}>{card}</Sendable>;
}
