/** The panels of the open figure, in order: change, move, remove. */
import ArrowDownward from '@mui/icons-material/ArrowDownward';
import ArrowUpward from '@mui/icons-material/ArrowUpward';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import type { FigureDocument } from '../../../shared/figures/document.ts';
import { kindLabels, movePanel, panelLetter, withoutPanel } from '../../logic/figures.ts';
import { changeFigure, useFigures } from '../../state/figures.ts';
import { useWorkspace } from '../../state/workspace.ts';

export function PanelList({ document }: { document: FigureDocument }) {
  const runs = useWorkspace((workspace) => workspace.runs.value) ?? [];
  const last = document.panels.length - 1;
  const nameOf = (run: string) => runs.find((other) => other.run === run)?.name ?? run;
  return (
    <section aria-label="Panels">
      <Typography variant="h2">Panels</Typography>
      {document.panels.length === 0 && <p className="muted small">None yet.</p>}
      <ol className="panel-list">
        {document.panels.map((panel, index) => {
          const letter = panelLetter(index);
          return (
            <li key={index}>
              <button
                type="button"
                className="panel-open"
                aria-label={`Change panel ${letter}`}
                onClick={() => useFigures.setState({ editing: index })}
              >
                <b>{letter}</b>{' '}
                {panel.kind === 'metric' ? (panel.options.metric ?? 'train/loss') : kindLabels[panel.kind]}
                <span className="muted small">{panel.runs.map(nameOf).join(', ')}</span>
              </button>
              <IconButton
                size="small"
                aria-label={`Move panel ${letter} forward`}
                disabled={index === 0}
                onClick={() => changeFigure('move panel', (now) => movePanel(now, index, -1))}
              >
                <ArrowUpward fontSize="inherit" />
              </IconButton>
              <IconButton
                size="small"
                aria-label={`Move panel ${letter} back`}
                disabled={index === last}
                onClick={() => changeFigure('move panel', (now) => movePanel(now, index, 1))}
              >
                <ArrowDownward fontSize="inherit" />
              </IconButton>
              <IconButton
                size="small"
                aria-label={`Remove panel ${letter}`}
                onClick={() => changeFigure('remove panel', (now) => withoutPanel(now, index))}
              >
                <CloseOutlined fontSize="inherit" />
              </IconButton>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
